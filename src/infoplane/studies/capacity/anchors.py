"""The classical anchors, measured: separable labelings, and what logistic regression memorizes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from infoplane.memorization.capacity import is_separable, logistic_bits, separable_share

DIMENSIONS = 60
RATIOS = (1.8, 2.0, 2.2)  # of points to weights, around Cover's capacity
PRINTED = {  # bits a weight of one draw of 60 dimensions, by points to weights
    1.0: 1.0,
    1.5: 1.5,
    1.9: 1.9,
    2.1: 1.5,
    2.5: 0.89,
    3.0: 0.84,
    4.0: 0.77,
    10.0: 0.77,
    50.0: 0.69,
}


@lru_cache(maxsize=4)  # claims and tables ask for the same linear programs
def separable(*, draws: int = 100, seed: int = 0, d: int = DIMENSIONS) -> pd.DataFrame:
    """Return the share of random labelings of random points that are separable, beside Cover's."""
    rows = []
    for ratio in RATIOS:
        n = round(ratio * d)
        shares = [is_separable(*_points(n, d, seed, draw)) for draw in range(draws)]
        exact = separable_share(n, d)
        rows.append(
            {
                **{"ratio": ratio, "points": n, "draws": draws, "exact": exact},
                **{"share": float(np.mean(shares)), "sd": (exact * (1 - exact) / draws) ** 0.5},
            }
        )
    return pd.DataFrame(rows)


@lru_cache(maxsize=4)
def logistic(*, draws: int = 10, seed: int = 0, d: int = DIMENSIONS) -> pd.DataFrame:
    """Return the bits a weight that logistic regression memorizes, with its spread over draws."""
    rows = []
    for ratio, printed in PRINTED.items():
        n = round(ratio * d)
        bits = [logistic_bits(*_points(n, d, seed, draw)) / d for draw in range(draws)]
        rows.append(
            {
                **{"ratio": ratio, "points": n, "draws": draws, "printed": printed},
                **{"bits": float(np.mean(bits)), "sd": float(np.std(bits, ddof=1))},
            }
        )
    return pd.DataFrame(rows)


def _points(n: int, d: int, seed: int, draw: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng([seed, n, draw])
    return random.standard_normal((n, d)), random.choice([-1.0, 1.0], n)
