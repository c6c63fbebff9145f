"""Membership inference: can one tell from a network's output that it was trained on an example?

The likelihood ratio attack looks at the log-odds φ = ln p(ỹ|x) / (1 - p(ỹ|x)) of one network, the
target, against those of all others that saw the example and of those that did not:

    online          ln N(φ; μ_in, σ_in) - ln N(φ; μ_out, σ_out)
    offline         (φ - μ_out) / σ_out, which needs no network that saw the example
    fixed variance  online with one σ_in and one σ_out for all examples

in nats, and in standard deviations offline. Higher says "member". It is judged at few false alarms:
a network that gives away ten members for sure is worse than one that is a little too sure of all.

Source: Carlini et al. 2022 (arXiv:2112.03570), §V and algorithm 1. Their code takes medians for
means, and σ_in for both variances when it fixes them; here means and each its own.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.outcomes import AT_ONCE, Outcomes, in_and_out

Attack = Literal["online", "offline", "fixed variance"]
ATTACKS: tuple[Attack, ...] = ("online", "offline", "fixed variance")
LEAST_SPREAD = 1e-3  # nats: below it a Gaussian would be a point
FALSE_ALARMS = (0.001, 0.01)


def log_odds(log2_p: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Return ln p / (1 - p) in nats of log2 p; finite, as p is taken to be below 1 - 1e-30."""
    log_p = np.minimum(log2_p.astype(np.float64) * math.log(2), -1e-30)
    return log_p - np.log(-np.expm1(log_p))


def likelihood_ratios(
    outcomes: Outcomes, *, attack: Attack = "online", targets: Int[np.ndarray, " t"] | None = None
) -> Float[np.ndarray, "t n"]:
    """Return how strongly each target network looks like one that was trained on each example.

    Every target is left out of the Gaussians that it is held against.

    Args:
        outcomes: of the training examples.
        attack: "online", "offline" or "fixed variance".
        targets: numbers of the networks that are attacked; all unless given.

    Raises:
        InfoplaneError: for another attack, or where fewer than three networks saw an example, or
            did not: two are left to have a spread.

    Cost: O((K + t) n); memory of eight float64 arrays [t, n], and 100 MB.
    """
    if attack not in ATTACKS:
        raise InfoplaneError(f"attack is {attack!r}; give one of: {', '.join(ATTACKS)}.")
    inside, outside = in_and_out(outcomes.seen)
    fewest = int(min(inside.min(), outside.min()))
    if fewest < 3:
        raise InfoplaneError(
            f"an example was seen, or not seen, by {fewest} networks; the attack needs 3 or more."
        )
    which = np.arange(outcomes.networks) if targets is None else targets
    own, mean_in, std_in, mean_out, std_out = _held_against_others(outcomes, which)
    if attack == "offline":
        return (own - mean_out) / std_out
    if attack == "fixed variance":
        std_in, std_out = (np.sqrt(np.square(std).mean()) for std in (std_in, std_out))
    z_in, z_out = (own - mean_in) / std_in, (own - mean_out) / std_out
    return (np.square(z_out) - np.square(z_in)) / 2 + np.log(std_out / std_in)


