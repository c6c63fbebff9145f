"""What is to be held against an estimate: a few words, each with the rule it stands for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from infoplane.information.estimate import Estimate

BELOW_ZERO = "below zero"
"""Further below zero than its error: information is not negative, so the method does not hold."""
ABOVE_CEILING = "above its ceiling"
"""More than the labels, or the samples, can say."""
COPIES = "copies"
"""Samples occur several times, with their y: nearest neighbours and held-out samples know them."""
SCALE = "scale"
"""The values are all but equal at the resolution asked for, or all apart."""

SLACK = 0.1  # bits by which a value may be outside by chance, where it states no error
ERRORS = 3.0
COPIED = 0.1  # of the samples
FEW_VALUED = 0.1  # as many distinct rows of n: fewer are a code, whose rows repeat by right
EXTREME = 100.0  # times the width


def flagged(estimate: Estimate, t: Tensor, y: Tensor, width: float | None = None) -> Estimate:
    """Return an estimate with its flags.

    Args:
        estimate: of t and y.
        t: samples [n, d].
        y: labels [n] or values [n, c].
        width: of bins or of noise, in the units of t, where the estimator has a fixed one.
    """
    slack = max(SLACK, ERRORS * (0.0 if math.isnan(e := estimate.standard_error) else e))
    found = [
        (BELOW_ZERO, estimate.bits < -slack),
        (ABOVE_CEILING, estimate.bits > estimate.ceiling + slack),
        (COPIES, _copied(t, y)),
        (SCALE, width is not None and _off(t, width)),
    ]
    flags = (*estimate.flags, *(flag for flag, holds in found if holds))
    return replace(estimate, flags=tuple(dict.fromkeys(flags)))


def width_of(parameters: Mapping[str, Any]) -> float | None:
    """Return the fixed width of an estimator's bins or noise, if it has one."""
    if "noise_variance" in parameters:
        return math.sqrt(parameters["noise_variance"])
    return parameters.get("bin_width")


def _copied(t: Tensor, y: Tensor) -> bool:
    """Whether a tenth of the samples are copies, of rows that are not few-valued."""
    rows = torch.cat([t.double(), y.reshape(len(y), -1).double().to(t.device)], dim=1)
    distinct = len(torch.unique(rows, dim=0))
    return FEW_VALUED * len(rows) < distinct < (1 - COPIED) * len(rows)


def _off(t: Tensor, width: float) -> bool:
    """Whether the spread of t is a hundredth of a width, or less; or a hundred widths and more."""
    spread = float(t.double().std(dim=0).median())
    return spread > 0 and not width / EXTREME < spread < width * EXTREME
