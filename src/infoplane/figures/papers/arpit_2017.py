"""Real data against noise in six panels: what Arpit et al. (2017) tell them apart by."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_axis
from infoplane.figures.drawing.selection import check_table
from infoplane.names import CLEAN, CORRUPTED, TEST, TRAIN

KINDS = (style.INK, "#b8860b", "#d1495b", "#e39aa3")  # in order of the table; subsets have others
SUBSETS = {
    TRAIN: "train, all labels",
    TEST: "test",
    CLEAN: "train, true labels",
    CORRUPTED: "train, wrong labels",
}
TITLES = (
    *("Easiness after one epoch", "Inequality of loss sensitivity", "Critical samples, held out"),
    *("Half of the labels random", "Time to fit and size", "Time to fit and capacity"),
)
NEEDED = {
    "easiness": ("kind", "quantile", "frequency", "binomial", "networks"),
    "sensitivity": ("kind", "updates", "gini", "gini_sd"),
    "criticality": ("kind", "epoch", "critical_sample_ratio", "critical_sample_ratio_sd"),
    "partial": ("epoch", *SUBSETS, *(f"{subset}_sd" for subset in SUBSETS)),
    "fitting": ("kind", "examples", "units", "epochs", "epochs_sd", "fitted", "networks"),
}


@style.styled
def real_against_noise(tables: Mapping[str, pd.DataFrame], *, title: str | None = None) -> Figure:
    """Draw easiness, loss sensitivity, critical samples, partial noise, and time to fit.

    Bands and bars are one standard deviation over networks (columns ending in ``_sd``).

    Args:
        tables: by name: ``easiness`` (``kind, quantile, frequency, binomial, networks``: quantiles
            over examples of the share of networks that are wrong after one epoch, and those of a
            binomial), ``sensitivity`` (``kind, updates, gini``: of the loss sensitivity after so
            many updates), ``criticality`` (``kind, epoch, critical_sample_ratio``), ``partial``
            (``epoch`` and the accuracy on ``train, test, clean, corrupted``), ``fitting`` (``kind,
            examples, units, epochs, fitted, networks``: epochs to fit; a point that not all
            networks reach is hollow, one that none reaches is not drawn).
        title: written above.

    Raises:
        InfoplaneError: where a table is empty or lacks a column.
    """
    for name, columns in NEEDED.items():
        check_table(tables[name], columns, name)
    easiness, sensitivity, criticality, partial, fitting = (tables[name] for name in NEEDED)
    kinds = list(dict.fromkeys(criticality["kind"]))
    colours = dict(zip(kinds, KINDS, strict=False))
    figure, (a, b, c, d, e, f), _ = layout.panels(
        6, 3, cell=(style.PAGE_WIDTH * 1.25 / 3, 2.4), around=(0.0, 0.6), least=2.0
    )
    _easiness(a, easiness, colours)
    _lines(b, sensitivity, "updates", "gini", colours)
    _lines(c, criticality, "epoch", "critical_sample_ratio", colours)
    _partial(d, partial)
    _fitting(e, fitting[fitting["units"] == fitting["units"].max()], "examples", colours)
    middle = fitting.groupby("examples")["units"].nunique().idxmax()  # there all widths were tried
    _fitting(f, fitting[fitting["examples"] == middle], "units", colours)
    _name((a, b, c, d, e, f))
    layout.header(figure, title, _subtitle(easiness, fitting))
    layout.legend_below(figure, _entries(colours), columns=len(colours))
    return figure


def _name(panels: tuple[Axes, ...]) -> None:
    for axes, text in zip(panels, TITLES, strict=True):
        layout.panel_title(axes, text)


def _easiness(axes: Axes, table: pd.DataFrame, colours: Mapping[str, str]) -> None:
    for kind, points in table.groupby("kind", sort=False):
        colour = colours[str(kind)]
        axes.plot(points["quantile"], points["frequency"], color=colour, marker="o", markersize=2.5)
        axes.plot(points["quantile"], points["binomial"], color=colour, linestyle=":", linewidth=1)
    axes.set_xlabel("examples, from easy to hard  [quantile]")
    axes.set_ylabel("networks that are wrong")
    axes.set_xlim(0, 1)


def _lines(axes: Axes, table: pd.DataFrame, x: str, y: str, colours: Mapping[str, str]) -> None:
    """Draw a column against updates or epochs, a line a kind."""
    if x == "epoch":
        epoch_axis(axes, sorted(table[x].unique()))
    for kind, points in table.groupby("kind", sort=False):
        _band(axes, points[x], points[y], points[f"{y}_sd"], colours[str(kind)], marker="o")
    axes.set_xlabel(x)
    axes.set_ylabel({"gini": "Gini coefficient"}.get(y, y.replace("_", " ")))
    axes.set_ylim(bottom=0)


def _partial(axes: Axes, table: pd.DataFrame) -> None:
    epoch_axis(axes, list(table["epoch"]))
    for subset in SUBSETS:
        colour = style.SUBSETS[subset]
        _band(axes, table["epoch"], table[subset], table[f"{subset}_sd"], colour)
    peak = float(table["epoch"].iloc[int(table["test"].argmax())])
    axes.axvline(peak, color=style.SUBSETS[TEST], linewidth=0.7, linestyle=(0, (4, 2)))
    axes.set_ylabel("accuracy")
    axes.set_ylim(0, 1.02)


def _fitting(axes: Axes, table: pd.DataFrame, x: str, colours: Mapping[str, str]) -> None:
    for kind, rows in table.groupby("kind", sort=False):
        colour, points = colours[str(kind)], rows.sort_values(x)
        spread = points["epochs_sd"].fillna(0)
        axes.errorbar(points[x], points["epochs"], yerr=spread, color=colour, elinewidth=0.8)
        faces = np.where(points["fitted"] == points["networks"], colour, "white")
        axes.scatter(
            points[x], points["epochs"], s=16, c=list(faces), edgecolors=colour, zorder=3,
            linewidths=0.9,
        )  # fmt: skip
    values = sorted(table[x].unique())
    axes.set_xscale("log")
    axes.set_xticks(values, [f"{value:,}" for value in values])
    axes.set_xticks([], minor=True)
    axes.set_ylim(bottom=0)
    axes.set_xlabel({"examples": "training examples", "units": "units a layer"}[x])
    axes.set_ylabel("epochs to fit")


def _band(
    axes: Axes, x: pd.Series, y: pd.Series, sd: pd.Series, colour: str, **line: object
) -> None:
    axes.plot(x, y, color=colour, markersize=2.5, **line)  # pyright: ignore[reportArgumentType]
    axes.fill_between(x, y - sd, y + sd, color=colour, alpha=0.18, linewidth=0)


def _subtitle(easiness: pd.DataFrame, fitting: pd.DataFrame) -> str:
    many, members = int(easiness["networks"].max()), int(fitting["networks"].max())
    return (
        f"mean ± sd of {members} networks, easiness of {many} · dotted: a binomial of the same "
        "mean · hollow: not fitted by all, no point: by none"
    )


def _entries(colours: Mapping[str, str]) -> list[style.Entry]:
    """The kinds of all panels but one, and the parts of the data in that one."""
    parts = {name: style.SUBSETS[subset] for subset, name in SUBSETS.items()}
    named = [*colours.items(), *parts.items()]
    return [(Line2D([], [], color=colour), name) for name, colour in named]
