"""Exact nearest neighbours: sorted in one dimension, trees in few, blocks of distances in many."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.spatial import KDTree
from scipy.special import digamma, gammaln
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.samples import check_finite
from infoplane.information.neighbours.planar_search import kth_in_strips, suits_strips
from infoplane.information.neighbours.repeats import copies_of, few_copies, of_distinct

Norm = Literal["max", "euclidean"]
TREE_DIMENSIONS = 10  # above, a tree visits nearly all points and blocks are faster
BLOCK = 1 << 19  # distances held at once
IN_CACHE = 1 << 17  # of them where each is read once a dimension


def kozachenko_leonenko_entropy(
    t: Float[Tensor, "n ..."], *, k: int = 3, norm: Norm = "max"
) -> float:
    """Estimate the differential entropy h(T) in bits from the distances to the k-th neighbours.

    ψ(n) - ψ(k) + ln V + (d/n) Σ ln ε_i, where V is the volume of the unit ball.

    Args:
        t: samples [n, d] of a continuous variable, at most k of them equal.
        k: neighbours.
        norm: "max" or "euclidean".

    Raises:
        InfoplaneError: for k + 1 equal samples (the entropy is -∞), or fewer samples than that.
        NonFiniteError: where a value is not finite.

    Cost: O(n log n) up to ten dimensions, else O(n² d); memory 2¹⁹ distances.

    Source: Kozachenko & Leonenko 1987; Kraskov et al. 2004 (eq. 20).
    """
    points = as_points(t, "t")
    n, d = points.shape
    check_k(k, n, norm)
    epsilon = kth_distances(points, k, norm=norm)
    if not epsilon.all():
        raise InfoplaneError(
            f"t has more than {k} equal samples, so its differential entropy is -∞; use bins."
        )
    log_volume = d * math.log(2)
    if norm == "euclidean":
        log_volume = d / 2 * math.log(math.pi) - float(gammaln(d / 2 + 1))
    nats = digamma(n) - digamma(k) + log_volume + d * np.log(epsilon).mean()
    return float(nats) / math.log(2)


def as_points(values: Tensor, name: str) -> Float[Tensor, "n d"]:
    """Return samples as float64 [n, d]; refuse what is not finite."""
    points = values.detach()
    if points.ndim == 0:
        raise InfoplaneError(f"{name} is a single number; give samples along the first axis.")
    points = points[:, None] if points.ndim == 1 else points.flatten(1)
    check_finite(points, name)
    return points.to(torch.float64)


def unit_scale(points: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Divide samples by the power of two nearest to their root mean variance.

    Information does not depend on the scale of T or of Y, but neighbours in both together do: the
    side of the larger scale would decide alone who is near. A power of two rounds nothing, so that
    distances that tie still do.
    """
    variance = float(points.var(dim=0, correction=0).mean()) if points.numel() else 0.0
    if not variance:
        return points
    return points * 2.0 ** -round(math.log2(variance) / 2)


def check_k(k: int, n: int, norm: str = "max") -> None:
    """Refuse numbers of neighbours that n samples do not have, and unknown norms."""
    if k < 1:
        raise InfoplaneError(f"k is {k}; give 1 or more neighbours (3 is usual).")
    if n <= k:
        raise InfoplaneError(f"{n} samples have no {k} neighbours; give more than {k} samples.")
    if norm not in ("max", "euclidean"):
        raise InfoplaneError(f"norm is {norm!r}; give 'max' or 'euclidean'.")


def nearest(
    points: Float[Tensor, "n d"], k: int, *, norm: Norm = "max"
) -> tuple[Float[np.ndarray, "n k"], Int[np.ndarray, "n k"]]:
    """Return distances and numbers of the k nearest other samples of each, nearest first."""
    if points.shape[1] > TREE_DIMENSIONS:
        distances = points.new_empty(len(points), k)  # whole: as in Fused
        numbers = torch.empty(distances.shape, dtype=torch.int64, device=points.device)
        for here, block in distance_blocks(points, norm):
            distances[here], numbers[here] = block.topk(k, dim=1, largest=False)
        return distances.cpu().numpy(), numbers.cpu().numpy()
    array = points.cpu().numpy()
    tree = KDTree(array, balanced_tree=False, compact_nodes=False)
    order = tree.indices  # neighbours one after the other: each finds the tree in the cache
    distances, numbers = (np.empty((len(array), k + 1), dtype) for dtype in (float, np.int64))
    distances[order], numbers[order] = tree.query(
        array[order], k=k + 1, p=_power(norm, array.shape[1]), workers=torch.get_num_threads()
    )
    itself = numbers == np.arange(len(array))[:, None]
    itself[~itself.any(axis=1), -1] = True  # equals crowd out the sample: leave out one of them
    return distances[~itself].reshape(-1, k), numbers[~itself].reshape(-1, k)


def kth_distances(
    points: Float[Tensor, "n d"], k: int, *, norm: Norm = "max"
) -> Float[np.ndarray, " n"]:
    """Return the distance to the k-th nearest other sample of each."""
    numbers = copies_of(points)
    if numbers is None:
        return _kth_distances(points, k, norm)
    few = few_copies(numbers, k + 1)  # more of them change no distance to the k-th
    distances = np.full(int(numbers.max()) + 1, np.nan)
    distances[numbers[few]] = _kth_distances(points[few], k, norm)
    return distances[numbers]


