"""The information planes of a language model: as estimated, and above what shuffled labels give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
ENDS = {"bits": "", "null_mean": "_null", "above_null": "_above"}
SHAPES = "os^Dv"
ACROSS, UP = "I(X;T), tokens before  [bits]", "I(T;Y), tokens after  [bits]"


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
    values = {**ENDS, "once": "_once"}
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
    figure, (estimated, above), _ = layout.panels(2, 2, cell=(3.6, 3.0), around=(0.0, 0.8))
    colours, shapes = style.layer_colours(points["depth"]), _shapes(points["order"])
    for order, rows in points.groupby("order"):
        shape = shapes[int(str(order))]
        _through_layers(estimated, rows, "", shape, colours)
        _through_layers(above, rows, ENDS["above_null"], shape, colours)
        draw_null(estimated, rows, shape)
    name_plane(estimated, "as estimated, with its null")
    name_plane(above, "above the null")
    estimated.set_ylabel(UP)
    ink: dict[str, Any] = {"color": style.INK, "linestyle": "none"}
    entries: list[style.Entry] = [
        (Line2D([], [], marker=shape, **ink), in_tokens(order)) for order, shape in shapes.items()
    ]
    entries += style.layer_entries(points, marker="o", linestyle="none")
    layout.header(figure, title, how_measured(table))
    layout.legend_below(figure, entries, columns=4)
    return figure


def _shapes(orders: Iterable[int]) -> dict[int, str]:
    """Return a marker for each order; beyond five of them they come again."""
    return {
        int(order): SHAPES[rank % len(SHAPES)] for rank, order in enumerate(sorted(set(orders)))
    }


def in_tokens(order: int) -> str:
    """Return the length of n-grams in words."""
    return "1 token" if order == 1 else f"{order} tokens"


def how_measured(planes: pd.DataFrame) -> str:
    """Return by what, at how many positions and of how many networks a table was measured."""
    networks = planes["member"].nunique() if "member" in planes else 1
    several = f" · {networks} networks" if networks > 1 else ""
    return f"soft entropy · n = {int(planes['n'].max()):,} positions{several}"


def _through_layers(
    axes: Axes, rows: pd.DataFrame, end: str, shape: str, colours: dict[int, str]
) -> None:
    across, up = rows[f"x{end}"], rows[f"y{end}"]
    axes.plot(across, up, color=style.FAINT, linewidth=0.8, zorder=2)
    for depth, x, y in zip(rows["depth"], across, up, strict=True):
        axes.plot(x, y, shape, color=colours[depth], markersize=4.5, zorder=3)


def draw_null(axes: Axes, rows: pd.DataFrame, shape: str) -> None:
    """Mark what shuffled labels give."""
    axes.plot(
        rows["x_null"],
        rows["y_null"],
        shape,
        color=style.FAINT,
        markerfacecolor="none",
        markersize=6,
        zorder=1,
    )


def name_plane(axes: Axes, title: str) -> None:
    """Write what a plane shows, and where nothing is told."""
    layout.panel_title(axes, title)
    axes.set_xlabel(ACROSS)
    axes.axhline(0, color=style.FAINT, linewidth=0.6, zorder=0)
    axes.axvline(0, color=style.FAINT, linewidth=0.6, zorder=0)
