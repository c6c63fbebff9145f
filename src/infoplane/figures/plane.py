"""The information plane: what each layer keeps of the input and knows of the label, by epoch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.errors import InfoplaneError
from infoplane.figures import style
from infoplane.figures.epochs import epoch_bar, epoch_norm
from infoplane.figures.point_labels import label_points
from infoplane.figures.points import over_members, provenance, select
from infoplane.tables import I_TY, I_TY_SEEN, I_XT

ENTROPY = {I_TY: "H(Y)", I_TY_SEEN: "H(Ỹ)"}  # the ceiling of each label information
DOT = 17.0  # points², the area of a mark


def plane_points(
    measurements: pd.DataFrame,
    *,
    subset: str = "train",
    label: str = I_TY,
    estimator: str = "bins",
    with_input: bool = False,
) -> pd.DataFrame:
    """Return the points of an information plane: one row for each layer and epoch, in bits.

    Args:
        measurements: the measurements table of one run.
        subset: the examples measured, ``"train"`` or ``"test"``.
        label: the label information drawn upwards: ``"I(T;Y)"`` of the true labels, ``"I(T;Ỹ)"``
            of those seen in training.
        estimator: the estimator's name in the table.
        with_input: keep the input itself as layer 0.

    Returns:
        Columns ``layer, depth, epoch``; ``x`` = I(X;T) and ``y`` = the label information, means
        over members, with ``x_sd, y_sd`` (standard deviation over members; NaN for one) and
        ``x_ceiling, y_ceiling``; ``null_mean, null_std`` of y under permuted labels;
        ``inside_null``: y ≤ null_mean + 2 null_std; ``saturated``: x says more of n than of the
        layer; ``members, n, label, subset, estimator, resolution``.

    Raises:
        InfoplaneError: where the table is empty, lacks a quantity, or mixes several runs.
    """
    if label not in ENTROPY:
        raise InfoplaneError(f"label is {label!r}; give one of {', '.join(map(repr, ENTROPY))}.")
    rows = select(
        measurements, [I_XT, label], subset=subset, estimator=estimator, with_input=with_input
    )
    points = over_members(rows)
    key = ["layer", "depth", "epoch"]
    x = points[points.quantity == I_XT].drop(
        columns=["quantity", "null_mean", "null_std", "inside_null"]
    )
    y = points[points.quantity == label]
    x = x.rename(columns={"bits": "x", "sd": "x_sd", "ceiling": "x_ceiling"})
    y = y.rename(columns={"bits": "y", "sd": "y_sd", "ceiling": "y_ceiling"})
    y = y[[*key, "y", "y_sd", "y_ceiling", "null_mean", "null_std", "inside_null"]]
    order = [*key, "x", "x_sd", "x_ceiling", *y.columns[3:], "saturated", "members", "n"]
    both = x.merge(y, on=key).assign(label=label)
    return both[[*order, "label", "subset", "estimator", "resolution"]]


@style.styled
def information_plane(
    measurements: pd.DataFrame,
    *,
    subset: str = "train",
    label: str = I_TY,
    estimator: str = "bins",
    with_input: bool = False,
    title: str | None = None,
) -> Figure:
    """Draw the information plane of one run: a point for each layer and epoch.

    Colour is the epoch; a thin line joins the layers of one epoch in order of depth. The shaded
    wall is log2 n, which I(X;T) of n examples cannot pass; the thin line is the entropy of the
    label. Hollow points are inside their permutation null and say nothing of the label; diamonds
    are saturated. Bars are the standard deviation over members, at the last epoch.

    Arguments and errors are those of ``plane_points``, which gives the numbers drawn.
    """
    points = plane_points(
        measurements, subset=subset, label=label, estimator=estimator, with_input=with_input
    )
    figure = style.new_figure(style.COLUMN_WIDTH, 3.8)
    axes = figure.subplots()
    draw_plane(axes, points)
    epoch_bar(figure, [axes], epoch_norm(points.epoch), points.epoch)
    style.header(figure, title, provenance(points))
    plane_legend(figure, points)
    figure.draw_without_rendering()  # settles the axes, which the names need
    label_layers(axes, points)
    return figure


@style.styled
def information_planes(
    panels: Mapping[str, pd.DataFrame], *, title: str | None = None, subtitle: str | None = None
) -> Figure:
    """Draw several planes side by side on the same axes and colours.

    Args:
        panels: the points of each plane (``plane_points``) under its title.
        title, subtitle: written above all.
    """
    if not panels:
        raise InfoplaneError("panels is empty; give the points of at least one plane.")
    together = pd.concat(list(panels.values()), ignore_index=True)
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    figure = style.new_figure(0.6 + 2.6 * columns, 0.9 + 2.5 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flatten()
    norm = epoch_norm(together.epoch)
    for letter, axes, (name, points) in zip("abcdefghijklmnop", grid, panels.items(), strict=False):
        draw_plane(axes, points, norm=norm)
        style.panel_title(axes, letter, name)
    for axes in grid[len(panels) :]:
        axes.remove()
    share_plane(list(grid[: len(panels)]), together)
    epoch_bar(figure, list(grid[: len(panels)]), norm, together.epoch)
    style.header(figure, title, subtitle)
    plane_legend(figure, together)
    figure.draw_without_rendering()
    for axes, points in zip(grid, panels.values(), strict=False):
        label_layers(axes, points)
    return figure


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
    _walls(axes, points)
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
    label_points(
        axes,
        last[["x", "y"]].to_numpy(),
        list(last.layer),
        points[["x", "y"]].to_numpy(),
        inside=inside,
        lines=np.array([y for y in walls[1:] if np.isfinite(y)]),
    )


def plane_legend(figure: Figure, points: pd.DataFrame) -> None:
    """Write below the axes what the marks mean, for those marks that occur."""
    members = int(points.members.max())
    entries = (
        (points.inside_null.any(), _mark("o", hollow=True), "inside its null (≤ mean + 2 sd)"),
        (points.null_mean.notna().any(), _mark("_"), "null: the same, labels shuffled"),
        (points.saturated.any(), _mark("D"), "saturated: tells n, not the layer"),
        (members > 1, _mark("|"), f"± sd of {members} networks, last epoch"),
    )  # fmt: skip
    shown = [(mark, text) for occurs, mark, text in entries if occurs]
    if shown:
        marks, texts = zip(*shown, strict=True)
        figure.legend(marks, texts, loc="outside lower center", ncols=2, handletextpad=0.2)


def _walls(axes: Axes, points: pd.DataFrame) -> None:
    """The most that x and y could be: log2 n as a wall, the label's entropy as a line."""
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
    epochs = list(points.sort_values("depth").groupby("epoch"))
    alpha = float(np.clip(10 / len(epochs), 0.12, 0.6))
    axes.add_collection(
        LineCollection(
            [layers[["x", "y"]].to_numpy() for _, layers in epochs],
            colors=[style.EPOCHS(norm(epoch)) for epoch, _ in epochs],
            linewidths=0.6,
            alpha=alpha,
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
            linewidths=np.where(hollow[:, 0], 0.9, 0.3),
            zorder=4,
        )  # fmt: skip


def _mark(marker: str, *, hollow: bool = False) -> Line2D:
    """A mark of the legend."""
    grey = style.FAINT if marker == "_" else style.INK if marker == "|" else style.MUTED
    return Line2D(
        [], [], linestyle="none", marker=marker, color=grey, markersize=5 if marker in "|_" else 4,
        markerfacecolor="white" if hollow else grey,
    )  # fmt: skip
