"""What got worse is named, once it stays worse."""

from __future__ import annotations

import pytest

from benchmarks.comparing import TRIES, compare, compare_patiently, of_modules

COMMITTED = {"bins.snapshot": 100.0, "bins.null": 0.8, "kde.bounds": 4.0}


def test_only_more_than_the_share_is_worse() -> None:
    measured = {"bins.snapshot": 76.0, "bins.null": 0.59, "kde.bounds": 40.0}
    assert compare(COMMITTED, measured, share=0.25).worse == {"bins.null": (0.8, 0.59)}


def test_the_share_is_the_caller_s() -> None:
    measured = COMMITTED | {"bins.snapshot": 76.0}
    assert not compare(COMMITTED, measured, share=0.25).worse
    assert set(compare(COMMITTED, measured, share=0.2).worse) == {"bins.snapshot"}


def test_rows_on_one_side_alone_are_named_and_not_worse() -> None:
    found = compare(COMMITTED, {"bins.snapshot": 100.0, "bins.new": 1.0})
    assert found.not_measured == ["bins.null", "kde.bounds"]
    assert found.not_committed == ["bins.new"]
    assert not found.worse


def test_rows_of_modules() -> None:
    assert of_modules(COMMITTED, ["kde"]) == {"kde.bounds": 4.0}
    assert of_modules(COMMITTED, ["kde", "bins"]) == COMMITTED
    assert of_modules(COMMITTED, ["bin"]) == {}


@pytest.mark.parametrize(("second", "worse"), [(98.0, False), (60.0, True)])
def test_what_seems_worse_is_measured_again(second: float, worse: bool) -> None:
    asked = []

    def again(module: str) -> dict[str, float]:
        asked.append(module)
        return {"bins.snapshot": second, "bins.null": 0.8}

    measured = COMMITTED | {"bins.snapshot": 50.0}
    found = compare_patiently(COMMITTED, measured, again)
    assert found.worse == ({"bins.snapshot": (100.0, 60.0)} if worse else {})
    assert asked == ["bins"] * (TRIES - 1 if worse else 1)


def test_nothing_is_measured_again_where_nothing_seems_worse() -> None:
    def again(module: str) -> dict[str, float]:
        raise AssertionError(module)

    assert not compare_patiently(COMMITTED, COMMITTED, again).worse
