"""Bits of labels and consistency, against loops and known truths."""

from __future__ import annotations

import numpy as np
import pytest
from subset_outcomes import at_random, drawn, halves

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.bits import memorized_label_bits
from infoplane.memorization.ensembles.c_score import c_scores, consistency
from infoplane.memorization.ensembles.outcomes import Outcomes

OUTCOMES, _ = at_random()


def test_bits_are_the_log_of_a_ratio_of_means() -> None:
    bits = memorized_label_bits(OUTCOMES).values
    p = 2.0 ** OUTCOMES.log2_p.astype(np.float64)
    for i in range(30):
        seen = OUTCOMES.seen[:, i]
        expected = np.log2(p[seen, i].mean() / p[~seen, i].mean())
        assert bits[i] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("classes", [2, 10])
def test_a_random_label_that_is_fitted_is_worth_log2_k_bits(classes: int) -> None:
    _, seen = halves(20, 8, np.random.default_rng(0))
    log2_p = np.where(seen, 0.0, -np.log2(classes))
    fitted = Outcomes(seen, seen, seen.astype(int), log2_p)
    bits = memorized_label_bits(fitted)
    np.testing.assert_allclose(bits.values, np.log2(classes))
    np.testing.assert_allclose(bits.standard_error, 0, atol=1e-12)


def test_errors_of_bits_are_their_spread() -> None:
    draw = np.random.default_rng(1)
    _, seen = halves(100, 4, draw)
    found = [
        memorized_label_bits(drawn(seen, np.full(4, 0.9), np.full(4, 0.3), draw))
        for _ in range(300)
    ]
    spread = np.std([bits.values for bits in found], axis=0)
    stated = np.mean([bits.standard_error for bits in found], axis=0)
    np.testing.assert_allclose(stated, spread, rtol=0.15)


def test_consistency_is_the_share_of_right_ones_that_have_not_seen_it() -> None:
    values, errors = consistency(OUTCOMES)
    for i in range(30):
        right = OUTCOMES.correct[~OUTCOMES.seen[:, i], i]
        assert values[i] == pytest.approx(right.mean())
        assert errors[i] == pytest.approx(right.std(ddof=1) / len(right) ** 0.5)


def test_c_scores_are_means_over_ratios() -> None:
    other, _ = at_random(seed=5)
    table = c_scores({0.7: other, 0.5: OUTCOMES})
    assert list(table) == ["at 0.5", "at 0.7", "mean", "standard_error"]
    np.testing.assert_allclose(table["mean"], (table["at 0.5"] + table["at 0.7"]) / 2)
    errors = np.hypot(consistency(OUTCOMES)[1], consistency(other)[1]) / 2
    np.testing.assert_allclose(table["standard_error"], errors)


@pytest.mark.parametrize("by_ratio", [{}, {0.5: OUTCOMES, 0.7: at_random(n=10)[0]}])
def test_refusals(by_ratio: dict) -> None:
    with pytest.raises(InfoplaneError, match=r"by_ratio holds examples .* on the same examples"):
        c_scores(by_ratio)


def test_where_all_saw_an_example_the_ratio_below_stands_for_it() -> None:
    seen = np.array([[True, True], [True, False], [True, False]])
    right = np.array([[True, True], [True, True], [True, False]])
    high = Outcomes(seen, right, right.astype(int), -1.0 * ~right)
    low = Outcomes(~seen, right, right.astype(int), -1.0 * ~right)
    table = c_scores({0.9: high, 0.1: low})
    assert np.isnan(table["at 0.9"][0])
    assert table["at 0.9"][1] == 0.5
    assert table["at 0.1"].tolist() == [1.0, 1.0]
    assert table["mean"].tolist() == [1.0, 0.75]
    assert np.isnan(consistency(low)[1][1])  # a single network has no spread
    with pytest.raises(InfoplaneError, match=r"1 of 2 examples were seen by all 3 networks at ra"):
        c_scores({0.9: high})
