"""A network that memorizes canaries tells them layer by layer; of those unseen it tells nothing."""

from __future__ import annotations

import math

import pandas as pd
import pytest
import torch
from torch import Tensor

from infoplane.language.blocks import Text
from infoplane.language.canaries.decoders import linear_map, neighbour_logits, states_at
from infoplane.language.canaries.extraction import exposures, extracted, told_tokens
from infoplane.language.canaries.layers import learned_tokens, memorized_tokens
from infoplane.language.canaries.making import Canaries, CanaryConfig, make_canaries
from infoplane.language.tokenizers import Bytes
from infoplane.language.training import GPTTraining, LanguageTraining
from infoplane.names import RANKS, READOUT, STRONGEST, TOKEN_DECODERS
from infoplane.networks.transformer import Transformer, TransformerConfig

LETTERS = 16


def counting(n: int, seed: int) -> Tensor:
    """Letters that count up from a random one: what follows can be learned."""
    first = torch.randint(LETTERS, (n, 1), generator=torch.Generator().manual_seed(seed))
    return (first + torch.arange(12)) % LETTERS


TEXT = Text(counting(64, 0), counting(60, 1), Bytes())
SIZE = TransformerConfig(vocabulary=257, length=12, layers=2, width=32, heads=2)


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    return make_canaries(TEXT, CanaryConfig(24, (1, 8), 4, 1), seed=0)


@pytest.fixture(scope="module")
def seen(canaries: Canaries) -> Tensor:
    return canaries.seen(2, seed=0)[0]


@pytest.fixture(scope="module")
def network(canaries: Canaries, seen: Tensor) -> Transformer:
    blocks = canaries.inserted(TEXT.train, seen)
    training = LanguageTraining(SIZE, blocks, GPTTraining(400, 16, 1e-2))
    assert list(training.looks([400])) == [400]
    return training.network(0)


@pytest.fixture(scope="module")
def memorized(network: Transformer, canaries: Canaries, seen: Tensor) -> pd.DataFrame:
    return memorized_tokens(network, canaries, seen, TEXT.train)


def test_there_is_a_row_for_every_token_layer_and_decoder(memorized: pd.DataFrame) -> None:
    assert len(memorized) == 24 * 4 * 3 * (len(TOKEN_DECODERS) + 2)
    assert set(memorized["decoder"]) == {*TOKEN_DECODERS, STRONGEST, RANKS}
    assert memorized["layer"].unique().tolist() == ["embedding", "layer1", "layer2"]
    assert sorted(memorized["times"].unique()) == [0, 1, 8]
    assert memorized["bits"].max() <= math.log2(LETTERS)


def test_what_is_seen_often_is_memorized_and_what_is_unseen_is_not(memorized: pd.DataFrame) -> None:
    means = memorized.groupby(["decoder", "layer", "times"])["bits"].mean()
    assert means[STRONGEST, "layer2", 8] > 3
    assert means[RANKS, "layer2", 8] > 2.5
    assert means.xs(0, level="times").max() < 0.3  # of 48 tokens
    assert abs(means[STRONGEST, "layer2", 0]) < 0.3


def test_a_control_that_was_seen_after_all_is_found_out(
    network: Transformer, canaries: Canaries, seen: Tensor
) -> None:
    table = memorized_tokens(network, canaries, ~seen, TEXT.train)
    means = table.groupby(["decoder", "layer", "times"])["bits"].mean()
    assert means[STRONGEST, "layer2", 0] > 1
    assert means[RANKS, "layer2", 0] > 1


def test_the_embedding_knows_its_token_alone(memorized: pd.DataFrame) -> None:
    means = memorized.groupby(["decoder", "layer", "times"])["bits"].mean()
    assert means[STRONGEST, "embedding", 8] < means[STRONGEST, "layer2", 8] - 1


def test_without_training_nothing_is_memorized(canaries: Canaries, seen: Tensor) -> None:
    table = memorized_tokens(Transformer(SIZE, seed=0).eval(), canaries, seen, TEXT.train)
    assert table.groupby(["decoder", "layer", "times"])["bits"].mean().abs().max() < 0.5


def test_what_is_learned_is_told_of_held_out_text(network: Transformer) -> None:
    table, positions = learned_tokens(network, TEXT.train, TEXT.held_out, TEXT.frequencies())
    told = table.set_index(["layer", "decoder"])
    assert told.loc[("layer2", STRONGEST), "bits"] == pytest.approx(4, abs=0.5)  # all of log2 16
    assert told["prior_bits"].iloc[0] == pytest.approx(4.3, abs=0.3)  # 241 bytes never occur
    assert told["n"].unique().tolist() == [60 * 11]
    assert len(positions) == 3 * 60 * 11
    at = positions["block"].to_numpy(), positions["position"].to_numpy()
    assert (TEXT.held_out.numpy()[at] == positions["token"]).all()
    means = positions.groupby("layer")["bits"].mean()
    for layer, bits in means.items():
        assert bits == pytest.approx(told.loc[(layer, STRONGEST), "bits"])


def test_exposure_and_extraction_are_of_those_seen(
    network: Transformer, canaries: Canaries, seen: Tensor
) -> None:
    found = exposures(network, canaries, alternatives=31)
    often = (canaries.times * seen == 8).numpy()
    assert found["exposure"].max() == 5
    assert (found["exposure"][often] == 5).all()
    assert found["exposure"][~seen.numpy()].mean() < 2.5
    assert (found["exposure_extrapolated"][often] > 3).all()
    right = extracted(network, canaries)
    assert (right[torch.from_numpy(often)] == 4).float().mean() > 0.8
    assert right[~seen].float().mean() < 1
    bits, rank = told_tokens(network, canaries)
    assert bits.shape == rank.shape == (24, 4)
    assert (rank[torch.from_numpy(often)] == 1).float().mean() > 0.8
    assert rank.max() <= LETTERS


def test_a_linear_map_is_that_of_least_squares() -> None:
    draw = torch.Generator().manual_seed(0)
    t, w = torch.randn(500, 6, generator=draw), torch.randn(6, 6, generator=draw)
    found = linear_map(t, t @ w + 2)
    torch.testing.assert_close(found, torch.cat([w, torch.full((1, 6), 2.0)]), rtol=0, atol=1e-2)
    first = torch.arange(500) < 250
    half = linear_map(t, torch.where(first[:, None], t @ w, -t @ w), first.float())
    torch.testing.assert_close(half[:-1], w, rtol=0, atol=1e-2)


def test_neighbours_vote_for_what_followed() -> None:
    keys = torch.eye(4).repeat(60, 1)
    next_ = torch.arange(4).repeat(60)
    logits = neighbour_logits(torch.eye(4)[[2, 0]], keys, next_, vocabulary=9)
    assert logits.shape == (2, 9)
    assert logits.argmax(dim=1).tolist() == [2, 0]


def test_states_are_those_before_each_token(network: Transformer, canaries: Canaries) -> None:
    states = states_at(network, canaries.blocks, first=canaries.start - 1)
    assert torch.equal(states.next.view(24, 4), canaries.blocks[:, 8:])
    logits = network.readout(states.layers[-1]).view(24, 4, -1)
    whole = network(canaries.blocks[:, :-1])[:, 7:]
    torch.testing.assert_close(logits, whole, rtol=1e-3, atol=1e-4)
    assert READOUT in TOKEN_DECODERS
