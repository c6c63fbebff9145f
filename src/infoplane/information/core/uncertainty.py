"""How far an estimate may be off: its error by the jackknife, its bias by extrapolation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate

EstimateFunction = Callable[[Tensor, Tensor], Estimate]  # of t [n, d] and y
PARTS = (1, 2, 3, 4)  # into how many the samples are divided


def with_jackknife(
    whole: Estimate, estimate: EstimateFunction, t: Tensor, y: Tensor, *, groups: int, seed: int = 0
) -> Estimate:
    """Return an estimate with its standard error by the delete-a-group jackknife, in bits.

    √((g - 1)/g Σ (I_(-j) - mean)²), of estimates without one of g random groups of samples. It
    suits every estimate that is about a mean over samples, nearest neighbours as well, where the
    bootstrap's repeated samples would be taken for ties; in expectation it is rather too large
    (Efron & Stein 1981). An estimate that has an error of its own keeps it: a network trained anew
    on each group would show the luck of its training, g times as large.

    Args:
        whole: the estimate on all samples.
        estimate: estimates anew from some of them.
        t: samples [n, d].
        y: labels [n] or values [n, c].
        groups: g, 2 or more (20 is usual).
        seed: of the groups.

    Raises:
        InfoplaneError: for fewer than 2 groups, or more than samples.

    Cost: g estimates. Source: Quenouille 1956; Kott 2001 (groups).
    """
    n = len(t)
    if not 2 <= groups <= n:
        raise InfoplaneError(f"jackknife is {groups}; give 2 to {n} groups (20 is usual).")
    if not math.isnan(whole.standard_error):
        return whole
    without = []
    for left_out in _shuffled(n, seed, "jackknife").tensor_split(groups):
        remaining = torch.ones(n, dtype=torch.bool)
        remaining[left_out] = False
        without.append(estimate(t[remaining.to(t.device)], y[remaining.to(y.device)]).bits)
    variance = (groups - 1) ** 2 / groups * float(np.var(without, ddof=1))
    return replace(whole, standard_error=math.sqrt(variance))


def extrapolated(estimate: EstimateFunction, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
    """Return an estimate extrapolated to infinitely many samples, in bits.

    The mean estimate from a half, a third and a quarter of the samples is fitted, with that of all,
    by I(n) = I + a/n + b/n²; the value is I. That is the form of the bias of plug-in estimates at
    a fixed resolution, as long as samples are many for the cells.

    Args:
        estimate: estimates from some samples.
        t: samples [n, d].
        y: labels [n] or values [n, c].
        seed: of the parts.

    Returns:
        The estimate of all samples with ``bits`` replaced. ``standard_error`` is the root of two
        sums: the variance among parts, of which all samples have the mean, and that of the fit.

    Raises:
        InfoplaneError: where a part is saturated, or too small for the estimator.

    Cost: four times that of the estimate, where that is linear.

    Source: Strong et al. 1998 (doi:10.1103/PhysRevLett.80.197); Panzeri et al. 2007.
    """
    order = _shuffled(len(t), seed, "extrapolation")
    parts = [
        [estimate(t[i.to(t.device)], y[i.to(y.device)]) for i in order.tensor_split(number)]
        for number in PARTS
    ]
    whole = parts[0][0]
    if any(part.saturated for part in parts[-1]):
        raise InfoplaneError(
            f"extrapolate needs estimates that are not saturated, and those of "
            f"{len(t) // PARTS[-1]:,} of the {len(t):,} samples are; give more samples or a "
            "coarser resolution."
        )
    means = np.array([np.mean([part.bits for part in estimates]) for estimates in parts])
    bits, fit_variance = _intercept(means)
    # The variance of all samples, by m parts: Σ (I_j - mean)² / m of m - 1 degrees of freedom.
    pooled = sum(float(np.var([part.bits for part in estimates])) for estimates in parts)
    variance = pooled / sum(number - 1 for number in PARTS)
    return replace(
        whole,
        bits=bits,
        resolution=f"{whole.resolution}, extrapolated from n to n/{PARTS[-1]}",
        estimator=f"{whole.estimator}, extrapolated",
        standard_error=math.sqrt(variance + fit_variance),
    )


def _intercept(means: Float[np.ndarray, " parts"]) -> tuple[float, float]:
    """Fit a quadratic in 1/n, which is in proportion to the number of parts; return I, variance."""
    design = np.vander(np.array(PARTS, dtype=np.float64), 3, increasing=True)
    coefficients, squares, _, _ = np.linalg.lstsq(design, means, rcond=None)
    noise = float(squares[0]) / (len(means) - 3)
    return float(coefficients[0]), noise * float(np.linalg.inv(design.T @ design)[0, 0])


def _shuffled(n: int, seed: int, purpose: str) -> Tensor:
    return torch.randperm(n, generator=seeds.generator(seed, purpose, n))
