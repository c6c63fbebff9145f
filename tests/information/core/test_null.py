"""The null: exact ranks of many permutations, Student's t of few, and how often each is right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from infoplane.information.core.estimate import Estimate
from infoplane.information.core.null import against_null
from infoplane.names import INSIDE_NULL


def test_ranks_count_the_nulls_that_reach_the_value() -> None:
    null = np.arange(20.0)[None].repeat(3, axis=0)
    found = against_null(np.array([19.5, 19.0, -1.0]), null)
    np.testing.assert_allclose(found.p_value, [1 / 21, 2 / 21, 1.0])
    np.testing.assert_allclose(found.mean, 9.5)


@pytest.mark.parametrize("permutations", [0, 1])
def test_fewer_than_two_permutations_are_no_null(permutations: int) -> None:
    found = against_null(np.zeros(4), np.zeros((4, permutations)))
    assert all(np.isnan(column).all() and column.shape == (4,) for column in found)


@pytest.mark.parametrize("permutations", [2, 5, 18, 19, 20, 100])
def test_one_value_in_twenty_lies_outside_by_chance(permutations: int) -> None:
    """2 sd of 2 permutations would leave 59 % inside."""
    draws = np.random.default_rng(0).normal(size=(20_000, permutations + 1))
    found = against_null(draws[:, 0], draws[:, 1:])
    inside = (found.p_value > INSIDE_NULL).mean()
    assert 0.945 < inside < 0.957


def test_few_permutations_are_held_against_students_t_wherever_they_lie() -> None:
    """Of 2 of mean .3 and sd √2 / 10, the next is √(1 + ½) sd above with chance P(t₁ > 1)."""
    deviation = 0.1 * np.sqrt(2) * np.sqrt(1.5)
    found = against_null(np.array([0.3 + deviation, 0.3 - deviation]), np.array([[0.2, 0.4]] * 2))
    np.testing.assert_allclose(found.p_value, [0.25, 0.75])
    np.testing.assert_allclose(found.p_value, student.sf([1, -1], df=1))


def test_a_null_that_never_varies_holds_only_what_equals_it() -> None:
    found = against_null(np.array([0.0, 0.1]), np.zeros((2, 2)))
    assert found.p_value[0] == 0.5
    assert found.p_value[1] < 1e-6


def test_an_estimate_without_null_is_not_inside_it() -> None:
    assert not Estimate(0.0, 1.0, 10, "", "").inside_null
    assert Estimate(0.0, 1.0, 10, "", "", p_value=0.5).inside_null
