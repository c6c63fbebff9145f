"""The marks of an information plane: points, the lines of an epoch, walls, nulls and names."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from infoplane.figures.drawing import style
from infoplane.figures.drawing.epochs import epoch_norm
from infoplane.figures.drawing.point_labels import label_points
from infoplane.names import I_TY, I_TY_SEEN, I_XT

ENTROPY = {I_TY: "H(Y)", I_TY_SEEN: "H(Ỹ)"}  # the ceiling of each label information
DOT = 17.0  # points², the area of a mark


def draw_plane(axes: Axes, points: pd.DataFrame, *, norm: Normalize | None = None) -> None:
    """Draw the points of one plane on these axes, without names, colour bar or legend.

    Call ``label_layers`` for the names once the axes have their final place and limits.

    Args:
        axes: where to draw.
        points: the rows of ``plane_points``.
        norm: the norm of the epochs' colours, where several planes share one.
    """
    norm = norm or epoch_norm(points.epoch)
    share_plane([axes], points)
    draw_walls(axes, points)
    _epoch_lines(axes, points, norm)
    _nulls(axes, points)
    _spread(axes, points)
    _dots(axes, points, norm)
    axes.set_xlabel(f"{I_XT}  [bits]")
    axes.set_ylabel(f"{points.label.iloc[0]}  [bits]")


def share_plane(planes: list[Axes], points: pd.DataFrame) -> None:
    """Give these axes the limits that show all of these points, their walls, and the origin."""
    for set_limits, value, ceiling, above in (
        (Axes.set_xlim, points.x, points.x_ceiling, 0.075),
        (Axes.set_ylim, points.y, points.y_ceiling, 0.13),
    ):
        high = float(np.nanmax([value.max(), ceiling.max()]))
        low = min(float(value.min()), 0.0)
        for axes in planes:
            set_limits(axes, low - 0.02 * (high - low), high + above * (high - low))


def label_layers(axes: Axes, points: pd.DataFrame) -> None:
    """Write each layer's name at its last point; layers that end together share one name."""
    last = points.sort_values("epoch").groupby("depth").tail(1).sort_values("depth")
    walls = (points.x_ceiling.max(), points.y_ceiling.max())
    inside = np.array([axes.get_xlim(), axes.get_ylim()]).T  # [low, high] × [x, y]
    inside[1, 0] = np.nanmin([inside[1, 0], walls[0]])
    colours = style.layer_colours(list(points.depth))
    label_points(
        axes,
        last[["x", "y"]].to_numpy(),
        list(last.layer),
        points[["x", "y"]].to_numpy(),
        inside=inside,
        lines=np.array([y for y in walls[1:] if np.isfinite(y)]),
        colours=[colours[depth] for depth in last.depth],
    )


def plane_entries(points: pd.DataFrame) -> list[style.Entry]:
    """Return the legend's entries for those marks that occur in these points."""
    members = int(points.members.max())
    hollow = _mark("o", style.MUTED, face="white")
    entries = (
        (points.inside_null.any(), hollow, "inside its null (p > .05)"),
        (
            points.null_mean.notna().any(),
            _mark("_", style.FAINT),
            "its null: labels shuffled (mean)",
        ),
        (points.saturated.any(), _mark("D", style.MUTED), "saturated: reflects n, not the layer"),
        (members > 1, _mark("|", style.INK), f"± sd of {members} networks, last epoch"),
    )
    return [(mark, text) for occurs, mark, text in entries if occurs]


def draw_walls(axes: Axes, points: pd.DataFrame) -> None:
    """Draw the most that x and y could be: log2 n as a wall, the label's entropy as a line."""
    wall, top = points.x_ceiling.max(), points.y_ceiling.max()
    if np.isfinite(wall):
        axes.axvspan(wall, wall + 1e3, facecolor=style.WALL, edgecolor="none", zorder=0)
        axes.axvline(wall, color=style.MUTED, linewidth=0.8, zorder=1)
        axes.annotate(
            f"log₂ n = {wall:.2f}",
            (wall, 0.03),
            xycoords=("data", "axes fraction"),
            xytext=(2.5, 0),
            textcoords="offset points",
            rotation=90,
            size=style.SMALL,
            color=style.MUTED,
            in_layout=False,
        )
    if np.isfinite(top):
        axes.axhline(top, color=style.MUTED, linewidth=0.6, linestyle=(0, (6, 3)), zorder=1)
        axes.annotate(
            f"{ENTROPY[points.label.iloc[0]]} = {top:.2f}",
            (0.015, top),
            xycoords=("axes fraction", "data"),
            xytext=(0, 4),  # clear of a point that reaches it
            textcoords="offset points",
            size=style.SMALL,
            color=style.MUTED,
            in_layout=False,
        )


def _epoch_lines(axes: Axes, points: pd.DataFrame, norm: Normalize) -> None:
    """One thin line for each epoch, from its first layer to its last."""
    epochs = sorted(points.epoch.unique())
    paths = [points.loc[points.epoch == epoch].sort_values("depth") for epoch in epochs]
    axes.add_collection(
        LineCollection(
            [path[["x", "y"]].to_numpy() for path in paths],
            colors=style.EPOCHS(norm(epochs)),
            linewidths=0.6,
            alpha=float(np.clip(10 / len(epochs), 0.12, 0.6)),
            zorder=2,
        ),
        autolim=False,
    )


def _nulls(axes: Axes, points: pd.DataFrame) -> None:
    """A short bar at each point's null: the floor from which the label information is read."""
    axes.scatter(
        points.x, points.null_mean, s=DOT, marker="_", color=style.FAINT, linewidths=0.8, zorder=1.5
    )


def _spread(axes: Axes, points: pd.DataFrame) -> None:
    """Bars of one standard deviation over members at the last epoch of each layer."""
    last = points[points.epoch == points.epoch.max()]
    if last.members.max() > 1:
        axes.errorbar(
            last.x, last.y, yerr=last.y_sd, xerr=last.x_sd,
            fmt="none", ecolor=style.INK, elinewidth=0.7, zorder=3,
        )  # fmt: skip


def _dots(axes: Axes, points: pd.DataFrame, norm: Normalize) -> None:
    """The points, late ones on top: hollow inside their null, diamonds where saturated."""
    for marker, saturated in (("D", True), ("o", False)):
        some = points[points.saturated == saturated].sort_values("epoch")
        hollow = some.inside_null.to_numpy()[:, None]
        colours = style.EPOCHS(norm(some.epoch.to_numpy()))  # [points, 4]
        white = np.ones_like(colours)
        axes.scatter(
            some.x, some.y,
            s=DOT * (0.75 if saturated else 1.0),
            marker=marker,
            facecolors=np.where(hollow, white, colours),
            edgecolors=np.where(hollow, colours, white),
            linewidths=np.where(hollow[:, 0], 0.9, 0.3).tolist(),
            zorder=4,
        )  # fmt: skip


def _mark(marker: str, colour: str, *, face: str | None = None) -> Line2D:
    """A mark of the legend."""
    size = 5 if marker in "|_" else 4
    return Line2D(
        [], [], linestyle="none", marker=marker, color=colour, markersize=size,
        markerfacecolor=face or colour,
    )  # fmt: skip
