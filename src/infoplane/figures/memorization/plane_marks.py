"""The marks of a learned–memorized plane: paths by epoch, their names, and a legend."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from infoplane.figures.drawing import style
from infoplane.figures.drawing.epochs import epoch_norm
from infoplane.figures.drawing.point_labels import label_points
from infoplane.figures.memorization.limits import (
    PLACE,
    dense,
    draw_walls,
    draw_zero,
    layer_paths,
)

EARLY = 20  # epochs: learning takes the first few, so a longer training is drawn in log(1 + epoch)
MARKS = 8  # epochs marked on a path
DOT = 13.0  # points²
SMOOTH = 8  # colours between two epochs
DECODER_DASHES = ((0, (1, 1.5)), (0, (4, 2)), "-")  # of k-NN, linear and MLP
MOVED = 0.01  # bits: a layer that never moves further is drawn as one mark


def draw_paths(axes: Axes, points: pd.DataFrame, *, norm: Normalize | None = None) -> None:
    """Draw the room and one path a layer on these axes, whose limits ``share_room`` has set.

    Call ``name_paths`` for the layers' names once the axes have their final place.

    Args:
        axes: where to draw.
        points: the rows of ``learned_memorized_points``.
        norm: the norm of the epochs' colours, where several planes share one.
    """
    norm = norm or epoch_norm(points.epoch, log_span=EARLY)
    draw_walls(axes, points)
    draw_zero(axes, points)
    marked = marked_epochs(points.epoch, norm)
    for rank, (_, path) in enumerate(points.groupby("depth", sort=True)):
        path = path.sort_values("epoch")
        if np.ptp(path[PLACE].to_numpy(), axis=0).max() < MOVED and len(path) > 1:
            axes.scatter(
                path.learned.iloc[-1:], path.memorized.iloc[-1:], s=2.4 * DOT, marker="s",
                c=style.INPUT, edgecolors="white", linewidths=0.6, zorder=8,
            )  # fmt: skip
        else:
            _path(axes, path, norm, marked, zorder=3 + rank / 100)
    axes.set_xlabel("learned: held-out I(T;Y)  [bits]")
    axes.set_ylabel("memorized: M = I(T;Ỹ|Y) on train  [bits]")


def draw_other_paths(axes: Axes, others: Mapping[str, pd.DataFrame]) -> None:
    """Draw each layer as other decoders read it: thin lines, one dash pattern a decoder."""
    for dashes, points in zip(DECODER_DASHES, others.values(), strict=False):
        for path in layer_paths(points):
            axes.plot(path.learned, path.memorized, color=style.MUTED, linewidth=0.5, alpha=0.7,
                      linestyle=dashes, zorder=2)  # fmt: skip


def other_entries(others: Mapping[str, pd.DataFrame]) -> list[style.Entry]:
    """Return the legend's entries of ``draw_other_paths``."""
    lines = [Line2D([], [], color=style.MUTED, linewidth=0.7, linestyle=d) for d in DECODER_DASHES]
    return [(line, str(name)) for line, name in zip(lines, others, strict=False)]


def name_paths(axes: Axes, points: pd.DataFrame) -> None:
    """Write each layer's name at the end of its path, once the axes have their place."""
    last = ends(points)
    inside = np.array([axes.get_xlim(), axes.get_ylim()]).T
    walls = points[["learned_ceiling", "memorized_ceiling"]].max().to_numpy()
    inside[1] = np.fmin(inside[1], walls)
    cloud = np.concatenate([dense(path[PLACE].to_numpy(), 4) for path in layer_paths(points)])
    colours = style.layer_colours(list(points.depth))
    label_points(
        axes, last[PLACE].to_numpy(), list(last.layer), cloud, inside=inside, lines=np.array([0.0]),
        colours=[colours[depth] for depth in last.depth],
    )  # fmt: skip


