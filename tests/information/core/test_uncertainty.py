"""Errors and extrapolations against what repeated samples show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from asking import ask

from infoplane import InfoplaneError, mutual_information
from infoplane.information.as_text import parse
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.uncertainty import PARTS, extrapolated, with_jackknife
from infoplane.information.layer_quantities import layer_information
from infoplane.information.registry import ESTIMATORS
from infoplane.names import BINS
from infoplane.validation.distributions import distribution


def estimate_of(values: torch.Tensor) -> Estimate:
    return Estimate(float(values.mean()), math.inf, len(values), "none", "mean")


def sample(name: str, n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    return distribution(name).sample(n, torch.Generator().manual_seed(seed))


def test_of_a_mean_it_is_the_error_of_a_mean() -> None:
    """With groups of one, exactly s/√n; with larger ones, in the mean."""
    x = torch.randn(60, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = estimate_of(x)
    by_hand = float(x.std()) / math.sqrt(60)

    def again(t: torch.Tensor, y: torch.Tensor) -> Estimate:
        assert torch.equal(t, y)
        return estimate_of(t)

    each = with_jackknife(found, again, x, x, groups=60)
    assert each.standard_error == pytest.approx(by_hand, rel=1e-9)
    assert each.bits == found.bits
    grouped = [
        with_jackknife(found, again, x, x, groups=10, seed=s).standard_error for s in range(40)
    ]
    assert np.mean(np.square(grouped)) == pytest.approx(by_hand**2, rel=0.15)
    assert len(set(grouped)) == 40


@pytest.mark.parametrize(
    ("given", "name", "n"),
    [
        ({"name": "ksg"}, "gaussian 1+1, ρ 0.75", 400),
        ({"name": "ross"}, "2 classes 2 sd apart, 1-d", 400),
        ({"name": "gaussian"}, "gaussian 1+1, ρ 0.75", 400),
        ({"bin_width": 1.0}, "table 6×4", 500),
    ],
)
def test_jackknife_is_near_the_spread_of_samples_and_not_below(
    given: dict[str, Any], name: str, n: int
) -> None:
    found = [
        ask(*sample(name, n, seed), permutations=0, jackknife=10, **given) for seed in range(30)
    ]
    spread = np.std([e.bits for e in found], ddof=1)
    error = math.sqrt(np.mean([e.standard_error**2 for e in found]))
    assert 0.8 * spread < error < 2 * spread


def test_an_error_of_its_own_stays() -> None:
    t, y = sample("2 classes 2 sd apart, 1-d", 1000, 0)
    given: dict[str, Any] = {"name": "decoder", "decoder": "linear", "permutations": 0}
    own = ask(t, y, **given)
    assert not math.isnan(own.standard_error)
    assert ask(t, y, jackknife=5, **given) == own


def test_extrapolation_undoes_a_series_in_one_over_n() -> None:
    def biased(t: torch.Tensor, _: torch.Tensor) -> Estimate:
        n = len(t)
        return Estimate(0.7 + 30 / n - 500 / n**2, math.inf, n, "cells", "biased")

    t = torch.zeros(1200, 1)  # which all of PARTS divide
    found = extrapolated(biased, t, t)
    assert found.bits == pytest.approx(0.7, abs=1e-12)
    assert found.standard_error == pytest.approx(0, abs=1e-12)
    assert (found.n, found.estimator) == (1200, "biased, extrapolated")
    assert found.resolution == "cells, extrapolated from n to n/4"
    assert PARTS[-1] == 4


def test_extrapolated_bins_are_nearer_and_their_error_is_honest() -> None:
    """300 cells on 2,000 samples: plug-in is .1 bits too high."""
    chosen = distribution("table 30×10")
    found, plug_in = (
        [
            ask(*sample("table 30×10", 2000, seed), bin_width=1.0, permutations=0, **more)
            for seed in range(25)
        ]
        for more in ({"extrapolate": True}, {})
    )
    errors = np.array([e.bits - chosen.truth_bits for e in found])
    assert np.mean([e.bits - chosen.truth_bits for e in plug_in]) > 0.09
    assert abs(errors.mean()) < 0.02
    said = math.sqrt(np.mean([e.standard_error**2 for e in found]))
    assert 0.7 < said / errors.std(ddof=1) < 1.6


def test_the_null_is_extrapolated_too() -> None:
    t, y = sample("table 6×4", 2000, 0)
    plain = mutual_information(t, y, "bins(bin_width=1.0)")
    found = mutual_information(t, y, "bins(bin_width=1.0)", extrapolate=True)
    assert plain.null_mean > 0.004
    assert abs(found.null_mean) < 0.002
    assert found == mutual_information(t, y, "bins(bin_width=1.0)", extrapolate=True)
    assert (
        found.bits != mutual_information(t, y, "bins(bin_width=1.0)", extrapolate=True, seed=1).bits
    )


@pytest.mark.parametrize("name", [n for n, e in ESTIMATORS.items() if e.extrapolates and n != BINS])
def test_each_that_can_be_extrapolated_moves_towards_more_samples(name: str) -> None:
    """Of ten times 300 samples, the mean is nearer to the value of all 3,000 together."""
    kind = "10-d" if name == "soft-entropy" else "1-d"
    t, y = sample(f"10 classes 2 sd apart, {kind}", 3000, 0)

    def mean(parts: int, **more: Any) -> float:
        pairs = zip(t.chunk(parts), y.chunk(parts), strict=True)
        given: dict[str, Any] = {"name": name, "permutations": 0, **more}
        return float(np.mean([ask(*pair, **given).bits for pair in pairs]))

    far, near = mean(1), mean(10)
    assert abs(mean(10, extrapolate=True) - far) < max(abs(near - far), 0.02)


def test_in_a_run_they_are_asked_for_by_text() -> None:
    t, y = sample("2 classes 2 sd apart, 1-d", 400, 0)
    ((quantity, found),) = layer_information(t, y, *parse("ross(jackknife=5, permutations=3)"))
    assert (quantity, found.estimator) == ("I(T;Y)", "Ross")
    assert found.standard_error > 0
    assert found.null_std > 0
    asked = parse("bins(bin_width=1.0, extrapolate=True)")
    ((_, binned),) = layer_information(t, y, *asked, label="Ỹ")
    assert binned.estimator == "bins, swept, extrapolated"
    noisy = dict(layer_information(t, y, *parse("kde-upper(permutations=0)")))
    assert math.isnan(noisy["I(T;Y)"].null_mean)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"jackknife": 1, "bin_width": 1.0}, "jackknife is 1; give 2 to 400 groups"),
        ({"jackknife": 401, "bin_width": 1.0}, "jackknife is 401; give 2 to 400 groups"),
        ({"extrapolate": True, "bin_width": 1e-4}, "of 100 of the 400 samples are; give more"),
        (
            {"extrapolate": True, "name": "ross"},
            "'ross' has a bias that does not fall as 1/n, so .* use one of: bins, kde-lower",
        ),
    ],
)
def test_refusals(given: dict[str, Any], message: str) -> None:
    t, y = sample("2 classes 2 sd apart, 1-d", 400, 0)
    with pytest.raises(InfoplaneError, match=message):
        ask(t, y, permutations=0, **given)


def test_one_saturated_part_is_enough_to_refuse() -> None:
    t = torch.ones(80, 1)
    t[5] = 0.0

    def estimate(some: torch.Tensor, _: torch.Tensor) -> Estimate:
        return Estimate(1.0, 2.0, len(some), "", "", saturated=bool((some == 0).any()))

    with pytest.raises(InfoplaneError, match="those of 20 of the 80 samples are; give more"):
        extrapolated(estimate, t, torch.arange(80) % 2)
