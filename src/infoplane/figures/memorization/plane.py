"""The learned–memorized plane: what each layer learns against what it memorizes, by epoch."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_bar, epoch_norm
from infoplane.figures.drawing.frame import Frame
from infoplane.figures.drawing.selection import check_table, over_members, select
from infoplane.figures.memorization.limits import draw_compass, share_room
from infoplane.figures.memorization.plane_marks import (
    EARLY,
    draw_other_paths,
    draw_paths,
    name_paths,
    other_entries,
    plane_entries,
)
from infoplane.names import I_TY, STRONGEST, TEST, TRAIN, M
from infoplane.tables import decoders, learned_subset

KEY = ["layer", "depth", "epoch"]
ABOUT = ["members", "n", "resolution", "estimator"]


def learned_memorized_points(
    measurements: pd.DataFrame, *, estimator: str | None = None
) -> pd.DataFrame:
    """Return the points of the plane: one row for each layer (the input too) and epoch, in bits.

    Where the input itself says something of the seen labels beyond the true ones (copies of an
    image, noise that depends on it), ``memorized`` is what a layer says beyond the input.

    Args:
        measurements: the measurements table of one run on corrupted labels.
        estimator: the decoder's name in the table; the strongest there is if not given.

    Returns:
        Columns ``layer, depth, epoch``; ``learned``, held-out I(T;Y), and ``memorized``, M on the
        training examples, means over members, each with its standard deviation over members
        ``…_sd`` (NaN for one), the standard error of one member's value ``…_error``, its
        ``…_ceiling``, H(Y) and H(Ỹ|Y), and whether it is inside its null, ``…_inside``;
        ``control`` with the same, M on test examples with fresh noise (NaN where not measured);
        ``of_input``, the bits of the input that were taken off; ``members, n, resolution,
        estimator``.

    Raises:
        InfoplaneError: where the run measured no memorized part, or runs are mixed.
    """
    estimator = estimator or _strongest(measurements)
    memorized = _part(measurements, M, TRAIN, estimator, "memorized")
    learned = _part(measurements, I_TY, learned_subset(measurements), estimator, "learned")
    learned = learned.drop(columns=ABOUT)
    points = _beyond_input(learned.merge(memorized, on=KEY))
    is_control = (measurements["quantity"] == M) & (measurements["subset"] == TEST)
    if (is_control & (measurements["estimator"] == estimator)).any():
        control = _part(measurements, M, TEST, estimator, "control")
        columns = [*KEY, "control", "control_sd", "control_error", "control_inside"]
        return points.merge(control[columns], on=KEY, how="left")
    unknown = dict.fromkeys(("control", "control_sd", "control_error"), float("nan"))
    return points.assign(**unknown, control_inside=False)


def other_decoders(measurements: pd.DataFrame, drawn: str) -> dict[str, pd.DataFrame]:
    """Return the points by each other decoder that the run was measured with."""
    others = [name for name in decoders(measurements) if name not in (drawn, STRONGEST)]
    return {name: learned_memorized_points(measurements, estimator=name) for name in others}


@style.styled
def learned_memorized_plane(
    measurements: pd.DataFrame,
    *,
    estimator: str | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the learned–memorized plane of one run: one path a layer, coloured by epoch.

    To the right a layer knows more of the true class of fresh examples; upwards it holds more of
    the seen labels of the training examples beyond their true class. The walls are H(Y) and
    H(Ỹ|Y), all there is to learn and to memorize; the grey band at zero is the control. A large
    point is the last epoch of a path, a hollow one is inside the null of M, a square is a layer
    that does not move. Thin lines are the same layers as each other decoder reads them.

    Arguments and errors are those of ``learned_memorized_points``, which gives the numbers drawn;
    ``ax`` are axes to draw on, whose figure is returned, instead of those of a new one.
    """
    points = learned_memorized_points(measurements, estimator=estimator)
    frame = Frame.of(ax, 6.0, 4.9)
    axes = frame.axes
    share_room([axes], points)
    others = other_decoders(measurements, points.estimator.iloc[0])
    draw_other_paths(axes, others)
    draw_paths(axes, points)
    if learned_subset(measurements) == TRAIN:
        axes.set_xlabel("learned: I(T;Y) on train  [bits]")
    draw_compass(axes, points)
    norm = epoch_norm(points.epoch, log_span=EARLY)
    epoch_bar([axes], norm, points.epoch, log_span=EARLY)
    frame.header(title, about(points))
    frame.legend(plane_entries(points) + other_entries(others), columns=3)
    layout.settle(frame.figure)
    name_paths(axes, points)
    return frame.figure


