"""Label bits that are kept at a price for bits of weights: figure 1 of Achille & Soatto 2018."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table
from infoplane.tables import LABEL_PRICES

COLOURS = {"true": "#0072b2", "random": "#d55e00"}
MARKS = {"true": "o", "random": "s"}
LEAST = 0.01  # bits of weights a label: the left end of their axis


def price_points(networks: pd.DataFrame) -> pd.DataFrame:
    """Return mean, least and most over draws, by variation, labels and price.

    Columns ``kept`` and ``weights`` are in bits a label, ``test_accuracy`` a share.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(networks, LABEL_PRICES, "label prices")
    by_label = networks.assign(
        kept=networks["kept_bits"] / networks["examples"],
        weights=networks["weight_bits"] / networks["examples"],
        label=networks["label_bits"] / networks["examples"],
    )
    by = by_label.groupby(["variation", "labels", "price"], sort=False)
    return by.agg(
        kept=("kept", "mean"),
        least=("kept", "min"),
        most=("kept", "max"),
        weights=("weights", "mean"),
        label=("label", "first"),
        test_accuracy=("test_accuracy", "mean"),
    ).reset_index()


@style.styled
def price_figure(networks: pd.DataFrame, *, title: str | None = None) -> Figure:
    """Draw the bits that are kept of a label against the price, a panel for each variation.

    Args:
        networks: a table of ``LABEL_PRICES``.
        title: written above.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    points = price_points(networks)
    parts = list(points.groupby("variation", sort=False))
    figure, grid, _ = layout.panels(
        len(parts), 2, cell=(3.2, 2.1), around=(0.3, 1.0), sharex=True, sharey=True
    )
    for axes, (name, of) in zip(grid, parts, strict=True):
        _by_price(axes, of)
        layout.panel_title(axes, _capital(str(name)))
    _finish(figure, title)
    return figure


@style.styled
def exchange_figure(networks: pd.DataFrame, *, title: str | None = None) -> Figure:
    """Draw what is kept against the price, and beside it against the bits of weights it takes.

    The diagonal, curved on this axis, is a bit of weights for each bit of a label.

    Args:
        networks: a table of ``LABEL_PRICES``.
        title: written above.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    points = price_points(networks)
    parts = list(points.groupby("variation", sort=False))
    figure, grid, _ = layout.panels(2 * len(parts), 2, cell=(3.2, 2.4), around=(0.3, 1.0))
    for (left, right), (name, of) in zip(
        zip(grid[::2], grid[1::2], strict=True), parts, strict=True
    ):
        _by_price(left, of)
        _by_weights(right, of)
        layout.panel_title(left, f"{_capital(str(name))}: the price")
        layout.panel_title(right, f"{_capital(str(name))}: what it takes")
    _finish(figure, title)
    return figure


def _by_price(axes: Axes, of: pd.DataFrame) -> None:
    """Draw kept bits a label against β, with the published transition at 1."""
    axes.axvline(1, color=style.FAINT, linewidth=0.8, zorder=0)
    axes.axhline(of["label"].iloc[0], color=style.MUTED, linewidth=0.7, linestyle=":", zorder=0)
    for labels, rows in of.groupby("labels", sort=False):
        rows = rows.sort_values("price")
        errors = (rows["kept"] - rows["least"], rows["most"] - rows["kept"])
        axes.errorbar(
            rows["price"], rows["kept"], yerr=errors, color=COLOURS[str(labels)],
            marker=MARKS[str(labels)], markersize=3, linewidth=1.2, elinewidth=0.7,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlabel("price β of a bit of weights  [label bits]")
    axes.set_ylabel("kept of a label  [bits]")


def _by_weights(axes: Axes, of: pd.DataFrame) -> None:
    """Draw kept bits a label against bits of weights a label."""
    most = float(of["label"].iloc[0])
    diagonal = [LEAST * (most / LEAST) ** (i / 60) for i in range(61)]
    axes.plot(diagonal, diagonal, color=style.FAINT, linewidth=0.8, zorder=0)
    axes.axhline(most, color=style.MUTED, linewidth=0.7, linestyle=":", zorder=0)
    for labels, rows in of.groupby("labels", sort=False):
        rows = rows[rows["weights"] >= LEAST].sort_values("price")
        axes.plot(
            rows["weights"], rows["kept"], color=COLOURS[str(labels)], marker=MARKS[str(labels)],
            markersize=3, linewidth=1.2,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlabel("weights for each label  [bits]")
    axes.set_ylabel("kept of a label  [bits]")


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _finish(figure: Figure, title: str | None) -> None:
    marks = [
        (Line2D([], [], color=COLOURS[kind], marker=MARKS[kind], markersize=3), f"{kind} labels")
        for kind in COLOURS
    ]
    layout.legend_below(figure, marks)
    layout.header(
        figure, title, "Mean and range over draws; dotted: all bits of a label; grey: β = 1, and a "
        "bit for a bit.",
    )  # fmt: skip
    layout.settle(figure)
