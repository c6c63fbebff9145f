"""What every estimator returns: a value in bits, with all that is needed to judge it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from infoplane import as_html
from infoplane.names import INSIDE_NULL

BELOW_ZERO = "below zero"
"""Further below zero than its error: information is not negative, so the method does not hold."""
ABOVE_CEILING = "above its ceiling"
"""More than the labels, or the samples, can say."""
HIGH_NULL = "high null"
"""Shuffled labels give more than .1 bits: so much of the value may be the number of samples."""

SLACK = 0.1  # bits by which a value may be outside by chance, where it states no error …
ERRORS = 3.0  # … and in standard errors


SATURATED = 0.95  # of a ceiling, beyond which a value says more of n than of the layer


@dataclass(frozen=True)
class Estimate:
    """One estimated quantity, in bits, with its resolution, ceiling and null.

    ``null_mean`` and ``null_std`` describe the same estimate on permuted labels, ``p_value`` says
    how often those reach it (NaN where no null exists; see ``core.null``).
    ``standard_error`` says how far the estimate may be from its expectation at this number of
    samples: of a mean over samples, where the estimate is one, or what the jackknife or an
    extrapolation says of it where it was asked for. It is stated only where value ± 1.96 of it was
    measured to hold that expectation in 92 to 98 of 100 (``docs/choose/coverage.md``); a bias
    is not in it. ``drawing_error`` is no more than what another drawing of the estimator's own
    directions or noise would change, or other held-out samples.
    ``ceiling`` is the most this estimator could say of these samples. ``saturated`` warns that the
    samples are too few for the resolution: the value says more of n than of the layer. That it is
    above its ceiling, as without a bound by labels it may be, is a flag. Negative estimates are
    kept. ``resolution`` is for people; ``parameters`` are all that differ from the usual ones, as
    text, and ``parameter`` and ``parameter_value`` the one that is the resolution, for programs.
    ``flags`` name what else is to be held against the value: those of its own numbers, which every
    estimate has, and those of ``core.flags``.
    """

    bits: float
    ceiling: float
    n: int
    resolution: str
    estimator: str
    saturated: bool = False
    null_mean: float = math.nan
    null_std: float = math.nan
    p_value: float = math.nan
    standard_error: float = math.nan
    drawing_error: float = math.nan
    parameters: str = ""
    parameter: str = ""
    parameter_value: float = math.nan
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value in vars(self).items():  # one NaN for all: the same numbers are equal
            if value != value:
                object.__setattr__(self, name, math.nan)
        object.__setattr__(self, "flags", self._flags())

    def __eq__(self, other: object) -> bool:
        """Whether all fields are the same; NaN is NaN, as of dataclasses until Python 3.12."""
        if not isinstance(other, Estimate):
            return NotImplemented
        return tuple(vars(self).values()) == tuple(vars(other).values())

    def _flags(self) -> tuple[str, ...]:
        """Return the other flags, with those that its numbers raise."""
        slack = max(
            SLACK, ERRORS * (0.0 if math.isnan(self.standard_error) else self.standard_error)
        )
        raised = {
            BELOW_ZERO: self.bits < -slack,
            ABOVE_CEILING: self.bits > self.ceiling + slack,
            HIGH_NULL: self.null_mean > SLACK,
        }
        other_flags = [flag for flag in self.flags if flag not in raised]
        return (*other_flags, *(flag for flag, holds in raised.items() if holds))

    def _repr_html_(self) -> str:
        error = "" if math.isnan(self.standard_error) else f" ± {self.standard_error:.3g}"
        null = f"{self.null_mean:.3f} ± {self.null_std:.3f}, p = {self.p_value:.3g}"
        rows = (
            ("value", f"{self.bits:.3f}{error} bits"),
            ("its null", "none" if math.isnan(self.null_mean) else null),
            ("at most", f"{self.ceiling:.3f}"),
            ("samples", f"{self.n:,}"),
            ("estimator", f"{self.estimator} ({self.resolution})"),
            ("held against it", ", ".join((*self.flags, *["saturated"] * self.saturated)) or "–"),
        )
        return as_html.table(rows)

    @property
    def inside_null(self) -> bool:
        """Whether shuffled labels give as much in more than one case of twenty."""
        return self.p_value > INSIDE_NULL

    @property
    def above_null(self) -> float:
        """The value less the mean of its null, in bits: what is left when chance is taken away."""
        return self.bits - self.null_mean


class Measured(NamedTuple):
    """One quantity of a layer by its name, e.g. ``("I(T;Y)", Estimate(...))``."""

    quantity: str
    estimate: Estimate