@style.styled
def learned_memorized_planes(
    runs: Mapping[str, pd.DataFrame],
    *,
    estimator: str | None = None,
    title: str | None = None,
    columns: int = 3,
) -> Figure:
    """Draw the planes of several runs on the same axes and colours, one under each title.

    Args:
        runs: the measurements table of each run under its title.
        estimator: the decoder's name in the tables; the strongest there is if not given.
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
    figure, grid, columns = layout.panels(len(panels), columns, cell=(2.6, 2.5), around=(0.9, 0.9))
    share_room(grid, together)
    norm = epoch_norm(together.epoch, log_span=EARLY)
    for i, (axes, (name, points)) in enumerate(zip(grid, panels.items(), strict=True)):
        draw_paths(axes, points, norm=norm)
        layout.panel_title(axes, name)
        axes.set_xlabel("learned  [bits]" if i + columns >= len(panels) else "")
        axes.set_ylabel("memorized  [bits]" if i % columns == 0 else "")
    draw_compass(grid[-1], list(panels.values())[-1])
    epoch_bar(grid, norm, together.epoch, log_span=EARLY)
    layout.header(figure, title, about(together))
    layout.legend_below(figure, plane_entries(together), columns=4)
    layout.settle(figure)
    for axes, points in zip(grid, panels.values(), strict=True):
        name_paths(axes, points)
    return figure


def about(points: pd.DataFrame) -> str:
    """Say in one line how the points were measured."""
    first, members = points.iloc[0], int(points.members.max())
    networks = "1 network" if members == 1 else f"mean of {members} networks"
    taken = points.of_input.max()
    beyond = f" · less the {taken:.2f} bits that the input says" if taken > 0 else ""
    how = f"{first.estimator} ({first.resolution})"
    return f"{int(points.n.max()):,} examples · {how} · {networks}{beyond}"


def _strongest(measurements: pd.DataFrame) -> str:
    check_table(measurements, ["quantity", "estimator"], "measurements")
    return next(iter(decoders(measurements)), STRONGEST)


def _beyond_input(points: pd.DataFrame) -> pd.DataFrame:
    """Take M of the input off that of the layers, where it is above its null."""
    at_input = points[(points.depth == 0) & ~points.memorized_inside & (points.memorized > 0)]
    null_known = at_input.memorized_p.notna()
    of_input = at_input[null_known].set_index("epoch").memorized
    taken = points.epoch.map(of_input).fillna(0.0) * (points.depth > 0)
    return points.assign(memorized=points.memorized - taken, of_input=taken)


def _part(
    measurements: pd.DataFrame, quantity: str, subset: str, estimator: str, name: str
) -> pd.DataFrame:
    """One quantity over members, its columns under this name."""
    rows = select(measurements, [quantity], subset=subset, estimator=estimator, with_input=True)
    errors = rows.groupby(KEY).standard_error.mean().rename(f"{name}_error")
    points = over_members(rows).join(errors, on=KEY)
    points = points.rename(columns={"bits": name, "sd": f"{name}_sd", "ceiling": f"{name}_ceiling"})
    points = points.rename(columns={"inside_null": f"{name}_inside", "p_value": f"{name}_p"})
    of = [f"{name}_{about}" for about in ("sd", "error", "ceiling", "p", "inside")]
    return points[[*KEY, name, *of, *ABOUT]]
