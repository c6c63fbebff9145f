"""Beside the plane: M and held-out I(T;Y) against the epoch with the control, M against depth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures import style
from infoplane.figures.epochs import epoch_axis, epoch_bar, epoch_norm
from infoplane.figures.learned_memorized import (
    DECODER,
    about,
    draw_paths,
    learned_memorized_points,
    name_paths,
)
from infoplane.figures.line_labels import label_lines


@style.styled
def memorization_figure(
    measurements: pd.DataFrame, *, estimator: str = DECODER, title: str | None = None
) -> Figure:
    """Draw the learned–memorized plane with its three companions, for one run.

    Bands are one standard deviation over members; the grey band of M is the control, on test
    examples with fresh noise, from the lowest to the highest layer.

    Arguments and errors are those of ``learned_memorized_points``, which gives the numbers drawn.
    """
    points = learned_memorized_points(measurements, estimator=estimator)
    figure = style.new_figure(style.PAGE_WIDTH + 1.6, 5.4)
    grid = figure.add_gridspec(3, 2, width_ratios=[1.35, 1])
    plane = figure.add_subplot(grid[:, 0])
    panels = [figure.add_subplot(grid[row, 1]) for row in range(3)]
    draw_paths(plane, points)
    epoch_bar(figure, [plane], epoch_norm(points.epoch), points.epoch)
    draw_course(panels[0], points, "memorized", "M on train  [bits]")
    _control(panels[0], points)
    draw_course(panels[1], points, "learned", "held-out I(T;Y)  [bits]")
    draw_depth(panels[2], points)
    style.header(figure, title, about(points))
    style.legend_below(figure, _entries(points), columns=3)
    style.settle(figure)
    name_paths(plane, points)
    for axes, value in zip(panels, ("memorized", "learned"), strict=False):
        _name_courses(axes, points, value)
    return figure


def draw_course(axes: Axes, points: pd.DataFrame, value: str, label: str) -> None:
    """Draw ``memorized`` or ``learned`` of each layer against the epoch."""
    epoch_axis(axes, list(points.epoch))
    colours = style.layer_colours(list(points.depth))
    for depth, layer in points.groupby("depth"):
        layer = layer.sort_values("epoch")
        colour = colours[int(str(depth))]
        axes.plot(layer.epoch, layer[value], color=colour, zorder=3)
        if layer[f"{value}_sd"].notna().any():
            low, high = (layer[value] + s * layer[f"{value}_sd"] for s in (-1, 1))
            axes.fill_between(layer.epoch, low, high, color=colour, alpha=0.18, linewidth=0)
    top = points[f"{value}_ceiling"].max()
    axes.axhline(top, color=style.MUTED, linewidth=0.6, linestyle=(0, (6, 3)))
    axes.axhline(0, color=style.FAINT, linewidth=0.8, zorder=0)
    axes.set_ylim(min(float(points[value].min()), 0) - 0.05 * top, 1.08 * top)
    axes.set_ylabel(label)


def draw_depth(axes: Axes, points: pd.DataFrame) -> None:
    """Draw M against depth at the last epoch, and the control."""
    last = points[points.epoch == points.epoch.max()].sort_values("depth")
    colours = style.layer_colours(list(last.depth))
    axes.plot(last.depth, last.memorized, color=style.FAINT, zorder=1)
    axes.errorbar(
        last.depth, last.memorized, yerr=last.memorized_sd.fillna(0),
        fmt="none", ecolor=style.INK, elinewidth=0.7, zorder=2,
    )  # fmt: skip
    axes.scatter(last.depth, last.memorized, s=22, c=[colours[d] for d in last.depth], zorder=3)
    axes.plot(last.depth, last.control, color=style.MUTED, marker="_", linestyle="none")
    top = last.memorized_ceiling.max()
    axes.axhline(top, color=style.MUTED, linewidth=0.6, linestyle=(0, (6, 3)))
    axes.axhline(0, color=style.FAINT, linewidth=0.8, zorder=0)
    axes.set_ylim(min(float(last.memorized.min()), 0) - 0.07 * top, 1.1 * top)
    axes.set_xticks(list(last.depth), [name.removeprefix("layer") for name in last.layer])
    axes.set_xlabel(f"layer, at epoch {int(last.epoch.iloc[0]):,}")
    axes.set_ylabel("M on train  [bits]")


@style.styled
def memorized_by_depth(
    runs: Mapping[str, pd.DataFrame], *, estimator: str = DECODER, title: str | None = None
) -> Figure:
    """Draw the index M / H(Ỹ|Y) against depth at the end of training, a line a run.

    Args:
        runs: the measurements table of each run under its name.
        estimator: the decoder's name in the tables.
        title: written above.
    """
    figure = style.new_figure(style.COLUMN_WIDTH, 3.2)
    axes = figure.subplots()
    ends, colours = [], []
    for i, (_name, measurements) in enumerate(runs.items()):
        points = learned_memorized_points(measurements, estimator=estimator)
        last = points[points.epoch == points.epoch.max()].sort_values("depth")
        index = last.memorized / last.memorized_ceiling
        colour = style.EPOCHS(0.1 + 0.85 * i / max(len(runs) - 1, 1))
        axes.plot(last.depth, index, color=colour, marker="o", markersize=3.5)
        axes.plot(
            last.depth,
            last.control / last.memorized_ceiling,
            color=colour,
            alpha=0.4,
            linestyle=":",
        )
        axes.set_xticks(list(last.depth), list(last.layer))
        ends.append((float(last.depth.iloc[-1]), float(index.iloc[-1])))
        colours.append(colour)
    axes.axhline(1, color=style.MUTED, linewidth=0.6, linestyle=(0, (6, 3)))
    axes.axhline(0, color=style.FAINT, linewidth=0.8, zorder=0)
    axes.set_ylabel("index M / H(Ỹ|Y)")
    style.header(figure, title, "memorized share at the end of training; dotted: control")
    style.settle(figure)
    label_lines(axes, np.array(ends), list(runs), colours)
    return figure


def _control(axes: Axes, points: pd.DataFrame) -> None:
    by_epoch = points.groupby("epoch").control
    low, high = by_epoch.min(), by_epoch.max()
    axes.fill_between(low.index, low, high, color=style.MUTED, alpha=0.35, linewidth=0, zorder=4)


def _name_courses(axes: Axes, points: pd.DataFrame, value: str) -> None:
    last = points.sort_values("epoch").groupby("depth").tail(1).sort_values("depth")
    colours = style.layer_colours(list(last.depth))
    ends = last[["epoch", value]].to_numpy(dtype=float)
    label_lines(axes, ends, list(last.layer), [colours[depth] for depth in last.depth])


def _entries(points: pd.DataFrame) -> list[style.Entry]:
    band = Line2D([], [], color=style.MUTED, alpha=0.5, linewidth=5, solid_capstyle="butt")
    dashed = Line2D([], [], color=style.MUTED, linewidth=0.8, linestyle=(0, (6, 3)))
    entries = [(band, "control: M on test with fresh noise"), (dashed, "ceiling")]
    members = int(points.members.max())
    if members > 1:
        spread = Line2D([], [], color=style.FAINT, linewidth=5, solid_capstyle="butt")
        entries.append((spread, f"band: ± sd of {members} networks"))
    return entries
