"""Fitting small networks: what a step is of, and which state is kept."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from infoplane.information.core.small_networks import LOOKS, fit


class Recorder(nn.Module):
    """One weight, which a step moves, and the samples of each step."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.batches: list[list[int]] = []

    def loss(self, batch: Tensor) -> Tensor:
        self.batches.append(batch.tolist())
        return -self.weight

    def fitted(self, validation: list[float], *, n: int, batch: int, steps: int) -> Recorder:
        """Fit, and keep the weight that each look at the validation loss was of."""
        self.weights: list[float] = []

        def validation_loss() -> float:
            self.weights.append(self.weight.item())
            return validation[len(self.weights) - 1]

        generator = torch.Generator().manual_seed(0)
        options = {"n": n, "batch": batch, "steps": steps, "learning_rate": 0.1}
        fit(self, self.loss, validation_loss, **options, generator=generator)
        return self


def test_each_sample_is_dealt_once_before_any_is_again() -> None:
    found = Recorder().fitted([0.0] * LOOKS, n=10, batch=3, steps=40)
    assert all(len(batch) == 3 for batch in found.batches)
    for i in range(0, 39, 3):
        assert len({sample for batch in found.batches[i : i + 3] for sample in batch}) == 9
    assert found.batches[0] != found.batches[3]


def test_the_state_of_the_lowest_validation_loss_is_kept() -> None:
    losses = [float(abs(i - 7)) for i in range(LOOKS)]
    found = Recorder().fitted(losses, n=8, batch=8, steps=2 * LOOKS)
    assert len(set(found.weights)) == LOOKS
    assert found.weight.item() == found.weights[7]
