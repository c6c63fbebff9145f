"""Memorization and influence against loops over networks, and against known chances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from subset_outcomes import at_random, drawn, halves

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles import influence, outcomes
from infoplane.memorization.ensembles.influence import (
    influences,
    influential_pairs,
    largest_error,
    memorization,
    values_of,
)
from infoplane.memorization.ensembles.outcomes import Outcomes

OUTCOMES, _ = at_random()
ON, _ = at_random(n=18, seed=1)


def slow_difference(values: np.ndarray, seen: np.ndarray) -> tuple[float, float]:
    """The difference of means of one column, and its standard error, as the textbook has them."""
    parts = [[float(v) for v, s in zip(values, seen, strict=True) if s == side] for side in (1, 0)]
    means = [sum(part) / len(part) for part in parts]
    squares = [
        sum((v - m) ** 2 for v in part) / (len(part) - 1) / len(part)
        for part, m in zip(parts, means, strict=True)
    ]
    return means[0] - means[1], math.sqrt(sum(squares))


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("at_once", [1, 1 << 22])
def test_memorization_is_a_difference_of_means(
    soft: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "AT_ONCE", at_once)
    values = values_of(OUTCOMES, soft=soft)
    found = memorization(OUTCOMES, soft=soft)
    for i, (value, error) in enumerate(zip(*found, strict=True)):
        expected = slow_difference(values[:, i], OUTCOMES.seen[:, i])
        np.testing.assert_allclose((value, error), expected, rtol=1e-6)


@pytest.mark.parametrize("soft", [False, True])
def test_influences_are_differences_of_means(soft: bool) -> None:
    of = np.array([3, 7, 0])
    table = influences(OUTCOMES, ON, of, soft=soft)
    values = values_of(ON, soft=soft)
    slow = [[slow_difference(values[:, j], OUTCOMES.seen[:, i])[0] for j in range(18)] for i in of]
    np.testing.assert_allclose(table, slow, atol=1e-5)


def test_an_examples_influence_on_itself_is_its_memorization() -> None:
    table = influences(OUTCOMES, OUTCOMES, np.arange(30))
    np.testing.assert_allclose(np.diag(table), memorization(OUTCOMES).values, atol=1e-5)


def test_standard_errors_cover_the_truth() -> None:
    draw = np.random.default_rng(0)
    _, seen = halves(200, 2000, draw)
    inside, outside = draw.uniform(0.7, 0.95, 2000), draw.uniform(0.2, 0.8, 2000)
    found = memorization(drawn(seen, inside, outside, draw))
    off = (found.values - (inside - outside)) / found.standard_error
    assert abs(off.mean()) < 0.1
    assert 0.9 < off.std() < 1.1
    assert (found.standard_error <= 1.01 * largest_error(200, 0.5)).all()
    assert largest_error(4000, 0.7) == pytest.approx(0.0173, abs=1e-4)


@pytest.mark.parametrize("at_once", [1, 1 << 24])
def test_pairs_are_those_above_both_thresholds(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influence, "AT_ONCE", at_once)
    pairs = influential_pairs(OUTCOMES, ON, memorized=0.2, influence=0.1)
    values, table = memorization(OUTCOMES).values, influences(OUTCOMES, ON, np.arange(30))
    expected = {(i, j) for i, j in np.argwhere(table >= 0.1) if values[i] >= 0.2}
    assert set(zip(pairs["train"], pairs["test"], strict=True)) == expected
    assert pairs["influence"].is_monotonic_decreasing
    i, j = int(pairs["train"][0]), int(pairs["test"][0])
    expected = slow_difference(ON.correct[:, j], OUTCOMES.seen[:, i])
    assert tuple(pairs.loc[0, ["influence", "standard_error"]]) == pytest.approx(expected, abs=1e-5)


def test_a_helper_is_found_and_not_among_shuffled_networks() -> None:
    draw = np.random.default_rng(2)
    _, seen = halves(200, 60, draw)
    of_train = drawn(seen, np.ones(60), np.full(60, 0.2), draw)
    helped = seen[:, [5]] & (draw.random((200, 1)) < 0.9)
    on = Outcomes(np.zeros_like(helped), helped, helped.astype(int), np.log2(helped * 0.9 + 0.05))
    assert influential_pairs(of_train, on, influence=0.4)["train"].tolist() == [5]
    assert influential_pairs(of_train, on, influence=0.4, shuffled=draw).empty


def test_nothing_memorized_is_an_empty_table() -> None:
    assert influential_pairs(OUTCOMES, ON, memorized=2.0).empty


def test_refusals() -> None:
    kinds = (bool, int, float)
    everybody = Outcomes(np.ones((4, 2), bool), *(np.ones((4, 2), kind) for kind in kinds))
    with pytest.raises(InfoplaneError, match="2 of 2 examples were seen by all or by none of 4"):
        memorization(everybody)
    with pytest.raises(InfoplaneError, match="40 networks saw the training examples and 4 the oth"):
        influences(OUTCOMES, everybody, np.arange(3))
    with pytest.raises(InfoplaneError, match=r"outcomes have the shapes .* give \[K, n\] to each"):
        Outcomes(np.ones((4, 2), bool), *(np.ones((4, 3), kind) for kind in kinds))
