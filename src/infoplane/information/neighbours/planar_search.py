"""The k-th neighbours of many points in a plane, by sorting alone: max norm, exact."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

MOST_K = 5  # more neighbours are found sooner by a tree
LEAST = 4096  # points; of fewer a tree is as fast
WIDTH = 0.8  # points of a strip, in √(k n)
REACH = 4  # points looked at to either side, in k
STRETCHED = 8.0  # ratio of spreads, from which strips are far from square cells

Line = Float[np.ndarray, " n"]


def suits_strips(points: Float[np.ndarray, "n d"], k: int) -> bool:
    """Whether these points are so many, and spread so alike both ways, that strips pay."""
    if points.shape[1] != 2 or k > MOST_K or len(points) < LEAST:
        return False
    low, high = np.quantile(points[:: len(points) // 1024], (0.25, 0.75), axis=0)
    spread = high - low
    return bool(spread.max() < STRETCHED * spread.min())


def kth_in_strips(points: Float[np.ndarray, "n 2"], k: int) -> Line:
    """Return the distance to the k-th nearest other point, NaN where strips cannot be sure of it.

    Points sorted by x make strips of equally many. In every pair of adjacent strips, points sorted
    by y look at a few to either side; pairs overlap, so that each strip meets both of its
    neighbours. The k-th distance found is that of all if nothing nearer can have been left out:
    beyond the last one looked at, or beyond the strips.

    Cost: O(n log n); ordered passes over memory instead of a walk in a tree for each point.
    """
    n = len(points)
    size = max(round(WIDTH * math.sqrt(k * n)), REACH * k + 2)
    strips = -(-n // size)
    by_x = np.argsort(points[:, 0])
    x, y = (np.full((strips + 2) * size, np.inf) for _ in range(2))  # an empty strip at either end
    x[size : size + n], y[size : size + n] = points[by_x, 0], points[by_x, 1]
    best = np.full((k, len(x)), np.inf)
    with np.errstate(invalid="ignore"):  # inf - inf, of what is not there
        sure = _beyond_strips(x, strips, size)
        for first in (0, size):
            pairs = slice(first, first + (strips + 2 - first // size) // 2 * 2 * size)
            _look_around(x[pairs], y[pairs], best[:, pairs], sure[pairs], size, new=first == 0)
    distances = np.empty(n)
    here = slice(size, size + n)
    distances[by_x] = np.where(best[-1, here] <= sure[here], best[-1, here], np.nan)
    return distances


def _beyond_strips(x: Line, strips: int, size: int) -> Line:
    """Return how far in x the nearest point is that lies in no strip adjacent to one's own."""
    rows = x.reshape(strips + 2, size)
    left, right = np.full(strips + 2, -np.inf), np.full(strips + 2, np.inf)
    left[3:], right[1:-2] = rows[1:-2, -1], rows[3:, 0]
    return np.minimum(rows - left[:, None], right[:, None] - rows).ravel()


def _look_around(x: Line, y: Line, best: np.ndarray, sure: Line, size: int, *, new: bool) -> None:
    """Look at some points to either side in each pair of strips, and lower ``best`` and ``sure``.

    Pairs of one strip are looked at once, where ``new``.
    """
    k, steps = len(best), REACH * len(best)
    order = np.argsort(y.reshape(-1, 2 * size), axis=1)
    # Rank by rank of all pairs: what lies some ranks further is then one piece of memory.
    at = (order + np.arange(len(order))[:, None] * 2 * size).T.ravel()
    x, y, limit = (values.take(at).reshape(order.T.shape) for values in (x, y, sure))
    nearest = best.take(at, axis=1).reshape(k, *x.shape)
    lower = None if new else np.ascontiguousarray((order < size).T)
    for step in range(1, steps + 1):
        distance = x[step:] - x[:-step]
        np.abs(distance, out=distance)
        np.maximum(distance, y[step:] - y[:-step], out=distance)
        if lower is not None:
            distance[lower[step:] == lower[:-step]] = np.inf
        _insert(nearest[:, :-step], distance)
        _insert(nearest[:, step:], distance)
    further = y[steps + 1 :] - y[: -steps - 1]
    for side in (limit[: -steps - 1], limit[steps + 1 :]):
        np.minimum(side, further, out=side)
    best[:, at] = nearest.reshape(k, -1)
    sure[at] = limit.ravel()


def _insert(smallest: np.ndarray, values: np.ndarray) -> None:
    """Put values among the k smallest so far, which are in order along the first axis."""
    for rank in smallest[:-1]:
        larger = np.maximum(rank, values)
        np.minimum(rank, values, out=rank)
        values = larger
    np.minimum(smallest[-1], values, out=smallest[-1])
