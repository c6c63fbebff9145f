"""Memorization and influence of single examples, by networks on random subsets.

mem(i) = P(h(x_i) = y_i | i ∈ S) - P(h(x_i) = y_i | i ∉ S) over the subsets S and training; the
influence of i on j is the same difference for the prediction on x_j. The soft versions have p(y|x)
for the indicator. In [-1, 1], no unit; higher is more memorized, more helpful.

Source: Feldman & Zhang 2020 (arXiv:2008.03703), equations 1 and 2, and §3's subset estimator.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.outcomes import Outcomes, contrast, in_and_out

MEMORIZED, INFLUENTIAL = 0.25, 0.15  # thresholds of the paper
AT_ONCE = 1 << 24  # influences that are in memory together: 64 MB of float32


class Memorization(NamedTuple):
    """Of each of n examples."""

    values: Float[np.ndarray, " n"]
    standard_error: Float[np.ndarray, " n"]
    """By the spread over networks: 0 where all agree, in which case the truth may differ by about
    3 / (networks in or out) (the rule of three)."""


def values_of(outcomes: Outcomes, *, soft: bool) -> np.ndarray:
    """Return what is averaged over networks [K, n]: p(ỹ|x), or whether the prediction is right."""
    return np.exp2(outcomes.log2_p) if soft else outcomes.correct


def memorization(outcomes: Outcomes, *, soft: bool = False) -> Memorization:
    """Return how much more often an example is right where it was trained on.

    Args:
        outcomes: of the training examples.
        soft: by p(ỹ|x) instead of right or wrong: the same direction, less noise of few networks.

    Returns:
        The difference of each example, in [-1, 1], and its standard error over networks,
        √(s²_in / K_in + s²_out / K_out).

    Raises:
        InfoplaneError: where an example was seen by all networks or by none.

    Cost: O(K n).

    Source: Feldman & Zhang 2020, equation 1.

    Example:
        >>> seen = np.array([[True], [True], [False], [False]])
        >>> correct = np.array([[True], [True], [True], [False]])
        >>> right = Outcomes(seen, correct, correct.astype(int), np.zeros((4, 1)))
        >>> memorization(right).values.tolist()
        [0.5]
    """
    compared = contrast(values_of(outcomes, soft=soft), outcomes.seen)
    return Memorization(compared.inside - compared.outside, compared.error)


def largest_error(networks: int, ratio: float) -> float:
    """Return the largest standard error that memorization can have, ½ √(1/rK + 1/(1-r)K)."""
    return 0.5 * (1 / (ratio * networks) + 1 / ((1 - ratio) * networks)) ** 0.5


def influences(
    outcomes: Outcomes, on: Outcomes, of: Int[np.ndarray, " i"], *, soft: bool = False
) -> Float[np.ndarray, "i m"]:
    """Return the influence of some training examples on each of m others.

    Args:
        outcomes: of the training examples.
        on: of the others, by the same networks.
        of: positions of the training examples whose influence is asked for.
        soft: by p(ỹ|x) instead of right or wrong.

    Raises:
        InfoplaneError: where an example was seen by all networks or by none, or the networks are
            not as many.

    Cost: one matrix product of O(K i m); memory for its result.

    Source: Feldman & Zhang 2020, equation 2.
    """
    _check_networks(outcomes, on)
    inside, outside = (count[:, None] for count in in_and_out(outcomes.seen[:, of]))
    values = values_of(on, soft=soft).astype(np.float32)
    # mean in - mean out = Σ values (1/K_in or -1/K_out): one product of weights and values
    weights = np.where(outcomes.seen[:, of].T, 1 / inside, -1 / outside).astype(np.float32)
    return weights @ values


def influential_pairs(
    outcomes: Outcomes,
    on: Outcomes,
    *,
    memorized: float = MEMORIZED,
    influence: float = INFLUENTIAL,
    soft: bool = False,
    shuffled: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Return the pairs of a memorized training example and an example that it helps.

    Args:
        outcomes: of the training examples.
        on: of the test examples, by the same networks.
        memorized: least memorization of the training example.
        influence: least influence on the other.
        soft: by p(ỹ|x) instead of right or wrong.
        shuffled: a generator that draws which network has which outcomes on the others: the pairs
            that are found by chance.

    Returns:
        Columns ``train`` and ``test`` (positions), ``memorization``, ``influence`` and
        ``standard_error`` of the influence, most influential first.

    Raises:
        InfoplaneError: as ``influences``.

    Cost: O(K i m) for the i examples that are memorized; memory of 64 MB beside the outcomes.

    Source: Feldman & Zhang 2020, §3.2.
    """
    _check_networks(outcomes, on)
    values = memorization(outcomes, soft=soft).values
    many = np.flatnonzero(values >= memorized)
    on = on if shuffled is None else on.of(shuffled.permutation(on.networks))
    parts: list[np.ndarray] = [np.zeros((0, 3))]
    step = max(1, AT_ONCE // max(1, on.seen.shape[1]))
    for first in range(0, len(many), step):
        some = many[first : first + step]
        table = influences(outcomes, on, some, soft=soft)
        i, j = np.nonzero(table >= influence)
        parts.append(np.stack([some[i], j, table[i, j]], axis=1))
    train, test, found = np.concatenate(parts).T
    train, test = train.astype(np.int64), test.astype(np.int64)
    outcomes_of_test = values_of(on, soft=soft)
    pairs = pd.DataFrame(
        {
            "train": train,
            "test": test,
            "memorization": values[train],
            "influence": found,
            "standard_error": contrast(outcomes_of_test[:, test], outcomes.seen[:, train]).error,
        }
    )
    return pairs.sort_values("influence", ascending=False, kind="stable", ignore_index=True)


def _check_networks(outcomes: Outcomes, on: Outcomes) -> None:
    if outcomes.networks != on.networks:
        raise InfoplaneError(
            f"{outcomes.networks} networks saw the training examples and {on.networks} the others; "
            "give the same networks in the same order."
        )
