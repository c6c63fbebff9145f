"""Flags: reasons to doubt an estimate, in a few words, each with its rule."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.samples import repeat, row_hashes

COPIES = "copies"
"""Samples occur several times, with their y: nearest neighbours and held-out samples know them."""
SCALE = "scale"
"""The values are all but equal at the resolution asked for, or all apart."""
DIMENSIONS = "many dimensions"
"""More than eight effective ones: the nearest neighbours are about as far as any sample, and find
too little."""
SMALL_CLASSES = "small classes"
"""A tenth of the samples are in classes that hold hardly more than the neighbours asked for."""
GROWING = "growing"
"""A quarter of the samples give less by more than .15 bits: more samples would give more."""

COPIED = 0.1  # of the samples
FEW = 0.1  # of them
MOST_DIMENSIONS = 8.0
PARTICIPANTS = 1000  # samples, at most, of which the covariance is taken
FEW_VALUED = 0.1  # as many distinct rows of n: fewer are a code, whose rows repeat by right
EXTREME = 100.0  # times the width
PARTS = 4
LEAST = 50  # samples of a part
GROWN = 0.15  # bits


def of_samples(t: Tensor, y: Tensor, width: float | None = None) -> dict[str, bool]:
    """Return the flags that samples raise against any estimate of them.

    Args:
        t: samples [n, d].
        y: labels [n] or values [n, c].
        width: of bins or of noise, in the units of t, where the estimator has a fixed one.
    """
    return {COPIES: _copied(t, y), SCALE: width is not None and _off(t, width)}


def with_flags(estimate: Estimate, raised: Mapping[str, bool]) -> Estimate:
    """Return an estimate with those of the flags that are raised."""
    added = tuple(flag for flag, holds in raised.items() if holds)
    return replace(estimate, flags=(*estimate.flags, *added)) if added else estimate


def of_neighbours(
    estimate: Callable[[Tensor, Tensor], Estimate],
    bits: float,
    t: Tensor,
    y: Tensor,
    *,
    k: int,
    components: int | None = None,
) -> dict[str, bool]:
    """Return the flags that samples raise against an estimate by nearest neighbours.

    Args:
        estimate: estimates from some samples.
        bits: its estimate of t and y.
        t: samples [n, d].
        y: labels [n] or values [n, c].
        k: neighbours.
        components: to which t is reduced.
    """
    dimensions = min(_participation(t), components or math.inf)
    small = 0.0
    if y.is_floating_point():
        dimensions += _participation(y)
    else:
        sizes = torch.unique(y, return_counts=True)[1]
        small = float(sizes[sizes < 2 * k + 1].sum() / len(y))
    return {
        DIMENSIONS: dimensions > MOST_DIMENSIONS,
        SMALL_CLASSES: small >= FEW,
        GROWING: bits - _of_parts(estimate, t, y) > GROWN,
    }


def _of_parts(estimate: Callable[[Tensor, Tensor], Estimate], t: Tensor, y: Tensor) -> float:
    """Return the mean estimate of quarters of the samples, NaN where they are too few for it."""
    if len(t) < PARTS * LEAST:
        return math.nan
    try:
        parts = [estimate(t[i::PARTS], y[i::PARTS]).bits for i in range(PARTS)]
    except InfoplaneError:  # such as of a class too small in one of them
        return math.nan
    return sum(parts) / PARTS


def _participation(rows: Tensor) -> float:
    """Return (tr Σ)² / tr Σ² of rows [n, d], from the smaller of X Xᵀ and Xᵀ X."""
    some = rows[:: max(1, len(rows) // PARTICIPANTS)].double()
    some = some - some.mean(dim=0)
    gram = some @ some.mT if len(some) < some.shape[1] else some.mT @ some
    squares = float(gram.square().sum())
    return float(gram.trace()) ** 2 / squares if squares > 0 else 0.0


def _copied(t: Tensor, y: Tensor) -> bool:
    """Whether a tenth of the samples are copies, of rows that are not few-valued."""
    if not repeat(t, COPIED):
        return False
    sides = torch.stack([row_hashes(t), row_hashes(y.reshape(len(y), -1))], dim=1)
    distinct = len(torch.unique(sides, dim=0))
    return FEW_VALUED * len(t) < distinct < (1 - COPIED) * len(t)


def _off(t: Tensor, width: float) -> bool:
    """Whether the spread of t is a hundredth of a width, or less; or a hundred widths and more."""
    spread = float(t.double().std(dim=0).median())
    return spread > 0 and not width / EXTREME < spread < width * EXTREME
