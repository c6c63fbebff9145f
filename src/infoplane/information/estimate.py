"""What every estimator returns: a value in bits, with all that is needed to judge it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """One estimated quantity, in bits, with its resolution, ceiling and null.

    ``null_mean`` and ``null_std`` describe the same estimate on permuted labels (NaN where no null
    exists); ``standard_error`` is that of a mean over samples, where the estimate is one, or what
    the jackknife or an extrapolation says of it where it was asked for.
    ``ceiling`` is the most this estimator could say of these samples. ``saturated`` warns that the
    samples are too few for the resolution: the value says more of n than of the layer; or that a
    value is above its ceiling H(Y), as those of estimators that know no bound by labels may be.
    Negative estimates are kept.
    """

    bits: float
    ceiling: float
    n: int
    resolution: str
    estimator: str
    saturated: bool = False
    null_mean: float = math.nan
    null_std: float = math.nan
    standard_error: float = math.nan

    @property
    def above_null(self) -> float:
        """The value less the mean of its null, in bits: what is left when chance is taken away."""
        return self.bits - self.null_mean
