"""How far scores of one training put examples in the order of what they stand in for.

Spearman's rank correlation of each score with memorization, in the score's stated direction: 1 is
the same order, 0 none. No score can agree with a noisy reference more than the reference with
itself: two halves of the ensemble say how far that is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import rankdata

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.influence import memorization
from infoplane.memorization.ensembles.outcomes import Outcomes

NORMAL = 1.96  # of a 95 % interval


class RankCorrelation(NamedTuple):
    """Spearman's ρ and its 95 % interval over examples."""

    rho: float
    low: float
    high: float


def rank_correlation(a: Float[np.ndarray, " n"], b: Float[np.ndarray, " n"]) -> RankCorrelation:
    """Return Spearman's ρ of two scores; ties have their mean rank.

    The interval is of Fisher's z with the variance (1 + ρ²/2) / (n - 3), that of more examples of
    the same kind, by the same networks.

    Raises:
        InfoplaneError: for fewer than four examples, other lengths, or a score that is one value.

    Source: Bonett & Wright 2000 (the variance).
    """
    if len(a) != len(b) or len(a) < 4:
        raise InfoplaneError(
            f"scores of {len(a)} and {len(b)} examples were given; give four or more, and both "
            "scores of each."
        )
    ranks = [rankdata(values) for values in (a, b)]
    if any(np.ptp(r) == 0 for r in ranks):
        raise InfoplaneError("a score is the same for all examples; it puts them in no order.")
    rho = float(np.corrcoef(*ranks)[0, 1])
    half = NORMAL * math.sqrt((1 + rho**2 / 2) / (len(a) - 3))
    z = math.atanh(min(max(rho, -1 + 1e-12), 1 - 1e-12))
    return RankCorrelation(rho, math.tanh(z - half), math.tanh(z + half))


def spearman(a: Float[np.ndarray, " n"], b: Float[np.ndarray, " n"]) -> float:
    """Return Spearman's ρ; NaN of fewer than four, or where a score is the same of all."""
    few = len(a) < 4 or 0 in (np.ptp(a), np.ptp(b))
    return math.nan if few else rank_correlation(a, b).rho


def reliability(outcomes: Outcomes, *, soft: bool = False) -> float:
    """Return how far memorization agrees with that of as many other networks: ρ of two halves.

    Stepped up to the whole ensemble (see ``stepped_up``). A score that had the
    very order of the truth would agree with this ensemble by about the root of it.

    Raises:
        InfoplaneError: where a half has an example that all or none of its networks saw.
    """
    parts = halves(outcomes)
    return stepped_up(
        rank_correlation(*(memorization(part, soft=soft).values for part in parts)).rho
    )


def halves(outcomes: Outcomes) -> tuple[Outcomes, Outcomes]:
    """Return two halves of the networks; complements stay together."""
    half = outcomes.networks // 2 // 2 * 2
    return outcomes.of(slice(0, half)), outcomes.of(slice(half, None))


def stepped_up(rho: float) -> float:
    """Return how far the whole agrees with as many others, where halves agree by ρ: 2ρ / (1 + ρ).

    Source: Spearman 1910, Brown 1910.
    """
    return 2 * rho / (1 + rho)


def agreement(
    scores: Mapping[str, Float[np.ndarray, " n"]],
    reference: Float[np.ndarray, " n"],
    *,
    directions: Mapping[str, int],
    seconds: Mapping[str, float],
) -> pd.DataFrame:
    """Return how each score agrees with a reference, best first.

    Args:
        scores: of the same n examples.
        reference: what they stand in for, higher for more memorized.
        directions: +1 for scores that are higher for more memorized examples, -1 for others.
        seconds: what each took to compute.

    Returns:
        Columns ``score``, ``direction``, ``spearman`` (in that direction) with ``low`` and ``high``
        of its 95 % interval over examples, ``seconds``. Scores that put examples in no order are
        left out.

    Raises:
        InfoplaneError: as ``rank_correlation``.
    """
    rows = []
    for name, values in scores.items():
        if np.isnan(values).any() or np.ptp(values) == 0:
            continue
        found = rank_correlation(directions[name] * values, reference)
        rows.append((name, directions[name], *found, seconds[name]))
    columns = ["score", "direction", "spearman", "low", "high", "seconds"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("spearman", ascending=False, ignore_index=True)
