"""Linear classifiers: how many labelings they have, against all of them tried."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from infoplane.errors import InfoplaneError
from infoplane.memorization import capacity
from infoplane.memorization.capacity import (
    CHI_SQUARED,
    dichotomies,
    is_separable,
    logistic_bits,
    separable_share,
)

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(("n", "d"), [(1, 3), (4, 2), (5, 2), (6, 3), (3, 5)])
def test_dichotomies_are_those_that_a_plane_has(n: int, d: int) -> None:
    x = RANDOM.standard_normal((n, d))
    every = itertools.product((-1.0, 1.0), repeat=n)
    assert sum(is_separable(x, np.array(y)) for y in every) == dichotomies(n, d)


def test_half_are_separable_at_two_points_a_weight() -> None:
    for d in (1, 7, 60):
        assert separable_share(2 * d, d) == 0.5
    assert separable_share(60, 60) == 1
    printed = [separable_share(round(ratio * 60), 60) for ratio in (1.8, 2.0, 2.2)]
    assert printed == pytest.approx([0.877, 0.5, 0.147], abs=1.2e-3)


def test_separable_labels_are_all_memorized() -> None:
    x = RANDOM.standard_normal((12, 12))
    assert logistic_bits(x, RANDOM.choice([-1.0, 1.0], 12)) == 12


def test_bits_are_those_of_the_largest_likelihood() -> None:
    x, y = RANDOM.standard_normal((200, 5)), RANDOM.choice([-1.0, 1.0], 200)
    model = LogisticRegression(C=1e9, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(x, y)
    log_p = model.predict_log_proba(x)[np.arange(200), (y > 0).astype(int)]
    expected = 200 + log_p.sum() / math.log(2)
    assert logistic_bits(x, y) == pytest.approx(expected, abs=1e-4)


def test_of_many_labels_the_bits_of_chi_squared_are_left() -> None:
    draws = [
        logistic_bits(RANDOM.standard_normal((3000, 10)), RANDOM.choice([-1.0, 1.0], 3000)) / 10
        for _ in range(40)
    ]
    assert np.mean(draws) == pytest.approx(CHI_SQUARED, abs=3 * np.std(draws) / math.sqrt(40))


def test_nearly_separable_labels_converge() -> None:
    """Among a hundred points far from the plane one on its wrong side: Newton alone overshoots."""
    x = np.concatenate([RANDOM.standard_normal((100, 2)) * 0.1 + [5, 0], [[0.5, 0.0]]])
    y = np.concatenate([np.ones(100), [-1.0]])
    assert 95 < logistic_bits(x, y) < 100


def test_what_does_not_converge_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "NEWTON_STEPS", 1)
    x, y = RANDOM.standard_normal((50, 3)), RANDOM.choice([-1.0, 1.0], 50)
    with pytest.raises(InfoplaneError, match="not converged in 1 steps on 50 points"):
        logistic_bits(x, y)


@pytest.mark.parametrize(("n", "d"), [(0, 3), (3, 0)])
def test_nothing_has_no_dichotomies(n: int, d: int) -> None:
    with pytest.raises(InfoplaneError, match=f"n is {n} and d is {d}; give 1 or more"):
        dichotomies(n, d)
