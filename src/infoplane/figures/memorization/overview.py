"""The figure of one run: the learned–memorized plane, its courses, and M against depth."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures.drawing import style
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
    rows = 2 if training is None else 3
    figure = style.new_figure(9.6, 6.4)
    grid = figure.add_gridspec(6, 2, width_ratios=[1.5, 1])
    plane, depth = figure.add_subplot(grid[:4, 0]), figure.add_subplot(grid[4:, 0])
    height = 6 // rows
    right = [figure.add_subplot(grid[row * height : (row + 1) * height, 1]) for row in range(rows)]
    share_room([plane], points)
    others = other_decoders(measurements, points.estimator.iloc[0])
    draw_other_paths(plane, others)
    draw_paths(plane, points)
    draw_compass(plane, points)
    norm = epoch_norm(epochs, log_span=EARLY)
    epoch_bar(figure, [plane], norm, epochs, log_span=EARLY)
    draw_depth(depth, points, others)
    courses = {"learned": right[0], "memorized": right[-1]}
    for value, axes in courses.items():
        draw_course(axes, points, value, epochs=epochs)
    if training is not None:
        draw_accuracy_on_test(right[1], training, epochs=epochs)
    for axes in right[:-1]:
        axes.set_xlabel("")
        axes.tick_params(labelbottom=False)
    style.panel_title(depth, f"memorized by each layer at epoch {max(epochs):,}")
    style.panel_title(right[0], "learned first …")
    style.panel_title(right[-1], "… memorized later")
    style.header(figure, title, about(points))
    style.legend_below(figure, plane_entries(points) + other_entries(others), columns=4)
    style.settle(figure)
    for value, axes in courses.items():
        name_courses(axes, points, value)
    style.settle(figure)
    name_paths(plane, points)
    return figure
