"""The learned–memorized plane: what each layer learns against what it memorizes, by epoch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from infoplane.figures import style
from infoplane.figures.epochs import epoch_bar, epoch_norm
from infoplane.figures.point_labels import label_points
from infoplane.figures.points import over_members, select
from infoplane.tables import I_TY, M

DECODER = "k-NN decoder"
DOT = 11.0  # points²


def learned_memorized_points(
    measurements: pd.DataFrame, *, estimator: str = DECODER
) -> pd.DataFrame:
    """Return the points of the plane: one row for each layer (the input too) and epoch, in bits.

    Args:
        measurements: the measurements table of one run on corrupted labels.
        estimator: the decoder's name in the table.

    Returns:
        Columns ``layer, depth, epoch``; ``learned``, held-out I(T;Y), and ``memorized``, M on the
        training examples, means over members; ``learned_sd, memorized_sd``; ``learned_ceiling`` =
        H(Y) and ``memorized_ceiling`` = H(Ỹ|Y); ``control``, M on test examples with fresh noise;
        ``members, n, resolution, estimator``.

    Raises:
        InfoplaneError: where the run measured no memorized part, or runs are mixed.
    """
    key = ["layer", "depth", "epoch"]

    def part(quantity: str, subset: str, name: str) -> pd.DataFrame:
        rows = select(measurements, [quantity], subset=subset, estimator=estimator, with_input=True)
        names = {"bits": name, "sd": f"{name}_sd", "ceiling": f"{name}_ceiling"}
        return over_members(rows).rename(columns=names)

    memorized = part(M, "train", "memorized")
    about = ["members", "n", "resolution", "estimator"]
    points = memorized[[*key, "memorized", "memorized_sd", "memorized_ceiling", *about]]
    learned = part(I_TY, "test", "learned")[[*key, "learned", "learned_sd", "learned_ceiling"]]
    control = part(M, "test", "control")[[*key, "control", "control_sd"]]
    return points.merge(learned, on=key).merge(control, on=key)


@style.styled
def learned_memorized_plane(
    measurements: pd.DataFrame, *, estimator: str = DECODER, title: str | None = None
) -> Figure:
    """Draw the learned–memorized plane of one run: one path a layer, coloured by epoch.

    To the right a layer knows more of the true class of fresh examples; upwards it holds more of
    the seen labels of the training examples beyond their true class. Lines are the ceilings.

    Arguments and errors are those of ``learned_memorized_points``, which gives the numbers drawn.
    """
    points = learned_memorized_points(measurements, estimator=estimator)
    figure = style.new_figure(style.COLUMN_WIDTH + 0.6, 4.0)
    axes = figure.subplots()
    draw_paths(axes, points)
    epoch_bar(figure, [axes], epoch_norm(points.epoch), points.epoch)
    style.header(figure, title, about(points))
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
    """Draw the planes of several runs on the same axes, one under each title.

    Args:
        runs: the measurements table of each run under its title.
        estimator: the decoder's name in the tables.
        title: written above all.
        columns: planes in a row.
    """
    panels = {
        name: learned_memorized_points(measurements, estimator=estimator)
        for name, measurements in runs.items()
    }
    together = pd.concat(list(panels.values()), ignore_index=True)
    columns = min(columns, len(panels))
    lines = -(-len(panels) // columns)
    figure = style.new_figure(0.9 + 2.6 * columns, 0.7 + 2.5 * lines)
    grid = list(figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).flatten())
    for spare in grid[len(panels) :]:
        spare.remove()
    norm = epoch_norm(together.epoch)
    for axes, (name, points) in zip(grid, panels.items(), strict=False):
        draw_paths(axes, points, norm=norm, hints=False)
        style.panel_title(axes, name)
        axes.label_outer()
    _limits(grid[0], together)
    epoch_bar(figure, grid[: len(panels)], norm, together.epoch)
    style.header(figure, title, about(together))
    style.settle(figure)
    for axes, points in zip(grid, panels.values(), strict=False):
        name_paths(axes, points)
    return figure


def draw_paths(
    axes: Axes, points: pd.DataFrame, *, norm: Normalize | None = None, hints: bool = True
) -> None:
    """Draw one path a layer on these axes, with the ceilings; ``name_paths`` writes the names."""
    norm = norm or epoch_norm(points.epoch)
    _limits(axes, points)
    _ceilings(axes, points)
    for _, path in points.groupby("depth"):
        path = path.sort_values("epoch")
        places = path[["learned", "memorized"]].to_numpy()
        colours = style.EPOCHS(norm(path.epoch.to_numpy()))
        segments = np.stack([places[:-1], places[1:]], axis=1)  # [epochs - 1, 2, 2]
        axes.add_collection(
            LineCollection(list(segments), colors=colours[1:], linewidths=1.3, zorder=2),
            autolim=False,
        )
        axes.scatter(*places.T, s=DOT, c=colours, edgecolors="white", linewidths=0.3, zorder=3)
        axes.scatter(
            *places[-1:].T,
            s=3 * DOT,
            c=colours[-1:],
            edgecolors=style.INK,
            linewidths=0.7,
            zorder=4,
        )
    if hints:
        _hints(axes)
    axes.set_xlabel("learned: held-out I(T;Y)  [bits]")
    axes.set_ylabel("memorized: M = I(T;Ỹ|Y) on train  [bits]")


def name_paths(axes: Axes, points: pd.DataFrame) -> None:
    """Write each layer's name at the end of its path, once the axes have their place."""
    last = points.sort_values("epoch").groupby("depth").tail(1).sort_values("depth")
    inside = np.array([axes.get_xlim(), axes.get_ylim()]).T
    label_points(
        axes,
        last[["learned", "memorized"]].to_numpy(),
        list(last.layer),
        points[["learned", "memorized"]].to_numpy(),
        inside=inside,
        lines=np.array([0.0]),
    )


