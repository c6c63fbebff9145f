"""The power of the decoders: what each finds of a planted memorized part."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table

COLUMNS = ["leak", "n", "share", "decoder", "true", "found", "spread", "ceiling"]
DASHES = {"k-NN decoder": ":", "linear decoder": "--", "MLP decoder": "-."}


@style.styled
def power_figure(table: pd.DataFrame, *, title: str | None = None) -> Figure:
    """Draw found against planted bits: a column a leak, a row a number of samples.

    The thick line is the strongest decoder, with its spread over seeds; the diagonal is all that
    was planted.

    Args:
        table: what ``power_rows`` returns.
        title: written above.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(table, COLUMNS, "power")
    leaks, sizes = list(table.leak.unique()), sorted(table.n.unique())
    figure = layout.new_figure(0.8 + 1.35 * len(leaks), 0.9 + 1.3 * len(sizes))
    grid = figure.subplots(len(sizes), len(leaks), squeeze=False, sharex=True, sharey=True)
    top = float(table.ceiling.max())
    lines = {}
    for (row, n), (column, leak) in [(r, c) for r in enumerate(sizes) for c in enumerate(leaks)]:
        axes = grid[row][column]
        axes.plot([0, top], [0, top], color=style.FAINT, linewidth=0.8, zorder=0)
        for decoder, of in table[(table.n == n) & (table.leak == leak)].groupby("decoder"):
            of = of.sort_values("true")
            if decoder in DASHES:
                lines[decoder] = axes.plot(of.true, of.found, color=style.MUTED, linewidth=0.9,
                                           linestyle=DASHES[str(decoder)])[0]  # fmt: skip
            else:
                lines[decoder] = axes.errorbar(of.true, of.found, yerr=of.spread, color=style.INK,
                                               linewidth=1.6, elinewidth=0.7)  # fmt: skip
        if row == 0:
            layout.panel_title(axes, leak.replace(" irrelevant", "\nirrelevant"))
        if column == 0:
            axes.set_ylabel(f"n = {n:,}\nfound  [bits]")
        if row == len(sizes) - 1:
            axes.set_xlabel("planted  [bits]")
    layout.header(figure, title, "M found of M planted, by decoder; no line above the diagonal")
    layout.legend_below(figure, [(line, str(name)) for name, line in lines.items()], columns=4)
    layout.settle(figure)
    return figure
