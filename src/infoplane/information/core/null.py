"""The permutation null of any estimate: the same estimate on shuffled y, and its p-value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import stdtr
from torch import Tensor

from infoplane import seeds
from infoplane.information.core.estimate import Estimate
from infoplane.memory import check_permutations

EXACT = 19  # permutations: fewer cannot put a value into the highest twentieth by ranks
EQUAL = 1e-6  # bits: values nearer than rounding lets them be told apart are the same


class Null(NamedTuple):
    """Mean, standard deviation and p-value of k estimates under shuffled labels."""

    mean: Float[np.ndarray, " k"]
    std: Float[np.ndarray, " k"]
    p_value: Float[np.ndarray, " k"]


def against_null(bits: Float[np.ndarray, " k"], null: Float[np.ndarray, "k p"]) -> Null:
    """Compare k estimates with p permutations of each, one-sided.

    With 19 permutations or more the p-value is exact by ranks, (1 + nulls that reach the value) /
    (1 + p), whatever their distribution. Fewer are taken for draws of a normal one, of which the
    value would be the next: Student's t with p - 1 degrees of freedom, of (value - mean) /
    (sd √(1 + 1/p)). Of fewer than 2 all is NaN.

    Source: Phipson & Smyth 2010 (doi:10.2202/1544-6115.1585), for the ranks.
    """
    permutations = null.shape[1]
    if permutations < 2:
        return Null(*(np.full(len(bits), np.nan) for _ in Null._fields))
    mean, std = null.mean(axis=1), null.std(axis=1, ddof=1)
    excess = bits - mean
    if permutations >= EXACT:
        reached = (null >= (bits - EQUAL)[:, None]).sum(axis=1)
        return Null(mean, std, (1 + reached) / (1 + permutations))
    scale = np.maximum(std * np.sqrt(1 + 1 / permutations), 1e-12)
    return Null(mean, std, stdtr(permutations - 1, -excess / scale))


def with_null(
    estimate: Estimate,
    again: Callable[[Tensor], Estimate],
    y: Tensor,
    *,
    permutations: int,
    seed: int = 0,
) -> Estimate:
    """Return an estimate with mean, standard deviation and p-value of the same on shuffled y.

    Args:
        estimate: on y as it is.
        again: estimates anew, given y in another order.
        y: labels [n] or values [n, c].
        permutations: with fewer than 2 there is no null.
        seed: of the shuffles.
    """
    if permutations < 2:
        return estimate
    check_permutations(permutations, len(y))
    random = np.random.default_rng(seeds.number(seed, "null"))
    orders = torch.from_numpy(np.stack([random.permutation(len(y)) for _ in range(permutations)]))
    null = np.array([again(y[order]).bits for order in orders.to(y.device)])
    mean, std, p_value = (float(v[0]) for v in against_null(np.array([estimate.bits]), null[None]))
    return replace(estimate, null_mean=mean, null_std=std, p_value=p_value)
