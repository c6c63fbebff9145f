"""Easiness: the overdispersion of binomial frequencies is 1, of certain ones as many as trials."""

from __future__ import annotations

import math

import pytest
import torch

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.memorization.easiness import misclassification_frequency, overdispersion

TRIALS, EXAMPLES = 100, 2000


def frequencies(chances: torch.Tensor) -> torch.Tensor:
    uniform = torch.rand(TRIALS, len(chances), generator=seeds.generator(0, "trials"))
    return misclassification_frequency((uniform < chances).long(), torch.zeros(len(chances)).long())


@pytest.mark.parametrize("chance", [0.1, 0.5, 0.9])
def test_a_binomial_has_one(chance: float) -> None:
    found = overdispersion(frequencies(torch.full((EXAMPLES,), chance)), trials=TRIALS)
    assert found == pytest.approx(1, abs=6 * math.sqrt(2 / EXAMPLES))


def test_what_is_easier_shows() -> None:
    """Chances of variance v on top of the binomial: 1 + (k - 1) v / (p (1 - p))."""
    chances = torch.tensor([0.4, 0.6]).repeat(EXAMPLES // 2)
    expected = 1 + (TRIALS - 1) * 0.01 / 0.25
    assert overdispersion(frequencies(chances), trials=TRIALS) == pytest.approx(expected, rel=0.1)
    certain = torch.tensor([0.0, 1.0]).repeat(EXAMPLES // 2)
    expected = TRIALS * EXAMPLES / (EXAMPLES - 1)
    assert overdispersion(frequencies(certain), trials=TRIALS) == pytest.approx(expected)


def test_a_computed_example() -> None:
    """P̂ = 0, 1/3, 2/3 of 3 trials: variance 1/9, of a binomial 1/3 · 2/3 / 3 = 2/27."""
    found = overdispersion(torch.tensor([0, 1, 2]).double() / 3, trials=3)
    assert found == pytest.approx((1 / 9) / (2 / 9 / 3), rel=1e-12)


def test_frequency_is_of_errors() -> None:
    predictions, labels = torch.tensor([[0, 1, 2], [0, 1, 1]]), torch.tensor([0, 0, 1])
    assert misclassification_frequency(predictions, labels).tolist() == [0, 1, 0.5]


def test_where_all_is_right_there_is_no_number() -> None:
    assert math.isnan(overdispersion(torch.zeros(5), trials=10))


@pytest.mark.parametrize(("n", "trials"), [(1, 10), (5, 0)])
def test_refusals(n: int, trials: int) -> None:
    with pytest.raises(InfoplaneError, match="give two examples and a trial at least"):
        overdispersion(torch.zeros(n), trials=trials)
