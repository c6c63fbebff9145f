"""What decoders are fitted on and scored on: one split of the samples, and its coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import scipy.linalg
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds

FEWEST, MOST = 30, 250  # held out


@dataclass(frozen=True)
class Samples:
    """Some samples: activations, what is to be decoded of them, and what the decoder is told.

    ``y`` holds several labelings, decoded each by itself: the labels, and those of the null.
    Samples of one ``group`` are copies of one another: they are never fitted on and scored apart.
    """

    t: Float[Tensor, "n d"]
    y: Int[Tensor, "m n"]
    given: Int[Tensor, " n"]  # the true class in I(T;Ỹ|Y); all zero where nothing is given
    group: Int[Tensor, " n"]
    classes: int  # labels are 0 … classes - 1
    kinds: int  # of what is given

    def select(self, index: Tensor) -> Samples:
        """Return the samples at ``index``."""
        of = (self.t[index], self.y[:, index], self.given[index], self.group[index])
        return replace(self, t=of[0], y=of[1], given=of[2], group=of[3])


@dataclass(frozen=True)
class Fold:
    """One split: samples to fit on, of which some are held out to choose by, and to score on."""

    fit: Samples
    score: Samples
    seed: int

    @cached_property
    def parts(self) -> tuple[Tensor, Tensor]:
        """Indices of the fitting samples to train on, and of those held out; whole groups.

        A fifth is held out, but no fewer than one can choose by, and no more than one needs to.
        """
        group = torch.unique(self.fit.group, return_inverse=True)[1]
        count = int(group.max()) + 1
        chosen = torch.zeros(count, dtype=torch.bool)
        order = torch.randperm(count, generator=seeds.generator(self.seed, "held out"))
        number = min(max(count // 5, min(FEWEST, count // 2)), max(MOST, count // 20))
        chosen[order[:number]] = True
        held = chosen.to(group.device)[group]
        return torch.nonzero(~held).flatten(), torch.nonzero(held).flatten()

    @cached_property
    def coordinates(self) -> Coordinates:
        """Principal coordinates of the training part."""
        return Coordinates.of(self.fit.select(self.parts[0]))

    @cached_property
    def placed_fit(self) -> Float[Tensor, "n r"]:
        """The fitting samples in these coordinates."""
        return self.coordinates(self.fit)

    @cached_property
    def placed_score(self) -> Float[Tensor, "s r"]:
        """The scored samples in these coordinates."""
        return self.coordinates(self.score)


class Decoded(NamedTuple):
    """Output of a decoder: log2 p of each label of held-out fitting, and of scored samples."""

    held: Float[Tensor, "m h"]
    log2_p: Float[Tensor, "m n"]


Decoder = Callable[[Fold], Decoded]

NEGLIGIBLE = 1e-10  # of the largest variance: below it a coordinate is rounding


class Coordinates(NamedTuple):
    """Principal coordinates of T within what is given, each unit at unit variance before.

    Classes are moved to a common mean, as the decoder knows the class anyway: what is left is what
    may tell labels of one class apart.
    """

    means: Float[Tensor, "kinds d"]
    axes: Float[Tensor, "d r"]
    variances: Float[Tensor, " r"]

    def __call__(self, samples: Samples) -> Float[Tensor, "n r"]:
        """Return the coordinates of samples."""
        centred = samples.t - self.means[samples.given].to(samples.t.dtype)
        return (centred @ self.axes.to(samples.t.dtype)).float()

    def scale(self, ridge: float) -> Float[Tensor, " r"]:
        """Return 1 / √(variance + ridge · mean variance) of each: whitening at 0, nothing at ∞."""
        return (self.variances + ridge * self.variances.mean()).rsqrt().float()

    @staticmethod
    def of(samples: Samples) -> Coordinates:
        """Return the coordinates by the covariance, or by the Gram matrix where that is smaller."""
        means = _class_means(samples)
        centred = samples.t.double() - means[samples.given]
        std = centred.square().mean(dim=0).sqrt()
        alive = std > 1e-9 * std.max().clamp_min(1e-300)
        centred = centred[:, alive] / std[alive]
        n, d = centred.shape
        axes = samples.t.new_zeros(len(std), 0, dtype=torch.float64)
        if d == 0:
            return Coordinates(means, axes, axes[0])
        gram = centred @ centred.mT if n < d else centred.mT @ centred
        values, vectors = _eigh(gram / n)
        real = values > NEGLIGIBLE * values.max()
        values, vectors = values[real], vectors[:, real]
        if n < d:
            vectors = centred.mT @ vectors / (n * values).sqrt()
        axes = axes.new_zeros(len(std), len(values))
        axes[alive] = vectors / std[alive, None]
        return Coordinates(means, axes, values)


def _eigh(matrix: Float[Tensor, "d d"]) -> tuple[Float[Tensor, " d"], Float[Tensor, "d d"]]:
    """Return eigenvalues and vectors; by another algorithm where the usual one does not converge.

    Divide and conquer fails on some matrices of low rank, as those of layers with dead units.
    """
    try:
        values, vectors = torch.linalg.eigh(matrix)
    except RuntimeError:  # torch keeps the name of its LinAlgError to itself
        arrays = scipy.linalg.eigh(matrix.cpu().numpy(), driver="ev")
        values, vectors = (torch.from_numpy(part).to(matrix.device) for part in arrays)
    return values, vectors


def _class_means(samples: Samples) -> Float[Tensor, "kinds d"]:
    """Return the mean of each given class, drawn to that of all as if by one sample more."""
    t = samples.t.double()
    sums = t.new_zeros(samples.kinds, t.shape[1]).index_add_(0, samples.given, t)
    counts = torch.bincount(samples.given, minlength=samples.kinds)[:, None]
    return (sums + t.mean(dim=0)) / (counts + 1)
