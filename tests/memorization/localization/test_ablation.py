"""Units to flip: planted units are found, and a slow loop on weights chooses the same ones."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from infoplane.errors import InfoplaneError
from infoplane.memorization.localization.ablation import (
    Examples,
    Layers,
    Objective,
    masked,
    units_to_flip,
)

CLASSES = 3
COPIES = 8


class Chain(nn.Module):
    """A ReLU network whose hidden layers pass the inputs on."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        sizes = [CLASSES, *widths, CLASSES]
        self.linear = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.hidden = nn.ModuleList(nn.ReLU() for _ in widths)

    def forward(self, x: Tensor) -> Tensor:
        for linear, relu in zip(self.linear[:-1], self.hidden, strict=True):
            x = relu(linear(x))
        return self.linear[-1](x)

    @property
    def layers(self) -> Layers:
        named = {f"layer{i}": relu for i, relu in enumerate(self.hidden, start=1)}
        return Layers(named, samples_at=0, units_at=1)


def planted(layer: int, *, units: int = 1) -> Chain:
    """A network that says the largest input, but 2 for (1, 0, .58): units of one layer see to it.

    They fire where inputs 0 and 2 are both high, and take .9 from class 0 in the next layer. Every
    input is passed on by many units, so that none of these counts for much.
    """
    model, passing = Chain([COPIES * CLASSES + units] * 3), COPIES * CLASSES
    each = torch.eye(CLASSES).repeat(COPIES, 1)  # [passing, CLASSES]
    with torch.no_grad():
        for i, linear in enumerate(model.linear):
            linear.weight.zero_()
            linear.bias.zero_()
            out = each if i < 3 else torch.eye(CLASSES)
            read = torch.eye(CLASSES) if i == 0 else each.T / COPIES  # the inputs
            linear.weight[: len(out), : read.shape[1]] = out @ read
            if i == layer - 1:
                linear.weight[passing:, : read.shape[1]] = read[0] + read[2]
                linear.bias[passing:] = -1.2
            if i == layer:
                linear.weight[: len(out), passing:] = -0.9 / 0.38 / units * out[:, :1]
    return model


MEMORIZED = Examples(torch.tensor([[1.0, 0.0, 0.58]]), torch.tensor([2]))
CLEAN = torch.tensor([0, 1, 2, 2, 2, 2])
KEPT = Examples(torch.eye(CLASSES)[CLEAN], CLEAN)


@pytest.mark.parametrize("objective", ["loss", "margin"])
@pytest.mark.parametrize("layer", [1, 2, 3])
def test_the_planted_unit_is_found(layer: int, objective: Objective) -> None:
    model = planted(layer)
    found = units_to_flip(
        model, model.layers, MEMORIZED, KEPT, KEPT.inputs, objective=objective, most=5
    )
    assert found.units.tolist() == [1]
    assert found.flipped.tolist() == [True]
    assert found.by_layer.tolist() == [[int(i == layer) for i in (1, 2, 3)]]
    assert found.unchanged.tolist() == [1.0]


def test_all_planted_units_are_needed() -> None:
    model = planted(2, units=2)  # without one it is .55 against .58
    found = units_to_flip(model, model.layers, MEMORIZED, KEPT, KEPT.inputs, most=5)
    assert found.by_layer.tolist() == [[0, 2, 0]]


def test_what_is_learned_cannot_be_flipped_without_others() -> None:
    model = planted(2)
    asked = Examples(KEPT.inputs[:1] * 0.9, KEPT.labels[:1])
    found = units_to_flip(model, model.layers, asked, KEPT, KEPT.inputs, objective="margin", most=5)
    assert not found.flipped.all() or found.unchanged.item() < 1


def of_one(model: Chain, x: Tensor, label: Tensor, most: int) -> list[tuple[int, int]]:
    """Zero rows of weights and bias, as the paper does channels, one example at a time."""
    model, zeroed = copy.deepcopy(model), []
    for _ in range(most):
        out = model(x[None])
        if out.argmax() != label:
            break
        kept = functional.cross_entropy(model(KEPT.inputs), KEPT.labels)
        model.zero_grad()
        (kept - functional.cross_entropy(out, label[None])).backward()
        scores = {}
        for i, linear in enumerate(list(model.linear)[:-1]):
            score = (linear.weight * linear.weight.grad).sum(dim=1) + linear.bias * linear.bias.grad
            scores |= {(i, j): s.item() for j, s in enumerate(score) if (i, j) not in zeroed}
        i, j = max(scores, key=scores.get)
        with torch.no_grad():
            model.linear[i].weight[j] = 0
            model.linear[i].bias[j] = 0
        zeroed.append((i, j))
    return zeroed


def test_a_slow_loop_on_weights_chooses_the_same_units() -> None:
    torch.manual_seed(0)
    model = Chain([12, 10])
    inputs = torch.randn(20, CLASSES)
    asked = Examples(inputs, model(inputs).argmax(dim=1))  # more than are masked side by side
    found = units_to_flip(model, model.layers, asked, KEPT, KEPT.inputs, most=6)
    for row, (x, label) in enumerate(zip(*asked, strict=True)):
        slow = of_one(model, x, label, 6)
        assert found.units[row] == len(slow)
        assert found.by_layer[row].tolist() == [sum(i == a for i, _ in slow) for a in (0, 1)]


def test_random_units_are_active_ones_in_a_seeded_order() -> None:
    model = planted(3)
    order = [
        units_to_flip(
            model, model.layers, MEMORIZED, KEPT, KEPT.inputs, objective="random", most=8,
            generator=torch.Generator().manual_seed(seed),
        ).units.item()
        for seed in (0, 0, 1, 2, 3)
    ]  # fmt: skip
    assert order[0] == order[1]
    assert len(set(order)) > 1


def channels(logits: Callable[[Tensor], Tensor], conv: nn.Module) -> Tensor:
    """The units of a convolution that are zeroed for two images."""
    layers = Layers({"conv": conv}, samples_at=0, units_at=1)
    images = torch.rand(2, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    asked = Examples(images, logits(images).argmax(dim=1))
    return units_to_flip(logits, layers, asked, asked, images, objective="margin").by_layer


def test_channels_are_zeroed_as_a_whole() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(1, 3, 3)
    model = nn.Sequential(conv, nn.ReLU(), nn.Flatten(), nn.Linear(12, 2))
    assert channels(model, conv).max() <= 3


def test_hooks_are_gone_after_a_failure() -> None:
    model = planted(1)
    before = model(KEPT.inputs)
    with masked(model.layers, {"layer1": torch.zeros(6, 25)}, 1):
        assert not torch.equal(model(KEPT.inputs), before)
    with pytest.raises(RuntimeError), masked(model.layers, {}, 1):
        model(torch.zeros(1, CLASSES + 1))
    assert torch.equal(model(KEPT.inputs), before)
    assert not any(module._forward_hooks for module in model.modules())


def test_refusals() -> None:
    model = planted(1)
    arguments = (MEMORIZED, KEPT, KEPT.inputs)
    with pytest.raises(InfoplaneError, match="objective is 'norm'"):
        units_to_flip(model, model.layers, *arguments, objective="norm")  # pyright: ignore
    with pytest.raises(InfoplaneError, match="0 layers, 1 examples and 50 units"):
        units_to_flip(model, Layers({}, 0, 1), *arguments)
    with pytest.raises(InfoplaneError, match="a random order needs its generator"):
        units_to_flip(model, model.layers, *arguments, objective="random")
