"""GPTs learn, each for itself, and go on where they stopped with the same bits."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.language.plane import language_plane
from infoplane.language.training import GPTTraining, LanguageTraining, states_of, token_bits
from infoplane.networks.transformer import TransformerConfig

SIZE = TransformerConfig(vocabulary=16, length=12, layers=2, width=16, heads=2)
SHORT = GPTTraining(steps=60, batch=8, learning_rate=1e-2)


@pytest.fixture(scope="module")
def blocks() -> Tensor:
    """Tokens that count up from a random one: what follows is known."""
    first = torch.randint(16, (40, 1), generator=torch.Generator().manual_seed(0))
    return (first + torch.arange(12)) % 16


@pytest.fixture(scope="module")
def trained(blocks: Tensor) -> LanguageTraining:
    training = LanguageTraining(SIZE, blocks, SHORT, members=2)
    assert list(training.looks([60, 0, 30, 90])) == [0, 30, 60]
    return training


def weights(training: LanguageTraining) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in training.weights.items()}


def same(a: LanguageTraining, b: LanguageTraining) -> bool:
    return all(torch.equal(w, weights(b)[name]) for name, w in weights(a).items())


def test_counting_is_learned(blocks: Tensor, trained: LanguageTraining) -> None:
    before = LanguageTraining(SIZE, blocks, SHORT).bits(blocks)
    assert before.mean() == pytest.approx(4, abs=0.1)  # log2 16
    after = trained.bits(blocks)
    assert after.shape == (2, 40, 11)
    assert (after.mean(dim=(1, 2)) < 1).all()
    assert trained.epochs == 60 * 8 / 40


def test_goes_on_with_the_same_bits(blocks: Tensor, trained: LanguageTraining) -> None:
    first = LanguageTraining(SIZE, blocks, SHORT, members=2)
    assert list(first.looks([37])) == [37]
    state = first.state()
    state = {**state, "weights": {k: w.clone() for k, w in state["weights"].items()}}
    second = LanguageTraining(SIZE, blocks, SHORT, members=2)
    second.load_state(state)
    assert list(second.looks([10, 60])) == [60]
    assert same(second, trained)


def test_looks_and_scores_change_nothing(blocks: Tensor, trained: LanguageTraining) -> None:
    watched = LanguageTraining(SIZE, blocks, SHORT, members=2)
    before = torch.random.get_rng_state()
    for _ in watched.looks(range(0, 61, 20)):
        watched.bits(blocks)
        language_plane(watched.network(0), blocks, hidden_states=states_of(watched.network(0)))
    assert same(watched, trained)
    assert torch.equal(before, torch.random.get_rng_state())


def test_members_differ_and_do_not_depend_on_one_another(
    blocks: Tensor, trained: LanguageTraining
) -> None:
    alone = LanguageTraining(SIZE, [blocks], SHORT)
    assert list(alone.looks([60])) == [60]
    first, second = trained.bits(blocks)
    torch.testing.assert_close(alone.bits(blocks)[0], first, rtol=1e-2, atol=1e-2)
    assert not torch.allclose(first, second, rtol=1e-2, atol=1e-2)


def test_side_by_side_is_one_by_one_but_for_rounding(
    blocks: Tensor,
) -> None:
    stack = LanguageTraining(SIZE, [blocks, blocks[:20]], SHORT, members=2, side_by_side=True)
    each = LanguageTraining(SIZE, [blocks, blocks[:20]], SHORT, members=2, side_by_side=False)
    for _ in range(5):
        torch.testing.assert_close(stack.update(), each.update(), rtol=1e-4, atol=1e-5)
    own = weights(each)
    for name, weight in weights(stack).items():
        torch.testing.assert_close(weight, own[name], rtol=1e-2, atol=1e-3)


def test_every_block_comes_before_any_comes_again() -> None:
    training = LanguageTraining(SIZE, torch.zeros(40, 3, dtype=torch.int64), SHORT)
    training.blocks = [torch.arange(40)[:, None].repeat(1, 3)]
    seen = []
    for step in range(10):
        training.step = step
        seen.append(training._batch(0)[:, 0])
    epochs = torch.cat(seen).view(2, 40)
    assert epochs.sort(dim=1).values.tolist() == [list(range(40))] * 2
    assert not torch.equal(*epochs)


def test_gradients_are_clipped_network_by_network(blocks: Tensor) -> None:
    training = LanguageTraining(SIZE, blocks, GPTTraining(clip=1e-3), members=2)
    training._gradients([training._batch(m) for m in training.members])
    training.weights["norm.bias"].grad[1] *= 0
    training._clip()
    grads = [w.grad.flatten(1) for w in training.weights.values()]
    norms = torch.cat(grads, dim=1).norm(dim=1)
    torch.testing.assert_close(norms, torch.full((2,), 1e-3), rtol=1e-4, atol=0)


def test_rates_rise_then_fall() -> None:
    config = GPTTraining(steps=100, learning_rate=1.0)
    assert config.rate(0) == pytest.approx(0.2)
    assert config.rate(5) == pytest.approx(1, abs=0.01)
    assert config.rate(100) == pytest.approx(0.1)


def test_states_are_named_and_end_in_the_logits(blocks: Tensor, trained: LanguageTraining) -> None:
    network = trained.network(1)
    states = network.states(blocks)
    assert network.layers == ["embedding", "layer1", "layer2"]
    assert len(states) == 3
    torch.testing.assert_close(network.readout(states[-1]), network(blocks))
    told = states_of(network)(blocks, None)
    torch.testing.assert_close(told[-1], network.features(blocks))
    bits = token_bits(network, blocks)
    assert bits.mean() == pytest.approx(float(trained.bits(blocks)[1].mean()))


def test_the_plane_of_a_network_is_drawn_from_its_states(
    blocks: Tensor, trained: LanguageTraining
) -> None:
    network = trained.network(0)
    table = language_plane(network, blocks, hidden_states=states_of(network), orders=(1,))
    assert table["layer"].unique().tolist() == ["embedding", "layer1", "layer2"]
    after = table[(table["label"] == "after") & (table["layer"] == "layer2")]
    assert after["above_null"].item() > 1  # it knows what comes


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"steps": -1}, "steps is -1; give 0 or more"),
        ({"batch": 0}, "batch is 0; give 1 or more"),
        ({"clip": 0.0}, "clip is 0.0; give a number above 0"),
        ({"learning_rate": math.nan}, "learning_rate is nan"),
        ({"warm_up": 2.0}, "warm_up is 2.0; give a share"),
    ],
)
def test_what_trains_nothing_is_refused(options: dict, match: str) -> None:
    with pytest.raises(InfoplaneError, match=match):
        GPTTraining(**options)


def test_blocks_that_do_not_fit_are_refused(blocks: Tensor) -> None:
    with pytest.raises(InfoplaneError, match="blocks of 2 networks, and members is 3"):
        LanguageTraining(SIZE, [blocks, blocks], SHORT, members=3)
    with pytest.raises(InfoplaneError, match="there are no blocks"):
        LanguageTraining(SIZE, [], SHORT)
    with pytest.raises(InfoplaneError, match=r"of shape \[40, 24\]; give one or more, of 2 to 12"):
        LanguageTraining(SIZE, blocks.repeat(1, 2), SHORT)


def test_a_loss_that_is_not_finite_is_said(blocks: Tensor) -> None:
    training = LanguageTraining(SIZE, blocks, SHORT)
    with torch.no_grad():
        training.weights["norm.weight"].fill_(math.nan)
    with pytest.raises(NonFiniteError, match=r"the loss is .* after 0 steps"):
        training.update()
