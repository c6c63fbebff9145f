"""Observing changes nothing: training with it and without ends with the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from own_models import GPT, ResNet, ViT
from torch import nn

from infoplane import InformationPlane, NonFiniteError
from infoplane.seeds import random_state_kept

N = 40
DRAW = torch.Generator().manual_seed(0)
IMAGES = torch.randn(N, 1, 8, 8, generator=DRAW)
IDS = torch.randint(11, (N, 7), generator=DRAW)
Y = torch.arange(N) % 3
SEEN = torch.where(torch.arange(N) % 4 == 0, (Y + 1) % 3, Y)
QUICK = {"memorization": "linear", "estimators": ("ross(permutations=2)",)}


def hooks_of(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def trained(make: Callable[[], nn.Module], inputs: torch.Tensor, *, observe: bool) -> Any:
    """Train for three epochs of batches with dropout and momentum; return all that there is."""
    torch.manual_seed(0)
    model = make()
    plane = None
    if observe:
        plane = InformationPlane(model, inputs, Y, seen_labels=SEEN, test=(inputs, Y), **QUICK)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for epoch in range(3):
        model.train()
        for batch in torch.randperm(N).split(16):
            loss = nn.functional.cross_entropy(model(inputs[batch]), SEEN[batch])
            optimizer.zero_grad()
            loss.backward()
            if plane is not None:
                plane.observe(epoch, step=len(losses))  # between backward and step: gradients stay
            optimizer.step()
            losses.append(loss.item())
    gradients = [p.grad for p in model.parameters()]
    modes = [m.training for m in model.modules()]
    return model.state_dict(), losses, gradients, modes, torch.get_rng_state(), hooks_of(model)


@pytest.mark.parametrize(("make", "inputs"), [(ResNet, IMAGES), (ViT, IMAGES), (GPT, IDS)])
def test_training_with_and_without_observing_is_the_same_bit_for_bit(
    make: Callable[[], nn.Module], inputs: torch.Tensor
) -> None:
    with_it, without = (trained(make, inputs, observe=observe) for observe in (True, False))
    assert with_it[1] == without[1]
    assert with_it[3] == without[3]
    assert with_it[5] == without[5] == 0
    assert torch.equal(with_it[4], without[4])
    for a, b in zip(with_it[0].values(), without[0].values(), strict=True):
        assert torch.equal(a, b)
    for a, b in zip(with_it[2], without[2], strict=True):
        assert torch.equal(a, b)


class Counting(nn.Module):
    """Writes into its buffers, draws at random and keeps a table, also in evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("last", torch.full((4,), torch.nan))
        self.table: torch.Tensor | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.table is None:
            self.table = torch.ones(4)
        self.calls += 1
        self.last = x[0]
        return self.fc(nn.functional.dropout(x, 0.5, training=True) * self.table)


def test_what_a_pass_writes_is_taken_back() -> None:
    model, rows = Counting(), torch.randn(N, 4)
    last, state = model.last, torch.get_rng_state()
    plane = InformationPlane(model, rows, Y, bin_width=0.5)
    plane.observe(0)
    assert model.calls == 0
    assert model.last is last
    assert torch.equal(torch.get_rng_state(), state)
    model(rows).sum().backward()  # what it keeps of a pass is no inference tensor


def failing(at: str) -> Any:
    class Failing(nn.Module):
        broken = False

        def __init__(self) -> None:
            super().__init__()
            self.body, self.fc = nn.Linear(4, 5), nn.Linear(5, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.body(x)
            if self.broken and at == "model":
                raise RuntimeError("out of memory")
            return self.fc(x / 0 if self.broken else x)

    return Failing().train()


@pytest.mark.parametrize("at", ["model", "estimator"])
def test_hooks_are_gone_and_modes_back_after_an_exception(at: str) -> None:
    model = failing(at)
    plane = InformationPlane(model, torch.randn(N, 4), Y, memorization="linear")
    plane.observe(0)
    rows = len(plane.table())
    model.broken = True
    state = torch.get_rng_state()
    with pytest.raises(RuntimeError if at == "model" else NonFiniteError):
        plane.observe(1)
    assert hooks_of(model) == 0
    assert all(m.training for m in model.modules())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled()
    assert len(plane.table()) == rows
    model.broken = False
    plane.observe(1)


def test_random_state_is_given_back_after_an_exception() -> None:
    state = torch.get_rng_state()

    def draw() -> None:
        with random_state_kept():
            torch.rand(3)
            raise KeyError

    with pytest.raises(KeyError):
        draw()
    assert torch.equal(torch.get_rng_state(), state)
