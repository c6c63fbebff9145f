"""Label bits by epoch: how much of the seen labels the weights hold, and what became of lies."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_axis
from infoplane.figures.drawing.selection import check_table
from infoplane.figures.memorization.plane_marks import EARLY
from infoplane.names import CLEAN, FANO_FLOOR, LABEL_BITS, MEMORIZED_BITS, SPLIT

GENERALISED = "generalised bits"
FLOOR = (0, (4, 2))
COLUMNS = ["member", "epoch", "quantity", "value"]
COLOURS = {
    GENERALISED: style.SUBSETS[CLEAN],
    MEMORIZED_BITS: style.SUBSETS["corrupted"],
    "memorized": style.SUBSETS["corrupted"],
    "recovered": style.SUBSETS[CLEAN],
    "other": style.MUTED,
}


def label_bits_points(dynamics: pd.DataFrame) -> pd.DataFrame:
    """Return every quantity of the dynamics table by epoch, with the generalised bits.

    Args:
        dynamics: the dynamics table of one run: columns ``member, epoch, quantity, value``.

    Returns:
        Columns ``quantity, epoch, value`` (mean over members), ``sd`` (NaN for one member) and
        ``members``. ``"generalised bits"`` are label bits less memorized bits.

    Raises:
        InfoplaneError: where the table is empty, lacks a column, or has a value twice.
    """
    check_table(dynamics, COLUMNS, "dynamics")
    if dynamics.duplicated(["member", "epoch", "quantity"]).any():
        raise InfoplaneError(
            "the dynamics table has several values of one quantity, member and epoch; "
            "keep the rows of one run, and draw again."
        )
    rows = dynamics[COLUMNS].dropna(subset="value")
    if {LABEL_BITS, MEMORIZED_BITS} <= set(rows.quantity):
        wide = rows.pivot(index=["member", "epoch"], columns="quantity", values="value")
        general = (wide[LABEL_BITS] - wide[MEMORIZED_BITS]).rename("value").dropna().reset_index()
        rows = pd.concat([rows, general.assign(quantity=GENERALISED)], ignore_index=True)
    return rows.groupby(["quantity", "epoch"], as_index=False, sort=True).agg(
        value=("value", "mean"), sd=("value", "std"), members=("member", "nunique")
    )


@style.styled
def label_bits_figure(dynamics: pd.DataFrame, *, title: str | None = None) -> Figure:
    """Draw label bits an example by epoch, and what is predicted of the corrupted examples.

    At the left the label bits as a stack, memorized below and generalised on top, with the Fano
    floor: what must have been memorized, from training accuracy alone. At the right, where any
    example is corrupted, the shares predicted as seen, as true, or as neither.

    Arguments and errors are those of ``label_bits_points``, which gives the numbers drawn; an
    error too where label bits and memorized bits are not in the table.
    """
    points = label_bits_points(dynamics)
    split = set(SPLIT) <= set(points.quantity)
    width = (style.PAGE_WIDTH + 1.2) / 2 if split else style.COLUMN_WIDTH + 0.6
    figure, panels, _ = layout.panels(1 + split, 2, cell=(width, 2.6), around=(0.0, 0.7))
    draw_label_bits(panels[0], points)
    layout.panel_title(panels[0], "label bits an example")
    if split:
        draw_split(panels[1], points)
        layout.panel_title(panels[1], "corrupted examples: predicted as …")
    members = int(points.members.max())
    networks = "1 network" if members == 1 else f"mean ± sd of {members} networks"
    layout.header(figure, title, f"training examples as they were presented · {networks}")
    layout.legend_below(figure, _entries(points, split=split), columns=5)
    return figure


def draw_label_bits(axes: Axes, points: pd.DataFrame) -> None:
    """Draw the label bits of the rows of ``label_bits_points`` on these axes, without names."""
    if not {LABEL_BITS, MEMORIZED_BITS} <= set(points.quantity):
        raise InfoplaneError(
            f"the dynamics table has no {LABEL_BITS!r} and {MEMORIZED_BITS!r}; "
            f"it has {', '.join(map(repr, points.quantity.unique()))}: give that of a run."
        )
    total, memorized = _course(points, LABEL_BITS), _course(points, MEMORIZED_BITS)
    epoch_axis(axes, list(total.index), log_span=EARLY)
    for name, low, high in (
        (MEMORIZED_BITS, 0.0, memorized.value),
        (GENERALISED, memorized.value, total.value),
    ):
        axes.fill_between(total.index, low, high, color=COLOURS[name], alpha=0.3, linewidth=0)
    _line(axes, memorized, COLOURS[MEMORIZED_BITS])
    _line(axes, total, style.INK)
    if FANO_FLOOR in set(points.quantity):
        floor = _course(points, FANO_FLOOR)
        axes.plot(floor.index, floor.value, color=COLOURS[MEMORIZED_BITS], linestyle=FLOOR)
    axes.axhline(0, color=style.MUTED, linewidth=0.6)
    axes.set_ylabel("bits an example")


def draw_split(axes: Axes, points: pd.DataFrame) -> None:
    """Draw the three-way split of corrupted examples as a stack of shares, without names."""
    below = 0.0
    for name in SPLIT:
        course = _course(points, name)
        top = below + course.value
        epoch_axis(axes, list(course.index), log_span=EARLY)
        axes.fill_between(course.index, below, top, color=COLOURS[name], alpha=0.3, linewidth=0)
        _line(axes, course.assign(value=top), COLOURS[name] if name != SPLIT[-1] else "none")
        below = top
    axes.set_ylim(0, 1)
    axes.set_ylabel("share of corrupted examples")


def _course(points: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """One quantity by epoch, the epoch as index."""
    return points.loc[points.quantity == quantity].set_index("epoch").sort_index()


def _line(axes: Axes, course: pd.DataFrame, colour: str) -> None:
    """The upper edge of an area, with the sd over members as bars at a few epochs."""
    axes.plot(course.index, course.value, color=colour)
    if course.sd.notna().any() and colour != "none":
        some = course.iloc[:: max(1, len(course) // 12)]
        bars = {"fmt": "none", "ecolor": colour, "elinewidth": 0.7}
        axes.errorbar(some.index, some.value, yerr=some.sd, **bars)


def _entries(points: pd.DataFrame, *, split: bool) -> list[style.Entry]:
    """Areas by colour, one meaning in both panels, and lines."""

    def area(colour: str) -> Line2D:
        return Line2D([], [], color=colour, alpha=0.35, linewidth=6, solid_capstyle="butt")

    memorized, general = COLOURS[MEMORIZED_BITS], COLOURS[GENERALISED]
    floor = Line2D([], [], color=memorized, linestyle=FLOOR)
    entries = (
        (True, area(memorized), "memorized" + " (as seen)" * split),
        (True, area(general), "generalised" + ", recovered (as true)" * split),
        (split, area(COLOURS["other"]), "other"),
        (True, Line2D([], [], color=style.INK), "total"),
        (FANO_FLOOR in set(points.quantity), floor, "Fano floor of memorized"),
    )
    return [(mark, text) for occurs, mark, text in entries if occurs]
