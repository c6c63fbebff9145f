"""Prices of labels: the numbers drawn."""

from __future__ import annotations

import pandas as pd
import pytest

from infoplane.errors import InfoplaneError
from infoplane.figures.papers.achille_2018 import exchange_figure, price_figure, price_points
from infoplane.tables import LABEL_PRICES, table

ROWS = [
    {
        **{"variation": variation, "labels": labels, "draw": draw, "price": price},
        **{"examples": 100, "parameters": 9, "label_bits": 300.0, "accuracy": 1.0},
        **{"kept_bits": kept + 10.0 * draw, "weight_bits": 4 * kept, "test_accuracy": 0.5},
    }
    for variation in ("first", "second")
    for labels in ("true", "random")
    for draw in range(2)
    for price, kept in ((0.1, 280.0), (1.0, 100.0), (10.0, 0.0))
]
NETWORKS = table(ROWS, LABEL_PRICES)


def test_bits_are_a_label_and_spread_over_draws() -> None:
    points = price_points(NETWORKS)
    assert len(points) == 12
    first = points.iloc[0]
    assert [first[c] for c in ("kept", "least", "most", "weights", "label")] == [
        pytest.approx(value) for value in (2.85, 2.8, 2.9, 11.2, 3)
    ]


def test_a_panel_a_variation() -> None:
    figure = price_figure(NETWORKS)
    assert [axes.get_title("left") for axes in figure.axes] == ["First", "Second"]


def test_what_it_takes_stands_beside_the_price() -> None:
    figure = exchange_figure(NETWORKS, title="The price")
    assert len(figure.axes) == 4
    diagonal = figure.axes[1].lines[0]
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())
    drawn = figure.axes[1].lines[2]
    assert list(drawn.get_xdata()) == [11.2, 4.0]  # none is drawn of weights that say nothing


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(InfoplaneError, match="label prices table lacks kept_bits"):
        price_points(pd.DataFrame(NETWORKS).drop(columns="kept_bits"))
