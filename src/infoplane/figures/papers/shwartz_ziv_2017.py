"""Drift and diffusion: mean and spread of the gradient against the epoch, by layer."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_axis
from infoplane.figures.drawing.selection import check_table

COLUMNS = ("epoch", "layer", "depth", "member", "mean_norm", "std_norm", "weight_norm")


def gradient_points(gradients: pd.DataFrame) -> pd.DataFrame:
    """Return mean and spread of the gradient relative to the weights, means over members.

    Returns:
        Columns ``layer, depth, epoch, mean, std, ratio``: norms over the norm of the layer's
        weights; ``ratio`` is the mean over the members' mean / std.
    """
    check_table(gradients, COLUMNS, "gradients")
    rows = gradients.assign(
        mean=gradients["mean_norm"] / gradients["weight_norm"],
        std=gradients["std_norm"] / gradients["weight_norm"],
        ratio=gradients["mean_norm"] / gradients["std_norm"],
    )
    key = ["depth", "layer", "epoch"]
    return rows.groupby(key, as_index=False)[["mean", "std", "ratio"]].mean()


@style.styled
def gradient_phases(
    gradients: pd.DataFrame, *, moment: float | None = None, title: str | None = None
) -> Figure:
    """Draw norm of the mean and of the spread of the gradient, and beside them their ratio.

    ``moment`` is an epoch to mark, such as the peak of I(X;T).
    """
    points = gradient_points(gradients)
    figure, (norms, ratios), _ = layout.panels(
        2, 2, cell=(style.PAGE_WIDTH / 2, 2.6), around=(0.0, 0.6)
    )
    colours = style.layer_colours(list(points["depth"]))
    for depth, layer in points.groupby("depth", sort=True):
        colour = colours[int(str(depth))]
        norms.plot(layer["epoch"], layer["mean"], color=colour)
        norms.plot(layer["epoch"], layer["std"], color=colour, linestyle=":")
        ratios.plot(layer["epoch"], layer["ratio"], color=colour)
    ratios.axhline(1, color=style.MUTED, linewidth=0.7)
    for axes, name in (
        (norms, "norm of gradient / norm of weights"),
        (ratios, "mean / standard deviation"),
    ):
        epoch_axis(axes, list(points["epoch"]))
        axes.set_yscale("log")
        axes.set_ylabel(name)
        if moment is not None:
            axes.axvline(moment, color=style.FAINT, linewidth=3, zorder=0)
    members = gradients["member"].nunique()
    layout.header(figure, title, f"minibatches of one pass at fixed weights · {members} networks")
    layout.legend_below(figure, _entries(points, moment), columns=5)
    return figure


def _entries(points: pd.DataFrame, moment: float | None) -> list[style.Entry]:
    kinds = [
        (Line2D([], [], color=style.MUTED), "mean (drift)"),
        (Line2D([], [], color=style.MUTED, linestyle=":"), "standard deviation (diffusion)"),
    ]
    if moment is not None:
        kinds.append((Line2D([], [], color=style.FAINT, linewidth=3), "I(X;T) turns"))
    return style.layer_entries(points) + kinds
