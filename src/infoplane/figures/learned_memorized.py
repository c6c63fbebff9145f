"""The learned–memorized plane: what each layer learns against what it memorizes, by epoch."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from infoplane.errors import InfoplaneError
from infoplane.figures import style
from infoplane.figures.epochs import epoch_bar, epoch_norm
from infoplane.figures.learned_memorized_drawing import (
    EARLY,
    draw_paths,
    name_paths,
    plane_entries,
)
from infoplane.figures.learned_memorized_room import draw_compass, share_room
from infoplane.figures.points import over_members, select
from infoplane.tables import I_TY, M

DECODER = "k-NN decoder"
KEY = ["layer", "depth", "epoch"]
ABOUT = ["members", "n", "resolution", "estimator"]


def learned_memorized_points(
    measurements: pd.DataFrame, *, estimator: str = DECODER
) -> pd.DataFrame:
    """Return the points of the plane: one row for each layer (the input too) and epoch, in bits.

    Args:
        measurements: the measurements table of one run on corrupted labels.
        estimator: the decoder's name in the table.

    Returns:
        Columns ``layer, depth, epoch``; ``learned``, held-out I(T;Y), and ``memorized``, M on the
        training examples, means over members, each with its standard deviation over members
        ``…_sd`` (NaN for one), the standard error of one member's value ``…_error`` and its
        ``…_ceiling``, H(Y) and H(Ỹ|Y); ``control, control_sd, control_error``, M on test examples
        with fresh noise (NaN where not measured); ``members, n, resolution, estimator``.

    Raises:
        InfoplaneError: where the run measured no memorized part, or runs are mixed.
    """
    if "standard_error" not in measurements:
        measurements = measurements.assign(standard_error=float("nan"))
    memorized = _part(measurements, M, "train", estimator, "memorized")
    learned = _part(measurements, I_TY, "test", estimator, "learned").drop(columns=ABOUT)
    points = learned.merge(memorized, on=KEY)
    is_control = (measurements["quantity"] == M) & (measurements["subset"] == "test")
    if (is_control & (measurements["estimator"] == estimator)).any():
        control = _part(measurements, M, "test", estimator, "control")
        columns = [*KEY, "control", "control_sd", "control_error"]
        return points.merge(control[columns], on=KEY, how="left")
    return points.assign(control=float("nan"), control_sd=float("nan"), control_error=float("nan"))


@style.styled
def learned_memorized_plane(
    measurements: pd.DataFrame, *, estimator: str = DECODER, title: str | None = None
) -> Figure:
    """Draw the learned–memorized plane of one run: one path a layer, coloured by epoch.

    To the right a layer knows more of the true class of fresh examples; upwards it holds more of
    the seen labels of the training examples beyond their true class. The walls are H(Y) and
    H(Ỹ|Y), all there is to learn and to memorize; the grey band at zero is the control. A ring is
    the first epoch of a path, a large point its last, a square a layer that does not move.

    Arguments and errors are those of ``learned_memorized_points``, which gives the numbers drawn.
    """
    points = learned_memorized_points(measurements, estimator=estimator)
    figure = style.new_figure(6.0, 4.9)
    axes = figure.subplots()
    share_room([axes], points)
    draw_paths(axes, points)
    draw_compass(axes, points)
    norm = epoch_norm(points.epoch, log_span=EARLY)
    epoch_bar(figure, [axes], norm, points.epoch, log_span=EARLY)
    style.header(figure, title, about(points))
    style.legend_below(figure, plane_entries(points), columns=4)
    style.settle(figure)
    name_paths(axes, points)
    return figure


@style.styled
def learned_memorized_planes(
    runs: Mapping[str, pd.DataFrame],
    *,
    estimator: str = DECODER,
    title: str | None = None,
    columns: int = 3,
) -> Figure:
    """Draw the planes of several runs on the same axes and colours, one under each title.

    Args:
        runs: the measurements table of each run under its title.
        estimator: the decoder's name in the tables.
        title: written above all.
        columns: planes in a row.

    Raises:
        InfoplaneError: where there is no run, or one of them cannot be drawn.
    """
    if not runs:
        raise InfoplaneError("runs is empty; give the measurements of at least one run.")
    panels = {
        name: learned_memorized_points(measurements, estimator=estimator)
        for name, measurements in runs.items()
    }
    together = pd.concat(list(panels.values()), ignore_index=True)
    columns = min(columns, len(panels))
    lines = -(-len(panels) // columns)
    figure = style.new_figure(0.9 + 2.6 * columns, 0.9 + 2.5 * lines)
    grid = list(figure.subplots(lines, columns, squeeze=False).flatten())
    for spare in grid[len(panels) :]:
        spare.remove()
    del grid[len(panels) :]
    share_room(grid, together)
    norm = epoch_norm(together.epoch, log_span=EARLY)
    for i, (axes, (name, points)) in enumerate(zip(grid, panels.items(), strict=True)):
        draw_paths(axes, points, norm=norm)
        style.panel_title(axes, name)
        axes.set_xlabel("learned  [bits]" if i + columns >= len(panels) else "")
        axes.set_ylabel("memorized  [bits]" if i % columns == 0 else "")
    draw_compass(grid[-1], list(panels.values())[-1])
    epoch_bar(figure, grid, norm, together.epoch, log_span=EARLY)
    style.header(figure, title, about(together))
    style.legend_below(figure, plane_entries(together), columns=4)
    style.settle(figure)
    for axes, points in zip(grid, panels.values(), strict=True):
        name_paths(axes, points)
    return figure


def about(points: pd.DataFrame) -> str:
    """Say in one line how the points were measured."""
    first, members = points.iloc[0], int(points.members.max())
    networks = "1 network" if members == 1 else f"mean of {members} networks"
    return f"{int(points.n.max()):,} examples · {first.estimator} ({first.resolution}) · {networks}"


def _part(
    measurements: pd.DataFrame, quantity: str, subset: str, estimator: str, name: str
) -> pd.DataFrame:
    """One quantity over members, its columns under this name."""
    rows = select(measurements, [quantity], subset=subset, estimator=estimator, with_input=True)
    errors = rows.groupby(KEY).standard_error.mean().rename(f"{name}_error")
    points = over_members(rows).join(errors, on=KEY)
    points = points.rename(columns={"bits": name, "sd": f"{name}_sd", "ceiling": f"{name}_ceiling"})
    return points[[*KEY, name, f"{name}_sd", f"{name}_error", f"{name}_ceiling", *ABOUT]]
