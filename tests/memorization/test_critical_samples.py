"""Critical samples: a linear model's are known in closed form."""

from __future__ import annotations

import pytest
import torch

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.memorization.critical_samples import (
    LangevinSearch,
    critical_sample_ratio,
    critical_samples,
)

D, N = 30, 4000
WEIGHT = torch.randn(2, D, generator=seeds.generator(0, "weight"), dtype=torch.float64)
INPUTS = torch.rand(N, D, generator=seeds.generator(0, "inputs"), dtype=torch.float64)
INPUTS = INPUTS - (INPUTS.mean(dim=0))  # so that the boundary runs through them


def linear(x: torch.Tensor) -> torch.Tensor:
    return x @ WEIGHT.T


def reach(search: LangevinSearch) -> torch.Tensor:
    """Return |margin| / (r ‖w_1 - w_0‖₁): an input is critical where it is below 1."""
    difference = WEIGHT[1] - WEIGHT[0]
    radius = search.radius * search.grey_level
    return (INPUTS @ difference).abs() / (radius * difference.abs().sum())


def found(search: LangevinSearch) -> torch.Tensor:
    return critical_samples(linear, INPUTS, generator=seeds.generator(0, "eta"), search=search)


@pytest.mark.parametrize("grey_level", [1 / 255, 0.05, 1.0])
def test_without_noise_the_search_is_exact(grey_level: float) -> None:
    search = LangevinSearch(noise=0.0, grey_level=grey_level)
    assert torch.equal(found(search), reach(search) < 1)
    ratio = critical_sample_ratio(linear, INPUTS, generator=seeds.generator(0, "e"), search=search)
    assert ratio == float((reach(search) < 1).double().mean())


def test_with_noise_nothing_is_found_that_is_not_there_and_little_is_missed() -> None:
    search = LangevinSearch(grey_level=0.1)
    critical = reach(search) < 1
    assert 0.05 < float(critical.double().mean()) < 0.95
    assert not (found(search) & ~critical).any()
    assert found(search)[reach(search) < 0.8].all()


def test_more_is_critical_within_more() -> None:
    ratios = [float(found(LangevinSearch(grey_level=g)).double().mean()) for g in (0.01, 0.1, 1.0)]
    assert ratios == sorted(ratios)
    assert ratios[0] < ratios[2]


def test_a_constant_model_has_none_and_nothing_is_changed() -> None:
    inputs = INPUTS.clone()
    before = torch.get_rng_state()
    found = critical_samples(
        lambda x: torch.zeros(len(x), 3, dtype=x.dtype) + 0 * x[:, :1],
        inputs,
        generator=seeds.generator(0, "eta"),
    )
    assert not found.any()
    assert torch.equal(inputs, INPUTS)
    assert torch.equal(torch.get_rng_state(), before)
    again = critical_samples(linear, INPUTS, generator=seeds.generator(0, "eta"))
    assert torch.equal(again, critical_samples(linear, INPUTS, generator=seeds.generator(0, "eta")))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"step": 0.0}, "step is 0.0; give more than 0"),
        ({"radius": -1.0}, "radius is -1.0; give more than 0"),
        ({"iterations": 0}, "iterations is 0; give more than 0"),
        ({"noise": -0.1}, "noise is -0.1; give 0 or more"),
    ],
)
def test_refusals(given: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        LangevinSearch(**given)