def _kth_distances(points: Float[Tensor, "n d"], k: int, norm: Norm) -> Float[np.ndarray, " n"]:
    array = points.cpu().numpy()
    if norm != "max" or not suits_strips(array, k):
        return nearest(points, k, norm=norm)[0][:, -1]
    distances = kth_in_strips(array, k)
    unsure = np.flatnonzero(np.isnan(distances))  # where few lie: a tree for them
    if len(unsure):
        tree = KDTree(array, balanced_tree=False, compact_nodes=False)
        workers = torch.get_num_threads()
        tree_distances = tree.query(array[unsure], k=k + 1, p=math.inf, workers=workers)[0]
        distances[unsure] = tree_distances[:, -1]  # after the sample itself, at 0
    return distances


def count_within(
    points: Float[Tensor, "n d"],
    radii: Float[np.ndarray, " n"],
    *,
    norm: Norm = "max",
    strict: bool = False,
) -> Int[np.ndarray, " n"]:
    """Count the other samples at a distance of at most (``strict``: below) the radius of each.

    In the max norm exactly as rounded: a neighbour whose distance, as computed, is the radius
    itself is on the boundary, in one dimension too, where ``value + radius`` would round it in or
    out. In a Euclidean tree, one whose distance is the radius but for four roundings.
    """
    array, d = points.cpu().numpy(), points.shape[1]
    if d > TREE_DIMENSIONS:
        limits = torch.from_numpy(radii).to(points.device)[:, None]
        compare = torch.lt if strict else torch.le
        counts = torch.empty(len(points), dtype=torch.int64, device=points.device)
        for here, block in distance_blocks(points, norm):
            counts[here] = compare(block, limits[here]).sum(dim=1)
        return counts.cpu().numpy()
    power = _power(norm, d)
    if power == 2:
        radii = radii * (1 + (-4 if strict else 4) * np.finfo(np.float64).eps)
    elif strict:  # d <= the largest float below r is exactly d < r
        radii = np.nextafter(radii, -np.inf)
    if d == 1:
        return _count_sorted(array[:, 0], radii)
    tree = KDTree(array)

    def search(places: Int[np.ndarray, " m"]) -> Int[np.ndarray, " m"]:
        return tree.query_ball_point(
            array[places],
            radii[places],
            p=power,
            return_length=True,
            workers=torch.get_num_threads(),
        )

    numbers = copies_of(points)
    counts = (
        search(np.arange(len(array))) if numbers is None else of_distinct((numbers, radii), search)
    )
    return np.maximum(np.asarray(counts) - 1, 0)


def distance_blocks(
    points: Float[Tensor, "n d"], norm: Norm = "max"
) -> Iterator[tuple[slice, Float[Tensor, "b n"]]]:
    """Yield distances from some samples to all, infinite to themselves, block by block."""
    n = len(points)
    rows = max(1, (BLOCK if norm == "euclidean" else IN_CACHE) // n)
    columns = points.T.contiguous() if norm == "max" else points
    if norm == "euclidean":
        points = points - points.mean(dim=0)  # small norms: products round little
    norms = torch.linalg.vector_norm(points, dim=1).square()
    for start in range(0, n, rows):
        here = slice(start, min(start + rows, n))
        if norm == "max":
            block = max_distances(columns, here)
        else:
            block = torch.addmm(norms, points[here], points.T, alpha=-2)
            block = block.add_(norms[here, None]).clamp_(min=0).sqrt_()
        block[torch.arange(len(block)), torch.arange(here.start, here.stop)] = math.inf
        yield here, block


def max_distances(columns: Float[Tensor, "d n"], rows: slice) -> Float[Tensor, "b n"]:
    """Return distances in the max norm from some samples to all, column by column.

    Ten times as fast as ``torch.cdist`` while the block fits a core's cache, and as exact.
    """
    farthest = (columns[0, rows, None] - columns[0]).abs_()
    other = torch.empty_like(farthest)
    for column in columns[1:]:
        torch.sub(column[rows, None], column, out=other)
        torch.maximum(farthest, other.abs_(), out=farthest)
    return farthest


def _count_sorted(values: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Count by rank: those above within reach, and, mirrored, those below."""
    order = np.argsort(values)
    sorted_values, sorted_radii = values[order], radii[order]
    above = _reached(sorted_values, sorted_radii)
    lowest = len(values) - _reached(-sorted_values[::-1], sorted_radii[::-1])[::-1]
    counts = np.empty(len(values), dtype=np.int64)
    counts[order] = np.maximum(above - lowest - 1, 0)
    return counts


def _reached(values: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return how many sorted values v have v - value_i <= radius_i, each i."""
    n = len(values)
    padded = np.concatenate([[-np.inf], values, [np.inf]])
    guess = np.searchsorted(values, values + radii, side="right")
    inside, outside = padded[guess] - values <= radii, padded[guess + 1] - values > radii
    wrong = np.flatnonzero(~(inside & outside))  # value + radius was rounded past a neighbour
    low, high = np.zeros(len(wrong), dtype=np.int64), np.full(len(wrong), n)
    while (low < high).any():
        middle = (low + high + 1) // 2
        reached = padded[middle] - values[wrong] <= radii[wrong]
        low, high = np.where(reached, middle, low), np.where(reached, high, middle - 1)
    guess[wrong] = low
    return guess


def _power(norm: Norm, d: int) -> float:
    return math.inf if norm == "max" or d == 1 else 2.0  # in one dimension the norms are one
