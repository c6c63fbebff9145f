"""Errors against the number of dimensions: known truths, and what is not measured says why."""

from __future__ import annotations

import pytest

from infoplane.errors import InfoplaneError
from infoplane.information.as_text import make
from infoplane.validation import dimensions
from infoplane.validation.dimensions import DIMENSION_ROWS, dimension_rows


def test_one_truth_whatever_the_width() -> None:
    table = dimension_rows(["gaussian"], dimensions=(1, 4), sizes=(1000,))
    assert list(table.columns) == list(DIMENSION_ROWS)
    assert set(table["y"]) == {"labels", "values"}
    assert table.groupby("y")["truth"].nunique().eq(1).all()
    of_values = table[table["y"] == "values"]  # normal, for which the estimator is exact
    assert (of_values["error"].abs() < 0.1).all()
    assert (table["error"] == table["estimate"] - table["truth"]).all()


def test_what_cannot_be_told_raises_its_flag() -> None:
    """Bins in 16 dimensions: every sample has a cell of its own."""
    (row,) = (
        dimension_rows(["bins"], dimensions=(16,), sizes=(300,)).query("y == 'labels'").itertuples()
    )
    assert row.error > 0.5
    assert "saturated" in row.flags
    assert row.null == pytest.approx(row.estimate, abs=0.1)


def test_what_would_take_too_long_is_left_out_and_says_so(monkeypatch) -> None:
    monkeypatch.setattr(dimensions, "MOST_SECONDS", 0.0)
    first, second = (
        dimension_rows(["edge"], dimensions=(1,), sizes=(100, 200))
        .query("y == 'labels'")
        .itertuples()
    )
    assert first.not_measured == ""
    assert second.not_measured == "takes over 0 s"
    assert second.samples == 0


def test_what_is_refused_says_why() -> None:
    (row,) = dimension_rows(["ksg"], dimensions=(2,), sizes=(3,), seeds=1).itertuples()
    assert row.samples == 0
    assert row.not_measured == "3 samples have no 3 neighbours; give more than 3 samples."


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(InfoplaneError, match="only has entropie; give some of: bins"):
        dimension_rows(["entropie"])


@pytest.mark.parametrize(("name", "power"), [("renyi", 3), ("ksg", 2), ("bins", 1), ("nwj", 0)])
def test_time_grows_as_it_is_declared(name: str, power: int) -> None:
    """What trains a network takes as many steps whatever n is."""
    estimator = make(name, {"bin_width": 0.5} if name == "bins" else {})
    assert dimensions._power(estimator) == power
