"""Mutual information of values on a line, by nearest neighbours in sorted arrays."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree
from scipy.special import digamma

Line = Float[np.ndarray, " n"]
Counts = Int[np.ndarray, " n"]
Test = Callable[[Counts], np.ndarray]


def ksg_on_lines(x: Line, y: Line, k: int) -> float:
    """Return I(X;Y) of two lines, in nats: KSG 1, with the k-th neighbour in the greater distance.

    ψ(k) + ψ(n) - ⟨ψ(n_x + 1) + ψ(n_y + 1)⟩ with the neighbours strictly nearer on each line; where
    the k-th coincides with the sample, the coincident ones take the place of k and are counted.

    Cost: O(n log n). Source: Kraskov et al. 2004; ties, Gao et al. 2017.
    """
    tree = KDTree(np.column_stack([x, y]))
    _, nearest = tree.query(tree.data, k + 1, p=math.inf)
    away = [np.abs(line[nearest] - line[:, None]).max(axis=1) for line in (x, y)]
    radius = np.maximum(*away)
    numbers = np.full(len(x), k)
    tied = radius == 0
    if tied.any():
        both = tree.query_ball_point(tree.data[tied], 0.0, p=math.inf, return_length=True)
        numbers[tied] = both - 1
    counts = digamma(neighbours(x, radius) + 1) + digamma(neighbours(y, radius) + 1)
    return float(np.mean(digamma(numbers) + digamma(len(x)) - counts))


def ross_on_a_line(x: Line, labels: Int[np.ndarray, " n"], k: int) -> float:
    """Return I(X;Y) of a line and a label, in nats: neighbours in the class, counted in all.

    ψ(n) + ψ(k) - ⟨ψ(m)⟩ - Σ (n_y / n) ψ(n_y); ties as in ``ksg_on_lines``.

    Cost: O(n log n). Source: Ross 2014; ties, Gao et al. 2017.
    """
    total = len(x) * digamma(len(x))
    for label in np.unique(labels):
        own = np.sort(x[labels == label])
        radius = _to_the_kth(own, k)
        numbers = np.where(radius == 0, neighbours(own, radius), k)
        inside = neighbours(own, radius, among=np.sort(x))
        total += (digamma(numbers) - digamma(inside)).sum() - len(own) * digamma(len(own))
    return float(total / len(x))


def neighbours(x: Line, radius: Line, *, among: Line | None = None) -> Counts:
    """Count the others strictly nearer than a radius to each value; for a radius of 0, the equal.

    With ``among``, sorted, count all of these, the value itself included. Strict to the last bit:
    what decides is the rounded difference itself, not a rounded sum of value and radius.
    """
    line = np.sort(x) if among is None else among
    reach = np.where(radius > 0, np.nextafter(radius, 0), 0.0)
    low = np.searchsorted(line, x - reach)
    high = np.searchsorted(line, x + reach, side="right")
    padded = np.concatenate([[-math.inf], line, [math.inf]])  # padded[i + 1] is line[i]
    low = _settled(low, lambda i: x - padded[i + 1] > reach, lambda i: x - padded[i] <= reach)
    high = _settled(high, lambda i: padded[i + 1] - x <= reach, lambda i: padded[i] - x > reach)
    return high - low - (among is None)


def _settled(index: Counts, too_low: Test, too_high: Test) -> Counts:
    """Move each index up or down until it stands where it should: one step, as rounding is."""
    while (up := too_low(index)).any():
        index = index + up
    while (down := too_high(index)).any():
        index = index - down
    return index


def _to_the_kth(own: Line, k: int) -> Line:
    """Return the distance of each sorted value to its k-th neighbour: the best window of k + 1."""
    radius = np.full(len(own), math.inf)
    for below in range(k + 1):  # of the window's k others
        first = np.arange(len(own)) - below
        fits = (first >= 0) & (first + k < len(own))
        i, first = np.flatnonzero(fits), first[fits]
        reach = np.maximum(own[i] - own[first], own[first + k] - own[i])
        radius[i] = np.minimum(radius[i], reach)
    return radius