def plane_entries(points: pd.DataFrame) -> list[style.Entry]:
    """Return the legend's entries for those marks that occur in these points."""
    members = int(points.members.max())
    several = points.epoch.nunique() > 1
    hollow = _mark("o", 4.5, face="white")
    inside = points.memorized_inside.any() and several
    zero = Line2D([], [], color=style.FAINT, linewidth=3.5, solid_capstyle="round")
    spread = Line2D([], [], color=style.INK, linewidth=0.7)
    error = "± standard error" if members == 1 else f"± sd of {members} networks"
    entries = (
        (inside, hollow, "M inside its null (p > .05)"),
        (several, _mark("o", 5.5, edge=style.INK), f"epoch {int(points.epoch.max()):,}"),
        (points.control.notna().any(), zero, "control: M on test, fresh noise"),
        (spreads(ends(points), "memorized").notna().any(), spread, error),
    )
    return [(mark, text) for occurs, mark, text in entries if occurs]


def marked_epochs(epochs: pd.Series, norm: Normalize) -> list[int]:
    """Return the epochs marked on every path: all where few, else as even as can be in colour."""
    measured = np.array(sorted(set(epochs)))
    if len(measured) <= MARKS:
        return measured.tolist()
    shares = np.asarray(norm(measured), dtype=float)
    nearest = np.abs(shares[None] - np.linspace(0, 1, MARKS)[:, None]).argmin(axis=1)
    return measured[np.unique(nearest)].tolist()


def ends(points: pd.DataFrame) -> pd.DataFrame:
    """Return the last row of each layer, in order of depth."""
    return points.sort_values("epoch").groupby("depth").tail(1).sort_values("depth")


def spreads(points: pd.DataFrame, value: str) -> pd.Series:
    """Return the sd over members or, of a single one, the standard error of its estimate."""
    return points[f"{value}_sd"].fillna(points[f"{value}_error"])


def _path(axes: Axes, path: pd.DataFrame, norm: Normalize, marked: list[int], zorder: float):
    """One layer: its line on a white edge, so that paths that cross stay apart, and its marks."""
    places, epochs = path[PLACE].to_numpy(), path.epoch.to_numpy()
    axes.plot(*places.T, color="white", linewidth=2.8, solid_joinstyle="round", zorder=zorder)
    fine = dense(np.column_stack([places, epochs]), SMOOTH)  # [steps, 3]
    segments = list(np.stack([fine[:-1, :2], fine[1:, :2]], axis=1))  # [steps - 1, 2, 2]
    colours = style.EPOCHS(norm((fine[:-1, 2] + fine[1:, 2]) / 2))
    line = LineCollection(segments, colors=colours, linewidths=1.5, capstyle="round", zorder=zorder)
    axes.add_collection(line, autolim=False)
    some = path[path.epoch.isin(marked[:-1])]
    colours = style.EPOCHS(norm(some.epoch))
    faces = np.where(some.memorized_inside.to_numpy()[:, None], 1.0, colours)
    edges = np.where(some.memorized_inside.to_numpy()[:, None], colours, 1.0)
    marks = {"c": list(faces), "edgecolors": list(edges), "linewidths": 0.6, "zorder": zorder}
    axes.scatter(some.learned, some.memorized, s=DOT, **marks)
    last = path.iloc[-1:]
    axes.errorbar(
        last.learned, last.memorized, yerr=spreads(last, "memorized"),
        xerr=spreads(last, "learned"), fmt="none", ecolor=style.INK, elinewidth=0.7, zorder=7,
    )  # fmt: skip
    face = "white" if path.memorized_inside.iloc[-1] else style.EPOCHS(norm(epochs[-1:]))
    axes.scatter(*places[-1:].T, s=2.8 * DOT, c=face, edgecolors=style.INK, linewidths=0.7,
                 zorder=7 + zorder / 100)  # fmt: skip


def _mark(marker: str, size: float, *, face: str = style.MUTED, edge: str = style.MUTED) -> Line2D:
    """A mark of the legend."""
    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=size, markerfacecolor=face,
        markeredgecolor=edge, markeredgewidth=0.8,
    )  # fmt: skip
