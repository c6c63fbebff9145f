"""The information planes of a language model: as estimated, and above what shuffled labels give."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table
from infoplane.names import AFTER, BEFORE

COLUMNS = [
    "depth", "layer", "label", "order", "bits", "null_mean", "above_null", "once", "n",
]  # fmt: skip
MARKERS = "os^Dv"
WORDS = {1: "1 token", 2: "2 tokens", 3: "3 tokens"}


def language_points(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: a row for each layer and order, in bits.

    Args:
        table: what ``infoplane.language_plane`` returns.

    Returns:
        ``depth, layer, order``, and of the tokens before (``x``) and after (``y``): ``x, y``,
        ``x_null, y_null``, ``x_above, y_above``, ``x_once, y_once``.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(table, COLUMNS, "language")
    key = ["depth", "layer", "order"]
    values = {"bits": "", "null_mean": "_null", "above_null": "_above", "once": "_once"}
    sides = []
    for label, axis in ((BEFORE, "x"), (AFTER, "y")):
        rows = table[table["label"] == label].set_index(key)[list(values)]
        sides.append(rows.rename(columns={k: axis + end for k, end in values.items()}))
    return sides[0].join(sides[1], how="inner").reset_index().sort_values(["order", "depth"])


@style.styled
def language_planes(table: pd.DataFrame, *, title: str | None = None) -> Figure:
    """Draw I(T;Y) against I(X;T) through the layers, for each length of the n-grams.

    On the left as estimated, with what shuffled labels give (hollow, grey); on the right what is
    above it.

    Args:
        table: what ``infoplane.language_plane`` returns.
        title: written above.

    Raises:
        InfoplaneError: as of ``language_points``.
    """
    points = language_points(table)
    figure, cells, _ = layout.panels(2, 2, cell=(3.6, 3.0), around=(0.0, 0.8))
    colours = style.layer_colours(points["depth"])
    for axes, end, name in (
        (cells[0], "", "as estimated, with its null"),
        (cells[1], "_above", "above the null"),
    ):
        for rank, (_, rows) in enumerate(points.groupby("order")):
            _curve(axes, rows, end, MARKERS[rank % len(MARKERS)], colours)
            if not end:
                axes.plot(
                    rows["x_null"],
                    rows["y_null"],
                    MARKERS[rank % len(MARKERS)],
                    color=style.FAINT,
                    markerfacecolor="none",
                    markersize=6,
                    zorder=1,
                )
        layout.panel_title(axes, name)
        axes.set_xlabel("I(X;T), tokens before  [bits]")
        axes.axhline(0, color=style.FAINT, linewidth=0.6, zorder=0)
        axes.axvline(0, color=style.FAINT, linewidth=0.6, zorder=0)
    cells[0].set_ylabel("I(T;Y), tokens after  [bits]")
    orders = list(points["order"].unique())
    entries: list[style.Entry] = [
        (
            Line2D([], [], color=style.INK, marker=MARKERS[rank % len(MARKERS)], linestyle="none"),
            WORDS.get(order, f"{order} tokens"),
        )
        for rank, order in enumerate(orders)
    ]
    entries += style.layer_entries(points, marker="o", linestyle="none")
    layout.header(figure, title, f"soft entropy · n = {int(table['n'].max()):,} positions")
    layout.legend_below(figure, entries, columns=4)
    return figure


def _curve(axes: Axes, rows: pd.DataFrame, end: str, marker: str, colours: dict[int, str]) -> None:
    across, up = rows[f"x{end}"], rows[f"y{end}"]
    axes.plot(across, up, color=style.FAINT, linewidth=0.8, zorder=2)
    for depth, x, y in zip(rows["depth"], across, up, strict=True):
        axes.plot(x, y, marker, color=colours[depth], markersize=4.5, zorder=3)
