"""What is memorized of random data against what there is of it: a diagonal, then a plateau."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table

COLUMNS = ["data_bits", "bits", "parameters", "member"]


def capacity_points(points: pd.DataFrame) -> pd.DataFrame:
    """Return mean, least and most bits over members at each amount of data, all in bits.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(points, COLUMNS, "capacity")
    drawn = points.groupby("data_bits")["bits"].agg(["mean", "min", "max"]).reset_index()
    parameters = float(points["parameters"].max())
    capacity = float(points.groupby("member")["bits"].max().mean())
    return drawn.assign(capacity=capacity, bits_a_parameter=capacity / parameters)


@style.styled
def capacity_figure(panels: Mapping[str, pd.DataFrame], *, title: str | None = None) -> Figure:
    """Draw bits memorized against bits of data on log axes, a panel for each network.

    The diagonal is all there is; the line across is the most that was memorized, the mean over
    members, with its bits a parameter.

    Args:
        panels: a table by the title of each panel, with data_bits, bits, parameters and member.
        title: written above.

    Raises:
        InfoplaneError: where a table is empty or lacks a column.
    """
    figure, grid, _ = layout.panels(len(panels), 2, cell=(3.2, 2.6), around=(0.3, 0.8))
    for axes, (name, table) in zip(grid, panels.items(), strict=True):
        points = capacity_points(table)
        x, capacity = points["data_bits"], points["capacity"].iloc[0]
        ends = np.array([x.min(), x.max()])
        axes.plot(ends, ends, color=style.FAINT, linewidth=0.8, zorder=0)
        axes.axhline(capacity, color=style.MUTED, linewidth=0.7, linestyle=":", zorder=0)
        errors = (points["mean"] - points["min"], points["max"] - points["mean"])
        axes.errorbar(
            x, points["mean"], yerr=errors, color=style.INK, marker="o", markersize=3,
            linewidth=1.2, elinewidth=0.7,
        )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_formatter(NullFormatter())
        axes.text(
            ends[0], capacity, f"{points['bits_a_parameter'].iloc[0]:.2f} bits a parameter",
            size=style.SMALL, color=style.MUTED, va="bottom", in_layout=False,
        )  # fmt: skip
        layout.panel_title(axes, name)
        axes.set_xlabel("in the data  [bits]")
        axes.set_ylabel("memorized  [bits]")
    layout.header(figure, title, "The diagonal is all there is; the dotted line is the capacity.")
    layout.settle(figure)
    return figure
