"""The plane of a small causal model of Transformers, and of networks of one's own."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

import infoplane
from infoplane.errors import InfoplaneError
from infoplane.information.projected.soft_entropy import soft_information
from infoplane.language.ngrams import ngrams
from infoplane.language.plane import language_plane

VOCABULARY, LENGTH = 40, 24


@pytest.fixture(scope="module")
def model() -> Any:
    """A GPT-2 of two layers, never trained."""
    transformers = pytest.importorskip("transformers", reason="no transformers")
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY, n_positions=LENGTH, n_embd=16, n_layer=2, n_head=2
    )
    torch.manual_seed(0)
    return transformers.GPT2LMHeadModel(config)


@pytest.fixture(scope="module")
def tokens() -> Tensor:
    p = 1 / torch.arange(1, VOCABULARY + 1).double()
    draw = torch.Generator().manual_seed(1)
    return torch.multinomial(p, 60 * LENGTH, replacement=True, generator=draw).view(60, LENGTH)


@pytest.fixture(scope="module")
def table(model: Any, tokens: Tensor) -> pd.DataFrame:
    return language_plane(model, tokens)


def test_is_the_estimate_of_every_layer_and_label(
    model: Any, tokens: Tensor, table: pd.DataFrame
) -> None:
    labels = ngrams(tokens)
    with torch.no_grad():
        states = model.eval()(tokens, output_hidden_states=True).hidden_states
    assert len(table) == len(states) * 6
    for row in table.itertuples():
        t = states[row.depth][labels.positions]
        y = getattr(labels, row.label)[row.order]
        assert row.bits == pytest.approx(soft_information(t, y).bits, abs=1e-4)
        assert row.n == len(t) == 60 * (LENGTH - 5)
    assert table["null_mean"].notna().all()


def test_the_embedding_knows_its_token_and_nothing_of_the_next(table: pd.DataFrame) -> None:
    first = table[(table["depth"] == 0) & (table["order"] == 1)].set_index("label")
    assert first.loc["before", "above_null"] > 0.5
    assert abs(first.loc["after", "above_null"]) < 0.05, "tokens are independent"
    assert first.loc["after", "null_mean"] > 0.02


def test_padding_on_either_side_changes_nothing(model: Any, tokens: Tensor) -> None:
    short = tokens[:20, :18]
    mask = torch.zeros(20, LENGTH, dtype=torch.int64)
    right, left = torch.zeros_like(tokens[:20]), torch.zeros_like(tokens[:20])
    right[:, :18], left[:, 6:] = short, short
    plain = language_plane(model, short)
    for padded, place in ((right, slice(0, 18)), (left, slice(6, 24))):
        there = mask.clone()
        there[:, place] = 1
        told = language_plane(model, {"input_ids": padded, "attention_mask": there})
        assert told["n"].equals(plain["n"])
        near = 1e-4 if place.start == 0 else 0.5  # positions are counted from the padding's start
        assert (told["bits"] - plain["bits"]).abs().max() < near


def test_batches_change_nothing(model: Any, tokens: Tensor, table: pd.DataFrame) -> None:
    again = language_plane(model, tokens, batch_size=7)
    assert (again["bits"] - table["bits"]).abs().max() < 1e-4


def test_the_model_is_as_before(model: Any, tokens: Tensor) -> None:
    model.train()
    model.transformer.h[0].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    language_plane(model, tokens[:4])
    assert model.training
    assert not model.transformer.h[0].training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    with pytest.raises(InfoplaneError):
        language_plane(model, tokens[:, :3])
    assert model.training


class Own(nn.Module):
    """A network that is none of Transformers."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 8)

    def forward(self, ids: Tensor) -> Tensor:
        return self.embedding(ids)


def test_a_network_of_ones_own(tokens: Tensor) -> None:
    own = Own()
    table = language_plane(own, tokens, orders=(1,), hidden_states=lambda ids, mask: [own(ids)])
    assert table["depth"].tolist() == [0, 0]
    with pytest.raises(InfoplaneError, match="Own takes no input_ids, attention_mask"):
        language_plane(own, tokens)


class Silent(nn.Module):
    """A network that takes what Transformers' do, and returns nothing of its layers."""

    def forward(self, **_: Any) -> Tensor:
        return torch.zeros(1)


@pytest.mark.parametrize(
    ("given", "mask", "message"),
    [
        ({"labels": 0}, None, "there are no input_ids"),
        (torch.zeros(3), None, r"tokens are torch.float32 of shape \[3\]"),
        (torch.zeros(2, 9, dtype=torch.int64), torch.ones(2, 8), r"the mask is of \[2, 8\]"),
        (torch.zeros(2, 9, dtype=torch.int64), None, "Silent returns no hidden_states"),
    ],
)
def test_refusals(given: Any, mask: Tensor | None, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        language_plane(Silent(), given, mask)


def test_the_figure_draws_the_table(table: pd.DataFrame) -> None:
    points = infoplane.figures.language_points(table)
    assert len(points) == 3 * 3
    before = table[table["label"] == "before"].set_index(["depth", "order"])
    after = table[table["label"] == "after"].set_index(["depth", "order"])
    for row in points.itertuples():
        assert row.x == before.loc[(row.depth, row.order), "bits"]
        assert row.y_above == after.loc[(row.depth, row.order), "above_null"]
    figure = infoplane.figures.language_planes(table, title="untrained")
    assert [axes.get_xlabel() for axes in figure.axes] == ["I(X;T), tokens before  [bits]"] * 2
    drawn = {
        tuple(xy) for line in figure.axes[0].lines for xy in zip(*line.get_data(), strict=True)
    }
    assert all((row.x, row.y) in drawn for row in points.itertuples())
    assert all((row.x_null, row.y_null) in drawn for row in points.itertuples())
    with pytest.raises(InfoplaneError, match="the language table lacks"):
        infoplane.figures.language_points(table.drop(columns="once"))
