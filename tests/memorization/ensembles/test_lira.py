"""The likelihood ratio attack, against loops that leave the target out, and against chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score
from subset_outcomes import at_random, halves

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.lira import (
    ATTACKS,
    LEAST_SPREAD,
    attack_table,
    likelihood_ratios,
    log_odds,
    roc,
)
from infoplane.memorization.ensembles.outcomes import Outcomes

OUTCOMES, _ = at_random()


def of_odds(shift: float, n: int = 400, networks: int = 60) -> Outcomes:
    """Networks whose log-odds are normal, higher by ``shift`` where they saw the example."""
    draw = np.random.default_rng(0)
    _, seen = halves(networks, n, draw)
    phi = draw.normal(draw.normal(0, 2, n), 1, (networks, n)) + shift * seen
    log2_p = -np.log1p(np.exp(-phi)) / np.log(2)
    return Outcomes(seen, phi > 0, (phi > 0).astype(int), log2_p)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_target_is_held_against_all_others(attack: str) -> None:
    scores = likelihood_ratios(OUTCOMES, attack=attack, targets=np.array([4, 9]))
    phi = log_odds(OUTCOMES.log2_p)
    moments = np.empty((2, 30, 2, 2))  # target, example, in or out, mean and sd
    for t, target in enumerate((4, 9)):
        others = np.arange(40) != target
        for i in range(30):
            for side, mask in enumerate((OUTCOMES.seen[:, i], ~OUTCOMES.seen[:, i])):
                values = phi[mask & others, i]
                sd = np.sqrt(values.var(ddof=1) + LEAST_SPREAD**2)
                moments[t, i, side] = values.mean(), sd
    if attack == "fixed variance":
        moments[..., 1] = np.sqrt(np.square(moments[..., 1]).mean(axis=(0, 1)))
    own = phi[[4, 9]]
    (inside, sd_in), (outside, sd_out) = (np.moveaxis(moments[:, :, s], -1, 0) for s in (0, 1))
    expected = norm.logpdf(own, inside, sd_in) - norm.logpdf(own, outside, sd_out)
    if attack == "offline":
        expected = (own - outside) / sd_out
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-6)


def test_log_odds_at_both_ends() -> None:
    p = np.array([1e-9, 0.5, 0.75])
    np.testing.assert_allclose(log_odds(np.log2(p)), np.log(p / (1 - p)), atol=1e-9)
    assert log_odds(np.array([-1e-20 / np.log(2)]))[0] == pytest.approx(-np.log(1e-20))
    assert np.isfinite(log_odds(np.zeros(1))).all()


def test_where_nothing_is_memorized_it_is_chance() -> None:
    table = attack_table(of_odds(0.0)).set_index("attack")
    for attack in ATTACKS:
        assert abs(table.loc[attack, "auc"] - 0.5) < 0.02
        assert table.loc[attack, "tpr_at_0.01"] < 0.03


def test_what_two_normals_give_is_found() -> None:
    table = attack_table(of_odds(2.0, n=4000, networks=200), targets=5).set_index("attack")
    for attack in ATTACKS:
        assert table.loc[attack, "auc"] == pytest.approx(norm.cdf(2**0.5), abs=0.01)
    at_one_percent = norm.sf(norm.isf(0.01) - 2)
    assert table.loc["fixed variance", "tpr_at_0.01"] == pytest.approx(at_one_percent, abs=0.06)
    assert table.loc["fixed variance", "auc_sd"] > 0


def test_areas_and_rates_are_those_of_scikit_learn() -> None:
    draw = np.random.default_rng(3)
    seen = draw.random((1, 500)) < 0.5
    scores = np.round(draw.normal(size=(1, 500)) + seen, 1)  # with ties
    curve = roc(scores, seen, points=50)
    assert curve["true_positive_rate"].is_monotonic_increasing
    assert curve.iloc[-1].tolist() == [1.0, 1.0]
    outcomes = of_odds(1.0)
    which = np.arange(1)
    score = likelihood_ratios(outcomes, targets=which)[0]
    expected = roc_auc_score(outcomes.seen[0], score)
    online = attack_table(outcomes, targets=1).set_index("attack").loc["online", "auc"]
    assert online == pytest.approx(expected)


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="attack is 'mine'; give one of: online, offline, fix"):
        likelihood_ratios(OUTCOMES, attack="mine")
    with pytest.raises(InfoplaneError, match="seen, or not seen, by 2 networks; the attack"):
        likelihood_ratios(OUTCOMES.of(slice(0, 4)))
