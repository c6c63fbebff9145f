"""Names of lines, written at the right of the axes where each line ends, kept apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.layer_names import merged_name, together

ONE_LINE = 1.5  # points of paper: ends nearer than this look like one line


def label_lines(
    axes: Axes, ends: NDArray[np.float64], names: Sequence[str], colours: Sequence[str]
) -> None:
    """Write the names of lines at the right of the axes, each at the height of its line's end.

    Lines that end together share a name. The axes must have their final height and limits.

    Args:
        axes: where the lines are.
        ends: where each line ends, in data coordinates, [lines, 2].
        names: one for each, in order of depth.
        colours: one for each.
    """
    height = axes.get_window_extent().height / layout.pixels_per_point(axes)  # points of paper
    shares = axes.transAxes.inverted().transform(axes.transData.transform(ends))  # [lines, 2]
    heights = shares[:, 1] * height
    line = style.SMALL * 1.25
    groups = _groups(heights, int(height / line))
    wanted = np.array([heights[group].mean() for group in groups])
    for group, place in zip(groups, _spread(wanted, line, height), strict=True):
        for i in group:
            _leader(axes, shares[i], place / height, colours[i])
        axes.text(
            1.05,
            place / height,
            merged_name([names[i] for i in group]),
            transform=axes.transAxes,
            size=style.SMALL,
            color=colours[group[len(group) // 2]],
            va="center",
        )


def _groups(heights: NDArray[np.float64], most: int) -> list[list[int]]:
    """Lines that share a name, from the lowest: neighbours that end together, more where many."""
    distance = ONE_LINE
    groups = together(heights[:, None], distance, neighbours=True)
    while len(groups) > max(most, 1):
        distance *= 1.5
        groups = together(heights[:, None], distance)
    return sorted(groups, key=lambda group: heights[group].mean())


def _spread(wanted: NDArray[np.float64], gap: float, height: float) -> NDArray[np.float64]:
    """The places nearest to those wanted (sorted) that are a gap apart and inside the height."""
    steps = np.arange(len(wanted)) * gap
    places = isotonic_regression(wanted - steps).x
    return np.clip(places, gap / 2, max(height - gap / 2 - steps[-1], gap / 2)) + steps


def _leader(axes: Axes, start: NDArray[np.float64], end: float, colour: str) -> None:
    """A thin line from the end of a curve to its name, in parts of the axes."""
    axes.plot(
        [start[0], 1.01, 1.035, 1.043],
        [start[1], start[1], end, end],
        transform=axes.transAxes,
        color=colour,
        linewidth=0.6,
        alpha=0.6,  # a curve that ends early must not seem to go on
        clip_on=False,
        scalex=False,
        scaley=False,
    )