def _held_against_others(
    outcomes: Outcomes, which: Int[np.ndarray, " t"]
) -> Float[np.ndarray, "5 t n"]:
    """Return the targets' log-odds, and mean and deviation of those of others in and out."""
    n = outcomes.seen.shape[1]
    found = np.empty((5, len(which), n))
    step = max(1, AT_ONCE // outcomes.networks)
    for first in range(0, n, step):
        some = slice(first, first + step)
        phi, seen = log_odds(outcomes.log2_p[:, some]), outcomes.seen[:, some]
        own, belongs = phi[which], seen[which]
        found[0, :, some] = own
        found[1:3, :, some] = _Moments.of(phi, seen).without(own, belongs)
        found[3:, :, some] = _Moments.of(phi, ~seen).without(own, ~belongs)
    return found


class _Moments(NamedTuple):
    """Count, sum and sum of squared deviations of some networks' values, each [n]."""

    number: np.ndarray
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, phi: Float[np.ndarray, "k n"], mask: Bool[np.ndarray, "k n"]) -> _Moments:
        count = mask.sum(axis=0)
        mean = np.where(mask, phi, 0).sum(axis=0) / count
        return cls(count, mean, np.where(mask, np.square(phi - mean), 0).sum(axis=0))

    def without(self, own: np.ndarray, belongs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation [t, n] with each target left out where it belongs."""
        left = self.number - belongs
        off = own - self.mean
        mean = self.mean - np.where(belongs, off / np.maximum(left, 1), 0)
        squares = self.squares - np.where(belongs, off**2 * self.number / np.maximum(left, 1), 0)
        return mean, np.sqrt(np.maximum(squares, 0) / (left - 1) + LEAST_SPREAD**2)


def roc(
    scores: Float[np.ndarray, "t n"], seen: Bool[np.ndarray, "t n"], *, points: int = 400
) -> pd.DataFrame:
    """Return the receiver operating characteristic of an attack, all targets together.

    Args:
        scores: higher says "member" [t, n].
        seen: who is one [t, n].
        points: rows, even on a log axis of the false alarms.

    Returns:
        Columns ``false_positive_rate`` and ``true_positive_rate``.
    """
    false, true = _curve(scores.ravel(), seen.ravel())
    at = np.geomspace(1 / max(1, int((~seen).sum())), 1, points)
    rates = np.stack([at, _true_positives(false, true, at)])
    return pd.DataFrame(rates.T, columns=["false_positive_rate", "true_positive_rate"])


def attack_table(outcomes: Outcomes, *, targets: int = 64) -> pd.DataFrame:
    """Return how well each attack tells members, target by target.

    Args:
        outcomes: of the training examples.
        targets: the first so many networks are attacked, all others being shadow models.

    Returns:
        A row an attack: ``attack``, and means over targets with their standard deviations
        (``…_sd``) of ``auc`` and the true positives at .1 % and 1 % false ones, ``tpr_at_0.001``
        and ``tpr_at_0.01``; chance is .5, .001 and .01.
    """
    which = np.arange(min(targets, outcomes.networks))
    rows = []
    for attack in ATTACKS:
        scores = likelihood_ratios(outcomes, attack=attack, targets=which)
        judged = np.array(
            [_judged(s, m) for s, m in zip(scores, outcomes.seen[which], strict=True)]
        )
        names = ("auc", *(f"tpr_at_{rate:g}" for rate in FALSE_ALARMS))
        spread = judged.std(axis=0, ddof=1) if len(which) > 1 else np.zeros(len(names))
        row = dict(zip(names, judged.mean(axis=0), strict=True))
        row |= dict(zip((f"{name}_sd" for name in names), spread, strict=True))
        rows.append({"attack": attack, **row})
    return pd.DataFrame(rows)


def _judged(scores: np.ndarray, seen: np.ndarray) -> list[float]:
    false, true = _curve(scores, seen)
    area = float(np.trapezoid(np.append(true, 1.0), np.append(false, 1.0)))
    return [area, *_true_positives(false, true, np.array(FALSE_ALARMS))]


def _curve(scores: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both rates at every threshold, from above; scores that are tied are told together."""
    order = np.argsort(-scores, kind="stable")
    members, last = np.cumsum(seen[order]), np.append(np.diff(scores[order]) != 0, True)
    all_told = np.arange(1, len(order) + 1)
    false = (all_told - members)[last] / max(1, len(order) - int(members[-1]))
    true = members[last] / max(1, int(members[-1]))
    return np.insert(false, 0, 0.0), np.insert(true, 0, 0.0)


def _true_positives(false: np.ndarray, true: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the most true positives with no more false ones than asked, no threshold in a tie."""
    return true[np.searchsorted(false, at, side="right") - 1]
