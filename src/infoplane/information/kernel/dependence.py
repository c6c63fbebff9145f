"""Dependence as geometry, not in bits: HSIC, kernel and linear CKA, number of clusters."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.binned.counting import group_rows
from infoplane.information.binned.hashing import hash_activations
from infoplane.information.binned.rules import Bins
from infoplane.information.core.samples import check_lengths, class_numbers, finite_rows

BLOCK = 1 << 22  # kernel values held at once
MEDIAN_OF = 1000  # rows whose distances give the width


def hsic(
    t: Float[Tensor, "n d"],
    y: Tensor,
    *,
    width: float | None = None,
    y_width: float | None = None,
    unbiased: bool = True,
    seed: int = 0,
) -> float:
    """Return the Hilbert–Schmidt independence criterion of T and Y; no unit.

    Kernels are exp(-|a - b|²/2σ²); of labels, 1 where they are equal. Biased, tr(KHLH)/n², it is
    never below zero; unbiased, its mean is zero under independence and values below are kept.

    Args:
        t: activations [n, d].
        y: labels [n] as integers, or continuous values [n] or [n, d'].
        width: σ of T; without it the median distance of at most 1,000 rows, which follows the
            layer as it grows: freeze it to compare epochs.
        y_width: σ of continuous Y, likewise.
        unbiased: U-statistic (4 samples or more) or the biased one.
        seed: of the rows whose distances give the widths.

    Raises:
        InfoplaneError: for too few samples, lengths that differ, a width not above 0.
        NonFiniteError: where a value is not finite.

    Cost: O(n² d) time, in blocks: no matrix n × n is held.

    Source: Gretton et al. 2005 (biased); Song et al. 2012, Eq. 5 (unbiased).
    """
    return _hsics(t, y, width, y_width, unbiased, seed)[0]


def normalised_hsic(
    t: Float[Tensor, "n d"],
    y: Tensor,
    *,
    width: float | None = None,
    y_width: float | None = None,
    unbiased: bool = False,
    seed: int = 0,
) -> float:
    """Return HSIC(T,Y) / √(HSIC(T,T) HSIC(Y,Y)), the kernel alignment (CKA) of T and Y.

    Between 0 and 1 where biased; 0 by definition where T or Y does not vary. Arguments, errors and
    cost as of ``hsic``. Source: Kornblith et al. 2019 (arXiv:1905.00414).
    """
    values = _hsics(t, y, width, y_width, unbiased, seed)
    return _ratio(*values) if _vary(t, y) else 0.0


def linear_cka(t: Float[Tensor, "n d"], y: Tensor) -> float:
    """Return |TᵀY|² / (|TᵀT| |YᵀY|), Frobenius norms of centred T and Y (labels one-hot); 0 to 1.

    Invariant to rotation and to one common scale; 0 by definition where T or Y does not vary.

    Errors as of ``hsic``. Cost: O(n d (d + d')) time, O(d² + d d') memory.

    Source: Kornblith et al. 2019, Eq. 4 (arXiv:1905.00414).
    """
    a, b = _sides(t, y)
    b = torch.nn.functional.one_hot(b) if b.ndim == 1 else b
    return _ratio(_cross(a, b), _cross(a, a), _cross(b, b)) if _vary(a, b) else 0.0


def cluster_count(t: Float[Tensor, "n d"], bins: Bins) -> float:
    """Return the number of occupied cells: distinct rows of the layer as ``bins`` code it.

    It never falls as n grows and is at most n. Cost: O(n d). Source: Goldfeld et al. 2019, who
    show that binned information tracks such clustering (arXiv:1810.05728).
    """
    return float(group_rows(hash_activations(finite_rows(t, "t"), bins).cpu().numpy()).distinct)


def median_distance(rows: Float[Tensor, "n d"], seed: int) -> float:
    """Return the median of the distances above 0 between at most 1,000 rows; 1 if there are none.

    Zero distances are left out: half of a layer of dead units would make the width zero.
    """
    order = torch.randperm(len(rows), generator=seeds.generator(seed, "median distance", len(rows)))
    some = rows[order[:MEDIAN_OF].to(rows.device)].double()
    distances = torch.nn.functional.pdist(some)
    distances = distances[distances > 0]
    return float(distances.median()) if len(distances) else 1.0


def _hsics(
    t: Tensor, y: Tensor, width: float | None, y_width: float | None, unbiased: bool, seed: int
) -> tuple[float, float, float]:
    """Return HSIC of (T,Y), (T,T) and (Y,Y), out of one pass over the kernels."""
    a, b = _sides(t, y)
    n, least = len(a), 4 if unbiased else 1
    if n < least:
        raise InfoplaneError(f"t has {n} samples; unbiased HSIC needs 4 or more.")
    widths = [_width(width, a, "width", seed), _width(y_width, b, "y_width", seed)]
    a, b = (side if side.ndim == 1 else side - side.mean(dim=0) for side in (a, b))
    products = torch.zeros(3, dtype=torch.float64)
    totals = torch.zeros(2, n, dtype=torch.float64)  # of the rows of K and L
    for rows in _row_blocks(n):
        k, l = (_kernel(side, rows, w) for side, w in zip((a, b), widths, strict=True))  # noqa: E741
        if unbiased:
            for kernel in (k, l):
                kernel[torch.arange(len(kernel)), torch.arange(rows.start, rows.stop)] = 0
        totals[0, rows], totals[1, rows] = (m.sum(dim=1, dtype=torch.float64).cpu() for m in (k, l))
        for i, (p, q) in enumerate(((k, l), (k, k), (l, l))):
            products[i] += (p * q).sum(dtype=torch.float64).cpu()
    of = _unbiased if unbiased else _biased
    (k, l), (kl, kk, ll) = totals, products.tolist()  # noqa: E741
    return of(kl, k, l), of(kk, k, k), of(ll, l, l)


def _biased(product: float, k: Float[Tensor, " n"], l: Float[Tensor, " n"]) -> float:  # noqa: E741
    """Return tr(KHLH)/n² from ΣKL and the sums of rows."""
    n = len(k)
    return product / n**2 - 2 * float(k @ l) / n**3 + float(k.sum() * l.sum()) / n**4


def _unbiased(product: float, k: Float[Tensor, " n"], l: Float[Tensor, " n"]) -> float:  # noqa: E741
    """Return Eq. 5 of Song et al. from the same, kernels having zero diagonals."""
    n = len(k)
    whole = float(k.sum() * l.sum()) / ((n - 1) * (n - 2))
    return (product + whole - 2 * float(k @ l) / (n - 2)) / (n * (n - 3))


def _sides(t: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return T as rows, and Y as rows or, where it is labels, as class numbers [n]."""
    rows = finite_rows(t, "t")
    if y.ndim == 1 and not y.is_floating_point():
        return rows, class_numbers(rows, y)
    check_lengths(t, y)
    return rows, finite_rows(y, "y").to(rows.device)


def _width(width: float | None, side: Tensor, name: str, seed: int) -> float:
    if width is not None and not 0 < width < math.inf:
        raise InfoplaneError(f"{name} is {width}; give a kernel width above 0, or none.")
    if side.ndim == 1:
        return 1.0
    return median_distance(side, seed) if width is None else width


def _row_blocks(n: int) -> Iterator[slice]:
    step = max(1, BLOCK // n)
    yield from (slice(start, min(start + step, n)) for start in range(0, n, step))


def _kernel(side: Tensor, rows: slice, width: float) -> Float[Tensor, "b n"]:
    """Return some rows of the kernel matrix."""
    if side.ndim == 1:
        return (side[rows, None] == side).to(torch.float32)
    squares = side.square().sum(dim=1)
    d2 = torch.addmm(squares, side[rows], side.T, alpha=-2).add_(squares[rows, None]).clamp_min_(0)
    d2[torch.arange(len(d2)), torch.arange(rows.start, rows.stop)] = 0
    return d2.mul_(-0.5 / width**2).exp_()


def _cross(a: Tensor, b: Tensor) -> float:
    """Return |AᵀB|² of centred A and B, in float64, without a float64 copy of either."""
    mean_a, mean_b = (s.sum(dim=0, dtype=torch.float64) / len(s) for s in (a, b))
    total = mean_a.new_zeros(a.shape[1], b.shape[1])
    step = max(1, BLOCK // max(a.shape[1], b.shape[1]))
    for p, q in zip(a.split(step), b.split(step), strict=True):
        total += (p.double() - mean_a).T @ (q.double() - mean_b)
    return float(total.square().sum())


def _vary(*sides: Tensor) -> bool:
    return all(bool((side != side[0]).any()) for side in sides)


def _ratio(cross: float, own_a: float, own_b: float) -> float:
    """Return a normalised dependence; 0 where a side has none with itself."""
    return cross / math.sqrt(own_a) / math.sqrt(own_b) if min(own_a, own_b) > 0 else 0.0
