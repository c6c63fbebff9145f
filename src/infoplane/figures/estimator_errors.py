"""How far each estimator is from the truth, on every distribution where it is known."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table

COLUMNS = [
    "estimator", "parameters", "distribution", "n", "estimate", "truth", "error", "spread",
    "expected", "tolerance", "holds", "known_bias",
]  # fmt: skip
HOLDS, BIAS, MISSED = "within tolerance", "known bias", "missed"
COLOURS = {HOLDS: style.INK, BIAS: "#b8860b", MISSED: "#d55e00"}
BAND = "#d3e3ea"
LINEAR = 0.03  # bits: below, the axis is linear; above, logarithmic
TICKS = (-10, -1, -0.1, 0, 0.1, 1, 10)
ROW, PANEL, NAMES = 0.135, 1.15, 2.3  # inches: height of a row, width of a panel and of the names
LETTERS = 17  # of a title in one line of a panel's width
NUMBER = 5.5  # points


def validation_points(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: one row for each estimator and distribution.

    Args:
        table: what ``validate`` returns.

    Returns:
        ``panel`` (the estimator, with its parameters where it has several), ``row`` (the
        distribution, with n where it has several), ``truth``, ``error``, ``spread``, ``expected``,
        ``tolerance``, and ``verdict``: within tolerance, as far off as its known bias, or missed.

    Raises:
        InfoplaneError: where the table is empty, lacks a column, or has a case twice.
    """
    check_table(table, COLUMNS, "validation")
    key = ["estimator", "parameters", "distribution", "n"]
    if table.duplicated(key).any():
        first = table.loc[table.duplicated(key)].iloc[0]
        raise InfoplaneError(
            f"the validation table has {first.estimator} on {first.distribution} several times; "
            "keep one row for each case, and draw again."
        )
    several = table.groupby("estimator")["parameters"].transform("nunique") > 1
    panel = table["estimator"] + np.where(several, "\n" + table["parameters"], "")
    sizes = table.groupby("distribution")["n"].transform("nunique") > 1
    numbers = table["n"].map("{:,}".format)
    row = table["distribution"] + np.where(sizes, ", n " + numbers, "")
    biased = table["known_bias"] != ""
    verdict = np.where(~table["holds"], MISSED, np.where(biased, BIAS, HOLDS))
    kept = table[["truth", "error", "spread", "expected", "tolerance"]]
    return pd.DataFrame({"panel": panel, "row": row, "verdict": verdict}).join(kept)


@style.styled
def validation_figure(table: pd.DataFrame, *, columns: int = 5, title: str | None = None) -> Figure:
    """Draw estimate - truth: a panel for each estimator, a line for each distribution.

    Dots are means over seeds with their standard deviation; the band is the tolerance, about the
    error of a known bias where there is one. What is biased or missed has its number written at the
    other side. Panels beside one another share the distributions that any of them was tried on.

    Args:
        table: what ``validate`` returns.
        columns: panels beside one another.
        title: written above.

    Raises:
        InfoplaneError: as ``validation_points``, which gives the numbers drawn.
    """
    points = validation_points(table)
    names = list(dict.fromkeys(points["panel"]))
    groups = [names[i : i + columns] for i in range(0, len(names), columns)]
    order = _order(points)
    rows = [_rows(points, group, order) for group in groups]
    heights = [ROW * len(rows_of_group) + 0.62 for rows_of_group in rows]
    wide = min(columns, len(names))
    figure = layout.new_figure(NAMES + PANEL * wide, sum(heights) + 0.75)
    grid = figure.add_gridspec(len(groups), wide, height_ratios=heights)
    reach = _reach(points)
    for r, (group, rows_of_group) in enumerate(zip(groups, rows, strict=True)):
        for c, name in enumerate(group):
            axes = figure.add_subplot(grid[r, c])
            _panel(axes, points[points["panel"] == name], rows_of_group, reach)
            layout.panel_title(axes, "\n".join(_wrapped(line) for line in name.split("\n")))
            if c == 0:
                _name_rows(axes, points, rows_of_group)
    sizes = sorted(table["n"].unique())
    n = f"{sizes[0]:,}" + (f" to {sizes[-1]:,}" if len(sizes) > 1 else "")
    layout.header(
        figure,
        title,
        f"estimate − truth in bits, mean ± sd over seeds · n = {n} · beside each name the truth",
    )
    layout.legend_below(figure, _entries(points), columns=4)
    return figure


