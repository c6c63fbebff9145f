"""Exponents of synthetic costs are found, with fixed costs and noise."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.exponents import fit_exponent

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)


def costs(exponent: float, *, fixed: float = 0.0, sizes: tuple[int, ...] = SIZES) -> np.ndarray:
    """Return a fixed cost and a growing one, which is 1 at the smallest size."""
    return fixed + (np.array(sizes) / sizes[0]) ** exponent


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5, 2.0, 3.0])
def test_the_exponent_of_a_power_is_exact(exponent: float) -> None:
    assert fit_exponent(SIZES, list(costs(exponent))).exponent == pytest.approx(exponent)


@pytest.mark.parametrize("exponent", [1.0, 2.0])
@pytest.mark.parametrize("fixed", [0.5, 3.0, 10.0])
def test_a_fixed_cost_hardly_matters(exponent: float, fixed: float) -> None:
    found = fit_exponent(SIZES, list(costs(exponent, fixed=fixed)))
    assert found.exponent == pytest.approx(exponent, abs=0.05)


def test_the_part_begins_where_costs_are_ten_times_the_least() -> None:
    found = fit_exponent(SIZES, list(costs(1.0, fixed=5.0)))  # least 6: from 105 on
    assert (found.first, found.last) == (100_000, 1_000_000)


def test_without_a_fixed_cost_the_part_is_the_largest() -> None:
    assert fit_exponent(SIZES, list(costs(1.0))).first == 10_000
    assert fit_exponent(SIZES, list(costs(3.0))).first == 3_000


def test_a_cost_that_does_not_grow_has_exponent_zero() -> None:
    found = fit_exponent(SIZES, [1.0] * len(SIZES))
    assert found.exponent == pytest.approx(0)
    assert found.first == 100_000  # the last three


def test_noise_is_averaged_out() -> None:
    noise = np.random.default_rng(0).lognormal(sigma=0.1, size=len(SIZES))
    found = fit_exponent(SIZES, list(costs(1.0, fixed=1.0) * noise))
    assert found.exponent == pytest.approx(1.0, abs=0.1)


def test_n_log_n_passes_for_linear_and_n_squared_does_not() -> None:
    n = np.array(SIZES)
    assert fit_exponent(SIZES, list(n * np.log2(n))).exponent < 1.1
    assert fit_exponent(SIZES, list(n + n**2 / 10_000)).exponent > 1.5


@pytest.mark.parametrize(
    ("sizes", "taken", "message"),
    [
        ([1, 2], [1.0, 2.0], "give three or more that grow"),
        ([1, 2, 2], [1.0, 2.0, 3.0], "give three or more that grow"),
        ([0, 1, 2], [1.0, 2.0, 3.0], "give three or more that grow"),
        ([1, 2, 3], [1.0, 2.0], "each with a cost"),
        ([1, 2, 3], [0.0, 2.0, 3.0], "give costs above 0"),
    ],
)
def test_what_has_no_exponent_is_refused(
    sizes: list[float], taken: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fit_exponent(sizes, taken)
