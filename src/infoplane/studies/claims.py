"""A claim: a statement, what was published, what was measured in each member, and the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from infoplane.errors import InfoplaneError

MEMBERS = "members"


@dataclass(frozen=True)
class Claim:
    """One checkable statement: what chance gives, what was published, what would refute it.

    ``values`` holds the measured value of each member, NaN where it cannot be judged; ``holds``
    whether it bears the statement out there. The verdict counts members, so that a claim cannot
    hold by one lucky seed. Members differ in initial weights and order; they share the examples and
    the noise of their labels, so that spread and interval say nothing of other data.
    """

    statement: str
    values: tuple[float, ...]
    holds: tuple[bool, ...]
    null: str
    """What chance, a control or no effect gives."""
    refuted_by: str
    """What would refute it; a threshold that is not the source's is called ours."""
    unit: str = "bits"
    published: str = ""
    of: str = MEMBERS
    """What there is a value of each of."""

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
        """The 95 % interval of the mean over networks, by Student's t; None of one.

        None as well of anything but members, as parts of one network's examples.
        """
        if len(self.judged) < 2 or self.of != MEMBERS:
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
            "mean": _or_none(self.mean),
            "spread": self.spread,
            "interval": self.interval,
            "null": self.null,
            "refuted_by": self.refuted_by,
            "unit": self.unit,
            "values": [_or_none(value) for value in self.values],
            "holds": [bool(h) for h in self.holds],
            "of": self.of,
        }


def _or_none(value: float) -> float | None:
    """JSON has no NaN."""
    return None if math.isnan(value) else value


def claim(
    statement: str,
    values: Any,
    holds: Any,
    *,
    null: str,
    refuted_by: str,
    unit: str = "bits",
    published: str = "",
    of: str = MEMBERS,
) -> Claim:
    """Make a claim from a value and a truth for each; what is NaN does not hold.

    A truth that is one for all values together is given once, with ``of`` set accordingly.

    Raises:
        InfoplaneError: for another number of truths than of values, members that share one truth
            among them: a verdict on the whole is not one on each.
    """
    values = np.atleast_1d(values).astype(np.float64)
    holds = np.atleast_1d(holds)
    if len(holds) != len(values) and (len(holds) > 1 or of == MEMBERS):
        raise InfoplaneError(
            f"{len(holds)} truths came with {len(values)} values of {of}; give one for each, or "
            "say by `of` what is judged together."
        )
    defined = ~np.isnan(values)
    holds = holds & (defined if len(holds) == len(values) else defined.any())
    verdicts = tuple(map(bool, holds))
    return Claim(
        statement, tuple(map(float, values)), verdicts, null, refuted_by, unit, published, of
    )
