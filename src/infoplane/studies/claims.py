"""A claim: a statement, what was published, what was measured in each member, and the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit


@dataclass(frozen=True)
class Claim:
    """One checkable statement.

    ``values`` holds the measured value of each member, NaN where it cannot be judged; ``holds``
    whether it bears the statement out there. The verdict counts members, so that a claim cannot
    hold by one lucky seed.
    """

    statement: str
    values: tuple[float, ...]
    holds: tuple[bool, ...]
    unit: str = "bits"
    published: str = ""
    of: str = "members"
    """What there is a value of each of."""
    null: str = ""
    """What chance, or the control, gives."""
    refuted_by: str = ""
    """What would refute it."""

    @property
    def mean(self) -> float:
        """Mean over the members that can be judged (NaN of none)."""
        return float(np.mean(self.judged)) if self.judged else float("nan")

    @property
    def spread(self) -> float:
        """Standard deviation over members (0 for a single one)."""
        return float(np.std(self.judged, ddof=1)) if len(self.judged) > 1 else 0.0

    @property
    def judged(self) -> list[float]:
        """The values that are not NaN."""
        return [value for value in self.values if not math.isnan(value)]

    @property
    def measured(self) -> str:
        """The value with its spread over members, for people."""
        if not self.judged:
            return "–"
        spread = f" ± {self.spread:.2g}" if len(self.judged) > 1 else ""
        return f"{self.mean:.3g}{spread} {self.unit}".strip()

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean over independent networks, by Student's t; None of one."""
        if len(self.judged) < 2:
            return None
        half = float(stdtrit(len(self.judged) - 1, 0.975)) * self.spread / len(self.judged) ** 0.5
        return self.mean - half, self.mean + half

    @property
    def verdict(self) -> str:
        """Whether the claim holds in every member, in none, or in some."""
        if not self.judged:
            return "cannot be judged"
        if all(self.holds):
            return "holds"
        if not any(self.holds):
            return "does not hold"
        return f"holds in {sum(self.holds)} of {len(self.holds)} {self.of}"

    def as_dict(self) -> dict[str, Any]:
        """Return the claim as plain JSON values."""
        return {
            "statement": self.statement,
            "published": self.published,
            "measured": self.measured,
            "verdict": self.verdict,
            "mean": _known(self.mean),
            "spread": self.spread,
            "interval": self.interval,
            "null": self.null,
            "refuted_by": self.refuted_by,
            "unit": self.unit,
            "values": [_known(value) for value in self.values],
            "holds": [bool(h) for h in self.holds],
        }


def _known(value: float) -> float | None:
    """JSON has no NaN."""
    return None if math.isnan(value) else value


def claim(
    statement: str,
    values: Any,
    holds: Any,
    *,
    unit: str = "bits",
    published: str = "",
    of: str = "members",
    null: str = "",
    refuted_by: str = "",
) -> Claim:
    """Make a claim from a value and a truth for each member; what is NaN does not hold.

    A truth that is one for all members together is given once.
    """
    values = np.atleast_1d(values).astype(np.float64)
    holds = np.atleast_1d(holds)
    known = ~np.isnan(values)
    holds = holds & (known if len(holds) == len(values) else known.any())
    verdicts = tuple(map(bool, holds))
    return Claim(
        statement, tuple(map(float, values)), verdicts, unit, published, of, null, refuted_by
    )
