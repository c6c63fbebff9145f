"""``ax=``: every figure of a single panel is drawn on axes of one's own, and on nothing else."""

from __future__ import annotations

import inspect
from typing import get_type_hints

import pytest
from every_figure import BINS, EVERY
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoplane import figures
from infoplane.errors import InfoplaneError
from infoplane.figures import information_curves


def _draws(name: str) -> bool:
    function = getattr(figures, name)
    return inspect.isfunction(function) and get_type_hints(function).get("return") is Figure


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]


def labels(axes: Axes) -> list[str]:
    """What is written along both axes, however it is broken into lines."""
    return [" ".join(label.split()) for label in (axes.get_xlabel(), axes.get_ylabel())]


def takes_axes(name: str) -> bool:
    return "ax" in inspect.signature(getattr(figures, name)).parameters


def test_every_public_figure_is_tried_here() -> None:
    assert set(EVERY) == {name for name in figures.__all__ if _draws(name)}


OF_ONE_PANEL = [name for name in EVERY if takes_axes(name)]


@pytest.mark.trials
@pytest.mark.parametrize("name", sorted(set(EVERY) - set(OF_ONE_PANEL)))
def test_those_that_take_no_axes_draw_several_panels(name: str) -> None:
    assert len(panels(EVERY[name]())) > 1, f"{name} draws a single panel: give it ax="


@pytest.mark.parametrize("name", OF_ONE_PANEL)
def test_a_single_panel_is_drawn_on_axes_that_are_given(name: str) -> None:
    alone = EVERY[name]()
    (panel,) = panels(alone)
    own = Figure(figsize=(9, 4), layout="constrained")
    left, right = own.subplots(1, 2)
    assert EVERY[name](title="A title", ax=right) is own
    assert panels(own) == [left, right]
    assert not left.has_data()
    assert labels(right) == labels(panel)
    assert len(right.collections) == len(panel.collections)
    assert right.get_title("left").startswith("A title\n")
    assert own.texts == []
    assert own.legends == []
    legend = right.get_legend()
    assert (legend is None) == (not alone.legends)
    own.draw_without_rendering()
    if legend is not None:
        assert not legend.get_window_extent().overlaps(right.get_window_extent())
        assert legend.get_window_extent().y0 >= -1


def test_axes_of_a_part_of_a_figure() -> None:
    own = Figure(layout="constrained")
    part = own.subfigures(2, 1)[0]  # pyright: ignore[reportIndexIssue]
    assert figures.information_plane(BINS, ax=part.subplots()) is own


def test_several_quantities_do_not_fit_one_panel() -> None:
    with pytest.raises(InfoplaneError, match=r"the quantities are I\(X;T\), I\(T;Y\); give one"):
        information_curves(BINS, ax=Figure().subplots())
