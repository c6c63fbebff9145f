"""The figure of one run: the learned–memorized plane, its courses, and M against depth."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_bar, epoch_norm
from infoplane.figures.memorization.curves import (
    draw_accuracy_on_test,
    draw_course,
    draw_depth,
    name_courses,
)
from infoplane.figures.memorization.limits import draw_compass, share_room
from infoplane.figures.memorization.plane import about, learned_memorized_points, other_decoders
from infoplane.figures.memorization.plane_marks import (
    EARLY,
    draw_other_paths,
    draw_paths,
    name_paths,
    other_entries,
    plane_entries,
)


@style.styled
def memorization_figure(
    measurements: pd.DataFrame,
    training: pd.DataFrame | None = None,
    *,
    estimator: str | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the learned–memorized plane with its companions, for one run.

    At the left the plane, and M against depth at the end of training; at the right held-out
    I(T;Y), clean test accuracy where the training table is given, and M, against the epoch.

    Args:
        measurements: the measurements table of one run on corrupted labels.
        training: its training table, with rows of subset ``"test"``.
        estimator: the decoder's name in the table; the strongest there is if not given.
        title: written above.

    Raises:
        InfoplaneError: as ``learned_memorized_points``, which gives the numbers drawn, and where
            ``training`` has no test rows.
    """
    points = learned_memorized_points(measurements, estimator=estimator)
    epochs = list(points.epoch)
    figure, plane, depth, right = _panels(2 if training is None else 3)
    share_room([plane], points)
    others = other_decoders(measurements, points.estimator.iloc[0])
    draw_other_paths(plane, others)
    draw_paths(plane, points)
    draw_compass(plane, points)
    norm = epoch_norm(epochs, log_span=EARLY)
    stacked = layout.side_by_side(2) == 1
    epoch_bar([plane], norm, epochs, log_span=EARLY, above=stacked)
    draw_depth(depth, points, others)
    courses = {"learned": right[0], "memorized": right[-1]}
    for value, axes in courses.items():
        draw_course(axes, points, value, epochs=epochs)
    if training is not None:
        draw_accuracy_on_test(right[1], training, epochs=epochs)
    for axes in right[:-1]:
        axes.set_xlabel("")
        axes.tick_params(labelbottom=False)
    layout.panel_title(depth, f"memorized by each layer at epoch {max(epochs):,}")
    layout.panel_title(right[0], "learned first …")
    layout.panel_title(right[-1], "… memorized later")
    layout.header(figure, title, about(points))
    layout.legend_below(figure, plane_entries(points) + other_entries(others), columns=4)
    layout.settle(figure)
    for value, axes in courses.items():
        name_courses(axes, points, value)
    layout.settle(figure)
    name_paths(plane, points)
    return figure


def _panels(rows: int) -> tuple[Figure, Axes, Axes, list[Axes]]:
    """The plane and, below it, M by depth; beside them, where there is room, so many courses."""
    if layout.side_by_side(2) == 1:
        figure = layout.new_figure(4.4, 5.4 + 1.9 * rows)
        cells = list(figure.subplots(2 + rows, 1, height_ratios=[3.0, *[1.0] * (1 + rows)]))
        return figure, cells[0], cells[1], cells[2:]
    figure = layout.new_figure(9.6, 6.4)
    grid = figure.add_gridspec(6, 2, width_ratios=[1.5, 1])
    plane, depth = figure.add_subplot(grid[:4, 0]), figure.add_subplot(grid[4:, 0])
    high = 6 // rows
    right = [figure.add_subplot(grid[row * high : (row + 1) * high, 1]) for row in range(rows)]
    return figure, plane, depth, right
