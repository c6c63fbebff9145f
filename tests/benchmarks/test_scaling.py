"""What is said of costs that grew."""

from __future__ import annotations

import pytest

from benchmarks.growing import GROWTHS, Growth
from benchmarks.scaling import Grown, as_markdown

SIZES = (1_000, 10_000, 100_000, 1_000_000)


def grown(exponent: float, *, most: float, memory: float = 0.0) -> Grown:
    growth = Growth("bins", "samples", SIZES, lambda _: lambda: None, most)
    return Grown(
        growth, [(n / 1e6) ** exponent for n in SIZES], [(n / 1e3) ** memory for n in SIZES]
    )


@pytest.mark.parametrize(
    ("exponent", "most", "surprising"), [(1.1, 1.0, False), (2.0, 1.0, True), (2.0, 2.0, False)]
)
def test_more_time_than_the_method_costs_is_marked(
    exponent: float, most: float, surprising: bool
) -> None:
    found = grown(exponent, most=most)
    assert found.surprises == (surprising, False)
    assert ("**(more)**" in as_markdown([found], "a machine")) == surprising


def test_memory_of_samples_by_samples_is_marked() -> None:
    found = grown(2.0, most=2.0, memory=2.0)
    assert found.surprises == (False, True)
    assert "| 2 | 2.00 (10,000 to 1,000,000) **(more)** |" in as_markdown([found], "a machine")


def test_the_page_says_exponent_part_and_every_size() -> None:
    page = as_markdown([grown(1.0, most=1.0)], "a machine")
    assert "| bins | samples | 1.00 (10,000 to 1,000,000) | 1 | 0.00 (" in page
    assert "## Bins" in page
    assert "| time | 1.00 ms | 10.0 ms | 100 ms | 1.00 s |" in page
    assert "a machine" in page


def test_growths_can_be_told_apart_and_fitted() -> None:
    assert len({(growth.name, growth.variable) for growth in GROWTHS}) == len(GROWTHS)
    assert all(len(growth.sizes) >= 3 for growth in GROWTHS)
