"""Courses of planes over training: means over layers, and how far they rise and fall."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError
from infoplane.language_tables import course, phases


def planes(x: list[float], y: float = 1.0, **more: int) -> pd.DataFrame:
    """Return planes of an embedding and two layers, whose mean I(X;T) takes this course."""
    rows = [
        {"step": 10 * i, "depth": depth, "label": label, "order": 1, **more}
        | {"bits": depth * 99 if not depth else (value if label == "before" else y) + depth - 1.5}
        for i, value in enumerate(x)
        for depth in (0, 1, 2)
        for label in ("before", "after")
    ]
    return pd.DataFrame(rows)


def test_means_leave_the_embedding_out() -> None:
    found = course(planes([2.0, 4.0]))
    assert found[["step", "x", "y", "optimality"]].to_numpy().tolist() == [
        [0, 2, 1, 0.5],
        [10, 4, 1, 0.25],
    ]
    alone = planes([2.0]).query("depth == 0").assign(bits=3.0)
    assert course(alone)["x"].tolist() == [3.0]


@pytest.mark.parametrize(
    ("x", "step", "rise", "fall"),
    [
        ([1.0, 2.0, 3.0], 20, 2, 0),
        ([1.0, 3.0, 2.0], 10, 2, 1),
        ([5.0, 1.0, 3.0, 2.5], 20, 2, 0.5),  # what an untrained network has is no peak
        ([1.0, 3.0, 0.5, 1.0], 10, 2, 2),
        ([3.0, 2.0, 1.0], 0, 0, 2),
        ([2.0], 0, 0, 0),
    ],
)
def test_rise_and_fall(x: list[float], step: int, rise: float, fall: float) -> None:
    (row,) = phases(planes(x)).itertuples()
    assert (row.peak_step, row.rise, row.fall) == (step, rise, fall)
    assert (row.first, row.peak, row.last) == (x[0], x[step // 10], x[-1])


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=7))
def test_the_rise_is_the_largest_between_two_looks(x: list[float]) -> None:
    (row,) = phases(planes(x)).itertuples()
    rises = [b - a for i, a in enumerate(x) for b in x[i:]]
    assert row.rise == pytest.approx(max(rises), abs=1e-12)
    assert row.peak - row.fall == pytest.approx(row.last)


def test_each_member_has_its_own() -> None:
    both = pd.concat([planes([1.0, 3.0, 2.0], member=0), planes([1.0, 2.0, 3.0], member=1)])
    assert phases(both)["fall"].tolist() == [1, 0]


def test_no_optimality_where_nothing_is_told_of_the_tokens_before() -> None:
    assert np.isnan(course(planes([-0.5]))["optimality"]).all()


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="no column step"):
        course(planes([1.0]).drop(columns="step"))
    with pytest.raises(InfoplaneError, match="no column above_null"):
        phases(planes([1.0]), "above_null")
    with pytest.raises(InfoplaneError, match="the planes have no rows"):
        course(planes([1.0])[:0])
