"""What decoders read in a language model of the tokens near a position, over training."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_axis
from infoplane.figures.drawing.selection import check_table

COLUMNS = ["member", "step", "depth", "offset", "decoder", "bits", "ceiling", "n"]
OFFSETS = {-1: "the token before the last", 0: "the last token", 1: "the next token"}


@style.styled
def language_decoded(decoded: pd.DataFrame, *, title: str | None = None) -> Figure:
    """Draw the bits that are decoded of each token against the step, by layer.

    Each network is a line; grey, the entropy of the token, the most that can be read.

    Args:
        decoded: tables of ``decoded_tokens``, one below the other, each with its ``step`` and
            ``member``.
        title: written above.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(decoded, COLUMNS, "decoded")
    offsets = [int(offset) for offset in sorted(decoded["offset"].unique())]
    figure, cells, _ = layout.panels(len(offsets), 3, cell=(2.5, 2.2), around=(0.2, 0.7))
    colours = style.layer_colours(decoded["depth"])
    for axes, offset in zip(cells, offsets, strict=True):
        rows = decoded[decoded["offset"] == offset]
        for (depth, _), line in rows.groupby(["depth", "member"]):
            axes.plot(line["step"], line["bits"], color=colours[int(str(depth))], linewidth=1)
        axes.axhline(rows["ceiling"].max(), color=style.FAINT, linewidth=0.8, zorder=0)
        axes.axhline(0, color=style.FAINT, linewidth=0.6, zorder=0)
        epoch_axis(axes, decoded["step"], name="step")
        layout.panel_title(axes, OFFSETS.get(offset, f"the token at {offset:+d}"))
    cells[0].set_ylabel("usable information  [bits]")
    layers = decoded.assign(
        layer=["embedding" if d == 0 else f"layer{d}" for d in decoded["depth"]]
    )
    entries = style.layer_entries(layers)
    entries.append((Line2D([], [], color=style.FAINT), "its entropy"))
    n, by = int(decoded["n"].max()), decoded["decoder"].iloc[0]
    layout.header(figure, title, f"{by} · the 32 most frequent tokens · n = {n:,} positions")
    layout.legend_below(figure, entries, columns=6)
    return figure
