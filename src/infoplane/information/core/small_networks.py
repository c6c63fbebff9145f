"""Fit a small network in a fixed number of steps, and keep its best state."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

LOOKS = 20  # at the validation loss, evenly spread over the steps
LARGEST_GRADIENT = 10.0


def fit(
    model: nn.Module,
    loss: Callable[[Tensor], Tensor],
    validation_loss: Callable[[], float],
    *,
    n: int,
    steps: int,
    batch: int,
    learning_rate: float,
    generator: torch.Generator,
) -> None:
    """Train by Adam with a cosine schedule; end with the state of the lowest validation loss.

    A step whose loss or gradient is not finite is left out, and counts; so the cost is fixed and
    one bad batch does not undo the rest.

    Args:
        model: its parameters are trained in place.
        loss: takes the numbers of some samples; returns their loss.
        validation_loss: returns the loss on samples that are not trained on.
        n: samples to train on, dealt in random order into batches.
        steps: number of steps.
        batch: samples a step, at most n.
        learning_rate: the highest.
        generator: of the order.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    best, lowest = copy.deepcopy(model.state_dict()), math.inf
    order, start = torch.randperm(n, generator=generator), 0
    looks = {round(steps * (i + 1) / LOOKS) for i in range(LOOKS)}
    for step in range(1, steps + 1):
        if start + batch > n:
            order, start = torch.randperm(n, generator=generator), 0
        optimizer.param_groups[0]["lr"] = (
            learning_rate * (1 + math.cos(math.pi * step / (steps + 1))) / 2
        )
        optimizer.zero_grad()
        loss(order[start : start + batch]).backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), LARGEST_GRADIENT)
        if torch.isfinite(norm):
            optimizer.step()
        start += batch
        if step in looks:
            with torch.no_grad():
                now = validation_loss()
            if now < lowest:
                best, lowest = copy.deepcopy(model.state_dict()), now
    model.load_state_dict(best)