def about(points: pd.DataFrame) -> str:
    """Say in one line how the points were measured."""
    first, members = points.iloc[0], int(points.members.max())
    networks = "1 network" if members == 1 else f"mean of {members} networks"
    return f"{int(points.n.max()):,} examples · {first.estimator} ({first.resolution}) · {networks}"


def _limits(axes: Axes, points: pd.DataFrame) -> None:
    for set_limits, name in ((axes.set_xlim, "learned"), (axes.set_ylim, "memorized")):
        high = float(np.nanmax([points[name].max(), points[f"{name}_ceiling"].max()]))
        low = min(float(points[name].min()), 0.0)
        set_limits(low - 0.04 * (high - low), high + 0.09 * (high - low))


def _ceilings(axes: Axes, points: pd.DataFrame) -> None:
    right, top = points.learned_ceiling.max(), points.memorized_ceiling.max()
    line = {"color": style.MUTED, "linewidth": 0.6, "linestyle": (0, (6, 3)), "zorder": 1}
    axes.axhline(0, color=style.FAINT, linewidth=0.8, zorder=0)
    axes.axhline(top, **line)
    axes.axvline(right, **line)
    text = {"size": style.SMALL, "color": style.MUTED, "in_layout": False}
    axes.annotate(
        f"H(Ỹ|Y) = {top:.2f}", (0.015, top), xycoords=("axes fraction", "data"),
        xytext=(0, 3), textcoords="offset points", **text,
    )  # fmt: skip
    axes.annotate(
        f"H(Y) = {right:.2f}", (right, 0.35), xycoords=("data", "axes fraction"),
        xytext=(3, 0), textcoords="offset points", rotation=90, **text,
    )  # fmt: skip


def _hints(axes: Axes) -> None:
    """How to read the two directions."""
    style_of = {"size": style.SMALL, "style": "italic", "color": style.MUTED, "in_layout": False}
    axes.text(0.5, 0.012, "learns →", transform=axes.transAxes, ha="center", **style_of)
    axes.text(
        0.012, 0.5, "memorizes →", transform=axes.transAxes, rotation=90, va="center", **style_of
    )
