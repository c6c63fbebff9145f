"""Bounds on the information of a layer with Gaussian noise: a mixture with a centre a sample."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import SATURATED, Estimate
from infoplane.information.core.samples import check_positive, class_numbers, finite_rows

BLOCK = 1 << 20  # distances held at once
FAR = 84.0  # exp(-84) is nothing beside the 1 of oneself; smaller ones are slow in float32
SMALL = math.exp(-FAR / 4)  # of which the fourth power is that
ROUNDING = 2.0**-22  # of the largest squared norm: what float32 may add to a squared distance
TOLERANCE = 0.01  # by which that may move an exponent, before distances are in float64
BOUNDS = ("KDE lower bound", "KDE upper bound")


class KDEInformation(NamedTuple):
    """One of the two bounds, of each quantity of T̃ = T + noise."""

    entropy: Estimate  # h(T̃), differential
    x: Estimate  # I(X;T̃)
    y: Estimate  # I(T̃;Y): a difference of bounds, itself none
    x_given_y: Estimate  # I(X;T̃|Y)


def kde_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    noise_variance: float = 0.1,
    relative: bool = False,
) -> tuple[KDEInformation, KDEInformation]:
    """Return lower and upper bounds of the information of T̃ = T + N(0, σ²), in bits.

    I(X;T̃) is bounded by -⟨log (1/n) Σ_j exp(-‖t_i - t_j‖² / cσ²)⟩_i, with c = 8 (Bhattacharyya)
    from below and c = 2 (Kullback–Leibler) from above; h(T̃) is that and (d/2) log 2πeσ²;
    I(X;T̃|Y) the mean of the same over the classes, and I(T̃;Y) = I(X;T̃) - I(X;T̃|Y).

    Args:
        t: activations [n, d], free of noise.
        y: labels [n].
        noise_variance: σ², in the literature 0.001 for the 12-bit task and 0.1 for MNIST.
        relative: take it times the mean variance of the layer's units, so that a layer that only
            grows does not seem to gain information.

    Returns:
        Lower, upper. The ceiling is log2 n for I(X;T̃), and with it ``saturated`` within 5 %, I(T̃;Y)
        as well; H(Y) for I(T̃;Y), which for the upper bound may be passed, and the mean of log2 n_y
        for I(X;T̃|Y).

    Raises:
        InfoplaneError: for a variance that is not above 0, a relative one of a constant layer,
            lengths that differ, no samples.
        NonFiniteError: where a value is not finite.

    Cost: one pass over half of the n² distances, O(n² d), in float32 unless the layer is large
    against the noise; memory for a few blocks of 2²⁰ of them, and a copy of t.

    Source: Kolchinsky & Tracey 2017 (eqs. 10 and 11); Saxe et al. 2018.
    """
    check_positive("noise_variance", noise_variance)
    rows = finite_rows(t.detach(), "t")
    labels, order = class_numbers(rows, y).sort()
    centred = rows[order] - rows.mean(dim=0, dtype=torch.float64)  # in float64
    variance, resolution = _variance(centred, noise_variance, relative)
    sums = _sums(centred, labels, variance)
    noise_bits = centred.shape[1] / 2 * math.log2(2 * math.pi * math.e * variance)
    lower, upper = (
        _information(all_, in_class, labels, noise_bits, resolution, bound)
        for bound, (all_, in_class) in zip(BOUNDS, sums, strict=True)
    )
    return lower, upper


def _variance(centred: Tensor, noise_variance: float, relative: bool) -> tuple[float, str]:
    if not relative:
        return noise_variance, f"σ² = {noise_variance:g}"
    of_units = float(torch.linalg.vector_norm(centred)) ** 2 / centred.numel()
    if of_units == 0:
        raise InfoplaneError(
            "t is constant, so noise relative to it is none; give an absolute noise_variance."
        )
    return noise_variance * of_units, f"σ² = {noise_variance:g} × variance of the layer"


def _sums(t: Tensor, labels: Tensor, variance: float) -> list[tuple[Tensor, Tensor]]:
    """Return Σ_j exp(-‖t_i - t_j‖² / cσ²) over all j, and over those of the class of i: c = 8, 2.

    Samples are sorted by class, so that a class is a range. Distances are symmetric: each block
    serves its rows and, transposed, its columns.
    """
    largest = float(torch.linalg.vector_norm(t, dim=1).max()) ** 2
    exact = largest * ROUNDING / (2 * variance) > TOLERANCE
    t = (t if exact else t.float()).div_(math.sqrt(8 * variance))  # our copy; now squared
    n, norms = len(t), torch.linalg.vector_norm(t, dim=1).square()  # distances are exponents
    ends = [0, *torch.bincount(labels).cumsum(0).tolist()]
    sums = [torch.zeros(2, n, dtype=torch.float64, device=t.device) for _ in BOUNDS]
    side = min(n, math.isqrt(BLOCK))
    for i in range(0, n, side):
        for j in range(i, n, side):
            rows, columns = slice(i, i + side), slice(j, j + side)
            kernel = torch.addmm(norms[columns], t[rows], t[columns].T, beta=-1, alpha=2)
            kernel.sub_(norms[rows, None]).clamp_(-FAR, 0)
            if i == j:
                kernel.fill_diagonal_(0)
            kernel.exp_()
            shared = list(_shared_classes(ends, i, j, side, n))
            for among_all, in_class in sums:
                _add_sums(among_all, kernel, i, j)
                for start, stop, first, last in shared:
                    part = kernel[start - i : stop - i, first - j : last - j]
                    _add_sums(in_class, part, start, first)
                kernel.clamp_min_(SMALL).square_().square_()  # exp(-d²/8σ²)⁴ = exp(-d²/2σ²)
    return [(total[0], total[1]) for total in sums]


def _shared_classes(
    ends: list[int], i: int, j: int, side: int, n: int
) -> Iterator[tuple[int, int, int, int]]:
    """Yield the rows and the columns, from and to, of each class that is on both sides of a block.

    There is one at most off the diagonal, and on it as many as its samples have.
    """
    last_row, last_column = min(i + side, n), min(j + side, n)
    for label in range(bisect_right(ends, j) - 1, len(ends) - 1):
        first, end = ends[label], ends[label + 1]
        if first >= last_row:
            return
        yield max(first, i), min(end, last_row), max(first, j), min(end, last_column)


def _add_sums(total: Tensor, kernel: Tensor, i: int, j: int) -> None:
    """Add the sums of some rows from i on and, unless these are on the diagonal, of columns."""
    total[i : i + len(kernel)] += kernel.sum(dim=1)
    if i != j:
        total[j : j + kernel.shape[1]] += kernel.sum(dim=0)


def _information(
    among_all: Tensor,
    in_class: Tensor,
    labels: Tensor,
    noise_bits: float,
    resolution: str,
    estimator: str,
) -> KDEInformation:
    n = len(labels)
    size = torch.bincount(labels).double()[labels]  # of the class of each sample
    x = float(torch.log2(n / among_all).mean())
    x_given_y = float(torch.log2(size / in_class).mean())

    def estimate(bits: float, ceiling: float, saturated: bool = False) -> Estimate:
        return Estimate(bits, ceiling, n, resolution, estimator, saturated)

    given_y = float(torch.log2(size).mean())
    saturated = x > SATURATED * math.log2(n) > 0  # I(T;Y) is near H(Y) then, whatever the labels
    return KDEInformation(
        entropy=estimate(x + noise_bits, math.log2(n) + noise_bits),
        x=estimate(x, math.log2(n), saturated),
        y=estimate(x - x_given_y, math.log2(n) - given_y, saturated),
        x_given_y=estimate(x_given_y, given_y, saturated=x_given_y > SATURATED * given_y > 0),
    )
