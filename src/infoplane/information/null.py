"""The permutation null of any estimate: the same estimate on shuffled y."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from infoplane import seeds
from infoplane.information.estimate import Estimate


def with_null(
    found: Estimate,
    again: Callable[[Tensor], Estimate],
    y: Tensor,
    *,
    permutations: int,
    seed: int = 0,
) -> Estimate:
    """Return an estimate with the mean and standard deviation of the same on shuffled y.

    Args:
        found: the estimate on y.
        again: estimates anew, given y in another order.
        y: labels [n] or values [n, c].
        permutations: with fewer than 2 there is no null.
        seed: of the shuffles.
    """
    if permutations < 2:
        return found
    random = np.random.default_rng(seeds.number(seed, "null"))
    orders = torch.from_numpy(np.stack([random.permutation(len(y)) for _ in range(permutations)]))
    null = np.array([again(y[order]).bits for order in orders.to(y.device)])
    return replace(found, null_mean=float(null.mean()), null_std=float(null.std(ddof=1)))
