"""Loss on other data against how much there is to memorize: highest where it fills the network."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import style
from infoplane.figures.drawing.frame import Frame
from infoplane.figures.drawing.selection import check_table

COLUMNS = ("load", "train", "test", "member", "sequences")
KINDS = {"test": (style.INK, "other data"), "train": ("#cc6677", "training data")}


def descent_points(losses: pd.DataFrame) -> pd.DataFrame:
    """Return mean, least and most loss over members at each size, with the mean load.

    Args:
        losses: a row a size and member: ``sequences``, ``member``, ``load`` (bits of the data over
            the capacity), ``train`` and ``test`` in bits a token.

    Returns:
        Columns ``of`` (train or test), ``sequences``, ``load``, ``mean``, ``min``, ``max``.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(losses, COLUMNS, "descent")
    load = losses.groupby("sequences")["load"].mean()
    parts = []
    for kind in KINDS:
        spread = losses.groupby("sequences")[kind].agg(["mean", "min", "max"])
        parts.append(spread.assign(of=kind, load=load).reset_index())
    return pd.concat(parts, ignore_index=True)


@style.styled
def descent_figure(
    losses: pd.DataFrame, *, title: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the losses against the bits of the data over the capacity, both axes logarithmic.

    Lines are means over members, bars their range; the vertical line is where the data have as many
    bits as the network can memorize.

    Args:
        losses: as ``descent_points`` takes them, which gives the numbers drawn.
        title: written above.
        ax: axes of your own.

    Raises:
        InfoplaneError: as ``descent_points``.
    """
    points = descent_points(losses)
    frame = Frame.of(ax, style.COLUMN_WIDTH, 3.2)
    axes, entries = frame.axes, []
    for kind, (colour, name) in KINDS.items():
        line = points[points["of"] == kind]
        errors = (line["mean"] - line["min"], line["max"] - line["mean"])
        axes.errorbar(
            line["load"], line["mean"], yerr=errors, color=colour, marker="o", markersize=3,
            linewidth=1.2, elinewidth=0.7,
        )  # fmt: skip
        entries.append((Line2D([], [], color=colour, marker="o", markersize=3), name))
    axes.axvline(1, color=style.MUTED, linewidth=0.7, linestyle=(0, (3, 3)))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("bits of the data / capacity")
    axes.set_ylabel("loss  [bits a token]")
    members = losses["member"].nunique()
    frame.header(title, f"mean and range of {members} networks at each size")
    frame.legend(entries, columns=2)
    return frame.figure
