"""A claim: a statement, what was published, what was measured in each member, and the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Claim:
    """One checkable statement.

    ``values`` holds the measured value of each member, NaN where there is none, ``holds`` whether
    it bears the statement out there. The verdict counts members, so that a claim cannot hold by one
    lucky seed.
    """

    statement: str
    values: tuple[float, ...]
    holds: tuple[bool, ...]
    unit: str = "bits"
    published: str = ""
    of: str = "members"
    """What there is a value of each of."""

    @property
    def known(self) -> tuple[float, ...]:
        """The values of those members that have one."""
        return tuple(value for value in self.values if not math.isnan(value))

    @property
    def mean(self) -> float:
        """The mean of the known values, NaN where there is none."""
        return float(np.mean(self.known)) if self.known else math.nan

    @property
    def spread(self) -> float:
        """Standard deviation of the known values (0 for a single one)."""
        return float(np.std(self.known, ddof=1)) if len(self.known) > 1 else 0.0

    @property
    def measured(self) -> str:
        """The value with its spread over members, for people."""
        if not self.known:
            return "no value"
        spread = f" ± {self.spread:.2g}" if len(self.known) > 1 else ""
        return f"{self.mean:.3g}{spread} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        """Whether the claim holds in every member, in none, or in some."""
        if all(self.holds):
            return "holds"
        if not any(self.holds):
            return "does not hold"
        return f"holds in {sum(self.holds)} of {len(self.holds)} {self.of}"

    def as_dict(self) -> dict[str, Any]:
        """Return the claim as plain JSON values, null for NaN."""
        return {
            "statement": self.statement,
            "published": self.published,
            "measured": self.measured,
            "verdict": self.verdict,
            "mean": self.mean if self.known else None,
            "spread": self.spread,
            "unit": self.unit,
            "values": [None if math.isnan(value) else value for value in self.values],
            "holds": [bool(h) for h in self.holds],
        }


def claim(
    statement: str,
    values: Any,
    holds: Any,
    *,
    unit: str = "bits",
    published: str = "",
    of: str = "members",
) -> Claim:
    """Make a claim from a value and a truth for each member."""
    values, holds = np.atleast_1d(values), np.atleast_1d(holds)
    return Claim(statement, tuple(map(float, values)), tuple(map(bool, holds)), unit, published, of)
