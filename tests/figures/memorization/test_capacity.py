"""Bits memorized against bits of data: the numbers drawn, and the line across."""

from __future__ import annotations

import pandas as pd
import pytest

from infoplane.errors import InfoplaneError
from infoplane.figures.memorization.capacity import capacity_figure, capacity_points

POINTS = pd.DataFrame(
    {
        "data_bits": [10.0, 10.0, 100.0, 100.0, 200.0, 200.0],
        "member": [0, 1] * 3,
        "bits": [10.0, 9.0, 40.0, 50.0, 44.0, 46.0],
        "parameters": [24] * 6,
    }
)


def test_the_capacity_is_the_most_of_each_member() -> None:
    points = capacity_points(POINTS)
    assert points["mean"].tolist() == [9.5, 45, 45]
    assert points["min"].tolist() == [9, 40, 44]
    assert set(points["capacity"]) == {47}  # of 44 and 50
    assert set(points["bits_a_parameter"]) == {47 / 24}


def test_a_panel_a_network() -> None:
    figure = capacity_figure({"A": POINTS, "B": POINTS})
    assert len(figure.axes) == 2
    assert figure.axes[0].texts[0].get_text() == "1.96 bits a parameter"
    assert list(figure.axes[1].lines[1].get_ydata()) == [47, 47]


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(InfoplaneError, match="the capacity table lacks bits"):
        capacity_points(POINTS.drop(columns="bits"))
