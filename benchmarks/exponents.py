"""The exponent of a cost: least squares on logarithms, where fixed costs no longer dominate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

FIXED_SHARE = 0.1  # of a cost, that may be fixed where the exponent is fitted
LEAST = 3  # points of a fit


class Fit(NamedTuple):
    """An exponent, and the part of the sizes that it was fitted over."""

    exponent: float
    first: float
    last: float


def fit_exponent(sizes: Sequence[float], costs: Sequence[float]) -> Fit:
    """Fit p of cost ∝ size^p over the largest part at the end where fixed costs are small.

    The fixed cost is at most the least cost seen, so from the first size on after which every cost
    is ten times that, no more than a tenth of any cost is fixed. Where fewer than three sizes are
    so dear, the last three are taken: their exponent is too low where much of the cost is fixed.

    Args:
        sizes: growing sizes.
        costs: what each took, above 0.

    Raises:
        ValueError: for fewer than three sizes, sizes that do not grow, a cost not above 0.
    """
    x, y = np.asarray(sizes, dtype=np.float64), np.asarray(costs, dtype=np.float64)
    if len(x) < LEAST or len(x) != len(y) or (np.diff(x) <= 0).any() or not x[0] > 0:
        raise ValueError(f"sizes are {list(sizes)}; give three or more that grow, each with a cost")
    if not (y > 0).all():
        raise ValueError(f"costs are {list(costs)}; give costs above 0")
    cheap = np.flatnonzero(y < y.min() / FIXED_SHARE)
    start = min(int(cheap[-1]) + 1, len(x) - LEAST)
    slope = np.polyfit(np.log(x[start:]), np.log(y[start:]), 1)[0]
    return Fit(float(slope), float(x[start]), float(x[-1]))
