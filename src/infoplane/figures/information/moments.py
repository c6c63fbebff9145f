"""The information plane at a few moments: every network a point, and the bottleneck's limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import over_members, provenance, select
from infoplane.names import I_TY, I_XT, TRAIN

COLUMNS = 3
Curve = tuple[ArrayLike, ArrayLike]  # I(X;T), I(T;Y), bits


def moment_points(
    measurements: pd.DataFrame, epochs: Sequence[int], *, subset: str = TRAIN
) -> pd.DataFrame:
    """Return every network at the measured epochs nearest to those asked for, in bits.

    Returns:
        Columns ``epoch, layer, depth, member, x, y``: I(X;T) and I(T;Y); epochs in order, once.

    Raises:
        InfoplaneError: where no epoch is asked for, or the quantities were not measured.
    """
    if not len(epochs):
        raise InfoplaneError("epochs is empty; give at least one moment to draw.")
    rows = select(measurements, [I_XT, I_TY], subset=subset, estimator="bins", with_input=False)
    measured = np.array(sorted(rows["epoch"].unique()))
    nearest = {int(measured[np.abs(measured - epoch).argmin()]) for epoch in epochs}
    rows = rows[rows["epoch"].isin(nearest)]
    wide = rows.pivot_table(
        index=["epoch", "depth", "layer", "member"], columns="quantity", values="bits"
    )
    return wide.reset_index().rename(columns={I_XT: "x", I_TY: "y"})


@style.styled
def plane_moments(
    measurements: pd.DataFrame,
    epochs: Sequence[int],
    *,
    subset: str = TRAIN,
    limits: Mapping[str, Curve] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the plane at each of these moments: a dot for each network and layer.

    Colour is the layer, a ring the mean over networks. ``limits`` are curves by name that no layer
    may pass, such as the information-bottleneck limit.
    """
    points = moment_points(measurements, epochs, subset=subset)
    moments = list(points.groupby("epoch", sort=True))
    figure, panels, columns = layout.panels(
        len(moments), COLUMNS, cell=(style.PAGE_WIDTH / COLUMNS, 2.2), around=(0.0, 0.9),
        least=1.55, sharex=True, sharey=True,
    )  # fmt: skip
    for axes, (epoch, at) in zip(panels, moments, strict=True):
        _dots(axes, at)
        _limits(axes, limits or {})
        layout.panel_title(axes, f"epoch {epoch:,}")
    for axes in panels:
        axes.set_xlim(0, 1.04 * float(points["x"].max()))
        axes.set_ylim(0, 1.08 * float(points["y"].max()))
    for axes in panels[::columns]:
        axes.set_ylabel(f"{I_TY}  [bits]")
    for axes in panels[-columns:]:
        axes.set_xlabel(f"{I_XT}  [bits]")
        axes.tick_params(labelbottom=True)
    means = over_members(
        select(measurements, [I_XT], subset=subset, estimator="bins", with_input=False)
    )
    layout.header(figure, title, provenance(means).replace("mean of ", ""))
    layout.legend_below(figure, _entries(points, limits or {}), columns=4)
    return figure


def _dots(axes: Axes, points: pd.DataFrame) -> None:
    colours = style.layer_colours(list(points["depth"]))
    for depth, layer in points.groupby("depth", sort=True):
        colour = colours[int(str(depth))]
        axes.scatter(layer["x"], layer["y"], s=7, color=colour, alpha=0.55, linewidths=0, zorder=2)
        axes.plot(
            layer["x"].mean(), layer["y"].mean(),
            marker="o", markersize=6, markerfacecolor="none", color=style.INK, zorder=3,
        )  # fmt: skip


def _limits(axes: Axes, limits: Mapping[str, Curve]) -> None:
    for (x, y), line in zip(limits.values(), ("-", "--", ":"), strict=False):
        axes.plot(x, y, color=style.MUTED, linewidth=0.9, linestyle=line, zorder=1)


def _entries(points: pd.DataFrame, limits: Mapping[str, Curve]) -> list[style.Entry]:
    dots = style.layer_entries(points, linestyle="none", marker="o", markersize=4)
    curves = [
        (Line2D([], [], color=style.MUTED, linewidth=0.9, linestyle=line), name)
        for name, line in zip(limits, ("-", "--", ":"), strict=False)
    ]
    return dots + curves
