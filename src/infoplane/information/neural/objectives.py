"""What a network of a neural estimate is trained for, and what it is then scored by."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infoplane import seeds
from infoplane.information.neural.bounds import Loss, pointwise_infonce, value
from infoplane.information.neural.critics import Critic
from infoplane.information.neural.doe import Densities

SHIFTS = 32  # pairings of each scored t with another's y that stand for independence


class Pairs(NamedTuple):
    """Some pairs, standardised."""

    t: Float[Tensor, "n d"]
    y: Float[Tensor, "n d_y"]

    def select(self, index: Tensor | slice) -> Pairs:
        """Return the pairs at ``index``."""
        return Pairs(self.t[index], self.y[index])


@runtime_checkable
class Objective(Protocol):
    """A network with its loss and its score."""

    @property
    def model(self) -> nn.Module:
        """The network to train."""
        ...

    def loss(self, pairs: Pairs) -> Tensor:
        """Return the loss of a batch."""
        ...

    def value(self, pairs: Pairs) -> tuple[float, float]:
        """Return the estimate from these pairs, in nats, and its standard error."""
        ...

    def validation_loss(self, pairs: Pairs) -> float:
        """Return what chooses among states: less the value of a bound, else the loss."""
        ...


class AllPairs:
    """InfoNCE: each t with every y of a batch."""

    def __init__(self, critic: Critic, batch: int) -> None:
        self.model, self.batch = critic, batch

    def loss(self, pairs: Pairs) -> Tensor:
        """Return less InfoNCE of a batch."""
        return -pointwise_infonce(self.model.all_pairs(*pairs)).mean()

    def value(self, pairs: Pairs) -> tuple[float, float]:
        """Return the mean over full batches: all have one ceiling."""
        batch = min(self.batch, len(pairs.t))
        pointwise = torch.cat(
            [
                pointwise_infonce(self.model.all_pairs(*pairs.select(slice(i, i + batch)))).double()
                for i in range(0, len(pairs.t) - batch + 1, batch)
            ]
        )
        return _mean(pointwise)

    def validation_loss(self, pairs: Pairs) -> float:
        """Return less the bound."""
        return -self.value(pairs)[0]


class ShiftedPairs:
    """DV, MINE, NWJ, SMILE: each t with its own y, and with that of another."""

    def __init__(self, critic: Critic, bound: str, tau: float, seed: int) -> None:
        self.model, self.bound, self.tau, self.seed = critic, bound, tau, seed
        self.pair_loss = Loss(bound)

    def loss(self, pairs: Pairs) -> Tensor:
        """Return the loss of a batch, whose order is random: its neighbours are others."""
        shifted = self.model.pairs(pairs.t, pairs.y.roll(1, dims=0))
        return self.pair_loss(self.model.pairs(*pairs), shifted)

    def value(self, pairs: Pairs) -> tuple[float, float]:
        """Score own pairs, and those of up to 32 random shifts by at least one."""
        generator = seeds.generator(self.seed, "neural information: shifts")
        shifts = torch.randperm(len(pairs.t) - 1, generator=generator)[:SHIFTS] + 1
        product = [self.model.pairs(pairs.t, pairs.y.roll(s, dims=0)) for s in shifts.tolist()]
        return value(self.bound, self.model.pairs(*pairs), torch.cat(product), self.tau)

    def validation_loss(self, pairs: Pairs) -> float:
        """Return less the bound; of SMILE, which is none, its loss."""
        return float(self.loss(pairs)) if self.bound == "smile" else -self.value(pairs)[0]


class EntropyDifference:
    """DoE: the cross-entropy of q(y) less that of q(y|t)."""

    def __init__(self, densities: Densities) -> None:
        self.model = densities

    def loss(self, pairs: Pairs) -> Tensor:
        """Return the sum of both cross-entropies."""
        alone, given_t = self.model.log_densities(*pairs)
        return -alone.mean() - given_t.mean()

    def value(self, pairs: Pairs) -> tuple[float, float]:
        """Return the mean of ln q(y|t) - ln q(y)."""
        alone, given_t = self.model.log_densities(*pairs)
        return _mean((given_t - alone).double())

    def validation_loss(self, pairs: Pairs) -> float:
        """Return the loss: the greatest difference would be that of the worst q(y)."""
        return float(self.loss(pairs))


def _mean(values: Float[Tensor, " n"]) -> tuple[float, float]:
    return float(values.mean()), float(values.std() / math.sqrt(len(values)))
