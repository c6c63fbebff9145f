"""Rank agreement of scores with a reference, and of the reference with itself."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from subset_outcomes import at_random, drawn, halves

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.agreement import (
    agreement,
    rank_correlation,
    reliability,
    spearman,
)
from infoplane.memorization.ensembles.influence import memorization

DRAW = np.random.default_rng(0)
REFERENCE = DRAW.normal(size=500)
SCORES = {
    "same": REFERENCE**3,
    "down": -REFERENCE + DRAW.normal(size=500),
    "chance": DRAW.normal(size=500),
    "constant": np.ones(500),
    "missing": np.full(500, np.nan),
}
DIRECTIONS = {"same": 1, "down": -1, "chance": 1, "constant": 1, "missing": 1}


def test_it_is_spearmans_rho_with_ties() -> None:
    a, b = np.round(REFERENCE), np.round(SCORES["down"])
    found = rank_correlation(a, b)
    assert found.rho == pytest.approx(spearmanr(a, b).statistic)
    assert found.low < found.rho < found.high


def test_the_interval_covers() -> None:
    draw, truth = np.random.default_rng(1), 6 / np.pi * np.arcsin(0.6 / 2)  # of two normals
    inside = 0
    for _ in range(400):
        x = draw.normal(size=(2, 200))
        found = rank_correlation(x[0], 0.6 * x[0] + 0.8 * x[1])
        inside += found.low < truth < found.high
    assert 0.92 < inside / 400 < 0.98


def test_the_best_comes_first_in_its_own_direction() -> None:
    table = agreement(SCORES, REFERENCE, directions=DIRECTIONS, seconds=dict.fromkeys(SCORES, 2.0))
    assert table["score"].tolist() == ["same", "down", "chance"]
    assert table["spearman"][0] == pytest.approx(1.0)
    assert table["spearman"][1] > 0.5
    assert table.loc[2, "low"] < 0 < table.loc[2, "high"]
    assert (table["seconds"] == 2).all()


def test_reliability_is_what_another_ensemble_would_agree() -> None:
    draw = np.random.default_rng(2)
    inside, outside = np.ones(1500), draw.uniform(0, 1, 1500)
    runs = [drawn(halves(40, 1500, draw)[1], inside, outside, draw) for _ in range(2)]
    between = rank_correlation(*(memorization(run).values for run in runs)).rho
    assert reliability(runs[0]) == pytest.approx(between, abs=0.02)


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="scores of 3 and 3 examples were given; give four"):
        rank_correlation(REFERENCE[:3], REFERENCE[:3])
    with pytest.raises(InfoplaneError, match="a score is the same for all examples"):
        rank_correlation(REFERENCE, SCORES["constant"])
    with pytest.raises(InfoplaneError, match="seen by all or by none"):
        reliability(at_random()[0].of(slice(0, 2)))


def test_spearman_is_one_of_a_score_with_its_order_and_nan_where_there_is_none() -> None:
    m = np.array([1.0, 3.0, 2.0, 5.0])
    assert spearman(m, np.array([10.0, 30.0, 20.0, 50.0])) == pytest.approx(1)
    assert np.isnan(spearman(m, np.ones(4)))
    assert np.isnan(spearman(m[:3], m[:3]))
