"""What a language model has learned of held-out text: by context, and by what it has seen."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table, networks_in

COLUMNS = ["member", "layer", "depth", "start", "bits", "n"]


@style.styled
def language_learned(
    contexts: pd.DataFrame, frequencies: pd.DataFrame, *, title: str | None = None
) -> Figure:
    """Draw the bits that layers know of the next token, by context and by how often it was seen.

    A line is a layer, the mean over networks; the band of the last one is from the least to the
    most of them.

    Args:
        contexts: ``member, layer, depth, start, bits, n``; ``start`` is the least number of tokens
            before, of a range that ends where the next begins.
        frequencies: the same of how often the 3-gram that ends in the token was trained on.
        title: written above.

    Raises:
        InfoplaneError: where a table is empty or lacks a column.
    """
    for table in (contexts, frequencies):
        check_table(table, COLUMNS, "learned")
    figure, cells, _ = layout.panels(2, 2, cell=(3.4, 2.4), around=(0.0, 0.7))
    names = ("tokens before it", "times its 3-gram was trained on")
    for axes, table, name in zip(cells, (contexts, frequencies), names, strict=True):
        _by_start(axes, table)
        axes.set_xlabel(name)
    cells[0].set_ylabel("learned of the next token  [bits]")
    layout.panel_title(cells[0], "By context")
    layout.panel_title(cells[1], "By what was seen")
    n = int(contexts.groupby(["member", "depth"])["n"].sum().max())
    several = networks_in(contexts)
    layout.header(figure, title, f"held-out text, strongest decoder · {n:,} positions · {several}")
    layout.legend_below(figure, style.layer_entries(contexts, marker="o"), columns=6)
    return figure


def _by_start(axes: Axes, table: pd.DataFrame) -> None:
    colours, last = style.layer_colours(table["depth"]), int(table["depth"].max())
    starts = sorted(int(start) for start in table["start"].unique())
    place = {start: i for i, start in enumerate(starts)}
    for depth, rows in table.groupby("depth"):
        of = rows.groupby("start")["bits"].agg(["mean", "min", "max"])
        x, colour = [place[start] for start in of.index], colours[int(str(depth))]
        axes.plot(x, of["mean"], color=colour, marker="o", markersize=3, linewidth=1.2)
        if depth == last:
            axes.fill_between(x, of["min"], of["max"], color=colour, alpha=0.2, linewidth=0)
    axes.axhline(0, color=style.FAINT, linewidth=0.6, zorder=0)
    axes.set_xticks(range(len(starts)), [_range(start) for start in starts])


def _range(start: int) -> str:
    return str(start) if start < 2 else f"{start}–{2 * start - 1}"