def _order(points: pd.DataFrame) -> list[str]:
    """All distributions, each beside those that an estimator tried before or after it."""
    order: list[str] = []
    for _, tried in points.groupby("panel", sort=False):
        known = [order.index(row) for row in tried["row"] if row in order]
        place = known[0] if known else len(order)
        for row in tried["row"]:
            if row not in order:
                order.insert(place, row)
            place = order.index(row) + 1
    return order


def _rows(points: pd.DataFrame, group: Sequence[str], order: Sequence[str]) -> list[str]:
    """The distributions that any of these panels has, in order of the table."""
    tried = set(points.loc[points["panel"].isin(list(group)), "row"])
    return [row for row in order if row in tried]


def _panel(axes: Axes, points: pd.DataFrame, rows: list[str], reach: float) -> None:
    """One estimator: band, dot, spread and, where it is beyond the band, the number."""
    axes.set_xscale("symlog", linthresh=LINEAR, linscale=0.6)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    place = {row: i for i, row in enumerate(rows)}
    for i in place.values():
        axes.axhline(i, color=style.WALL, linewidth=0.5, zorder=0)
    axes.axvline(0, color=style.FAINT, linewidth=0.6, zorder=1)
    drawn = points[["row", "verdict", "error", "spread", "expected", "tolerance"]].to_numpy()
    for row, verdict, error, spread, expected, tolerance in drawn:
        band = np.clip([expected - tolerance, expected + tolerance], -reach, reach)
        axes.fill_betweenx(
            [place[row] - 0.42, place[row] + 0.42], *band, color=BAND, linewidth=0, zorder=0.5
        )
        _mark(axes, place[row], verdict, error, spread, reach)
    ticks = [tick for tick in TICKS if abs(tick) <= reach]
    axes.set_xticks(ticks, [f"{tick:g}".replace("-", "−").replace("0.", ".") for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.tick_params(axis="x", labelsize=NUMBER + 0.5)
    axes.set_yticks([])
    for side in ("left", "top", "right"):
        axes.spines[side].set_visible(False)


def _mark(axes: Axes, y: int, verdict: str, error: float, spread: float, reach: float) -> None:
    """One estimate on one distribution."""
    colour = COLOURS[verdict]
    if np.isnan(error):
        axes.text(0, y, "no number", size=NUMBER, color=colour, ha="center", va="center")
        return
    if spread > 0:
        ends = np.clip([error - spread, error + spread], -reach, reach)
        axes.plot(ends, [y, y], color=colour, linewidth=0.9, zorder=2)
    axes.plot(error, y, "o", color=colour, markersize=2.6, zorder=3, clip_on=False)
    if verdict != HOLDS:
        side = -1 if error > 0 else 1
        axes.text(
            side * reach * 0.95, y, _number(error), size=NUMBER, color=colour,
            ha="right" if side > 0 else "left", va="center", zorder=4,
        )  # fmt: skip


def _wrapped(line: str) -> str:
    """Each parameter in a line of its own; what is wider than a panel is broken after its name."""
    parts = re.split(r", (?=\w+=)", line)
    return ",\n".join(p.replace("=", "=\n", 1) if len(p) > LETTERS else p for p in parts)


def _name_rows(axes: Axes, points: pd.DataFrame, rows: list[str]) -> None:
    """Write each distribution with its true information left of the panels."""
    truth = points.drop_duplicates("row").set_index("row")["truth"]
    axes.set_yticks(range(len(rows)), [f"{row}   {truth[row]:.2f}" for row in rows])
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL - 0.5)


def _reach(points: pd.DataFrame) -> float:
    """The end of the axis: a little beyond the farthest dot and the widest band."""
    farthest = np.nanmax(
        [*points["error"].abs(), *(points["expected"].abs() + points["tolerance"]), 0.1]
    )
    return float(farthest) * 1.6


def _number(error: float) -> str:
    """With a sign and two digits that count."""
    text = f"{error:+.2f}" if abs(error) < 10 else f"{error:+.0f}"
    return (
        text.replace("-", "−").replace("0.", ".", 1) if abs(error) < 1 else text.replace("-", "−")
    )


def _entries(points: pd.DataFrame) -> list[style.Entry]:
    """The legend: the verdicts that occur, and the band."""
    verdicts = [verdict for verdict in COLOURS if (points["verdict"] == verdict).any()]
    dots = [
        (Line2D([], [], marker="o", markersize=3, color=COLOURS[verdict], linewidth=0.9), verdict)
        for verdict in verdicts
    ]
    return [*dots, (Patch(color=BAND, linewidth=0), "tolerance")]
