"""Conditional mutual information, against loops over joint distributions and exact truths."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import entropy
from subset_outcomes import at_random, drawn, halves

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles import supersample
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.memorization.ensembles.supersample import (
    coins,
    error_cmi,
    pooled_error_cmi,
    prediction_cmi,
)

OUTCOMES, PAIRS = at_random()


def interpolating(
    chances: np.ndarray, networks: int, seed: int = 0
) -> tuple[Outcomes, np.ndarray, float]:
    """Networks without training error, their pairs, and their error on what they did not see."""
    draw = np.random.default_rng(seed)
    pairs, seen = halves(networks, len(chances), draw)
    outcomes = drawn(seen, np.ones(len(chances)), 1 - chances, draw)
    return outcomes, pairs, float(1 - outcomes.correct[~seen].mean())


def slow_information(values: list, coin: list) -> float:
    """I(value; coin) of samples, from three entropies of counts."""
    of = [values, coin, list(zip(values, coin, strict=True))]
    h = [float(entropy(list(Counter(each).values()), base=2)) for each in of]
    return h[0] + h[1] - h[2]


@pytest.mark.parametrize("at_once", [1, 1 << 22])
def test_given_the_supersample_it_is_the_mean_over_pairs(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supersample, "AT_ONCE", at_once)
    u = coins(OUTCOMES, PAIRS)
    for values, found in (
        (OUTCOMES.correct, error_cmi(OUTCOMES, PAIRS)),
        (OUTCOMES.prediction, prediction_cmi(OUTCOMES, PAIRS).cmi),
    ):
        slow = [
            slow_information(list(map(tuple, values[:, pair])), u[:, i].tolist())
            for i, pair in enumerate(PAIRS)
        ]
        assert found.bits == pytest.approx(np.mean(slow))
        assert found.standard_error == pytest.approx(np.std(slow, ddof=1) / len(slow) ** 0.5)


def test_pooled_it_is_of_pairs_in_either_order() -> None:
    u = coins(OUTCOMES, PAIRS)
    losses, flips = [], []
    for k in range(40):
        for i, (a, b) in enumerate(PAIRS):
            first, second = OUTCOMES.correct[k, a], OUTCOMES.correct[k, b]
            losses += [(first, second), (second, first)]
            flips += [u[k, i], not u[k, i]]
    assert pooled_error_cmi(OUTCOMES, PAIRS).bits == pytest.approx(slow_information(losses, flips))


@pytest.mark.parametrize("chance", [0.05, 0.25, 0.9])
def test_without_training_error_it_is_the_test_error(chance: float) -> None:
    outcomes, pairs, error = interpolating(np.full(200, chance), 100)
    assert pooled_error_cmi(outcomes, pairs).bits == pytest.approx(error, abs=1e-12)
    assert error_cmi(outcomes, pairs).bits == pytest.approx(error, abs=0.03)


def test_unequal_chances_tell_more_to_who_knows_the_pair() -> None:
    chances = np.where(np.random.default_rng(0).random(400) < 0.2, 0.95, 0.0)
    outcomes, pairs, error = interpolating(chances, 400)
    assert pooled_error_cmi(outcomes, pairs).bits == pytest.approx(error, abs=1e-12)
    q = chances[pairs]
    middle = q.mean(axis=1)
    known = (1 - q[:, 0]) / (2 - 2 * middle)
    exact = 1 - (1 - middle) * np.array([entropy([c, 1 - c], base=2) for c in known])
    assert error_cmi(outcomes, pairs).bits == pytest.approx(exact.mean(), abs=0.01)
    assert exact.mean() > 1.5 * error


def test_random_labels_of_ten_classes_are_point_nine_bits() -> None:
    outcomes, pairs, _ = interpolating(np.full(2000, 0.9), 64)
    assert pooled_error_cmi(outcomes, pairs).bits == pytest.approx(0.9, abs=0.003)


def test_where_nothing_is_memorized_it_is_its_null() -> None:
    draw = np.random.default_rng(1)
    pairs, seen = halves(60, 1000, draw)
    same = draw.uniform(0.3, 0.9, 1000)
    outcomes = drawn(seen, same, same, draw)
    pooled, given = pooled_error_cmi(outcomes, pairs), error_cmi(outcomes, pairs)
    assert pooled.bits < 1e-3
    assert given.bits == pytest.approx(given.null, abs=4 * given.standard_error)
    assert prediction_cmi(outcomes, pairs).cmi.null > given.null  # more cells, fewer in each


def test_the_bound_is_above_the_gap() -> None:
    outcomes, pairs, error = interpolating(np.full(200, 0.3), 100)
    found = prediction_cmi(outcomes, pairs)
    assert found.bound > error
    assert found.bound == pytest.approx((2 * np.log(2) * found.cmi.bits) ** 0.5, rel=0.05)


def test_other_pairs_are_refused() -> None:
    with pytest.raises(InfoplaneError, match="of 15 pairs were seen whole or not at all by a netw"):
        coins(OUTCOMES, np.arange(30).reshape(-1, 2))
