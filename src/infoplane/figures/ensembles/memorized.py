"""How many examples are memorized, and how far: a histogram against shuffled memberships."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import style
from infoplane.figures.drawing.frame import Frame
from infoplane.figures.drawing.selection import check_table

WIDTH = 0.03  # of a bin, about
THRESHOLD = 0.25  # of Feldman & Zhang: from here on an example counts as memorized
COLUMNS = ("memorization", "shuffled", "corrupted")
KINDS = {False: ("true label", style.INK), True: ("wrong label", "#aa4499")}
NULL = "memberships shuffled"


def memorization_counts(examples: pd.DataFrame, *, networks: int) -> pd.DataFrame:
    """Return the counts that are drawn: columns ``low``, ``high``, ``kind`` and ``examples``.

    Shares of halves of the networks are multiples of 2/networks: bins hold equally many of them.

    Args:
        examples: a row an example: ``memorization``, the same with memberships ``shuffled``, and
            whether its label is ``corrupted``.
        networks: how many there are.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(examples, COLUMNS, "memorization")
    least = min(examples["memorization"].min(), examples["shuffled"].min(), 0)
    step = 2 / networks
    width = step * max(1, round(WIDTH / step))
    edges = np.arange(1 + step / 2, least - width, -width)[::-1]
    parts = {
        name: examples.loc[examples["corrupted"] == kind, "memorization"]
        for kind, (name, _) in KINDS.items()
    }
    parts[NULL] = examples["shuffled"]
    counts = [
        pd.DataFrame(
            {"low": edges[:-1], "high": edges[1:], "kind": kind}
            | {"examples": np.histogram(values, edges)[0]}
        )
        for kind, values in parts.items()
        if len(values)
    ]
    return pd.concat(counts, ignore_index=True)


@style.styled
def memorization_histogram(
    examples: pd.DataFrame, *, networks: int, title: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw how many examples have which memorization, on a log axis of counts.

    The band is what the same networks give with memberships shuffled: an example inside of it may
    be one that is not memorized at all. The line is at .25, from where on Feldman & Zhang (2020)
    call an example memorized.

    Args:
        examples: as in ``memorization_counts``, which gives the numbers drawn.
        networks: how many there are.
        title: written above.
        ax: axes of your own.

    Raises:
        InfoplaneError: as ``memorization_counts``.
    """
    counts = memorization_counts(examples, networks=networks)
    frame = Frame.of(ax, style.COLUMN_WIDTH, 3.2)
    axes = frame.axes
    colours = dict(KINDS.values()) | {NULL: style.FAINT}
    for kind in (NULL, *(name for name, _ in KINDS.values())):
        some = counts[counts["kind"] == kind]
        if some.empty:
            continue
        edges = np.append(some["low"], some["high"].iloc[-1])
        axes.stairs(
            some["examples"], edges, color=colours[kind], fill=kind == NULL, linewidth=1.2,
            baseline=0.5,
        )  # fmt: skip
    axes.axvline(THRESHOLD, color=style.MUTED, linewidth=0.7, linestyle=(0, (3, 3)))
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.5)
    axes.set_xlim(right=1.1)  # room for the last number
    axes.set_xlabel("P(right | seen) − P(right | not seen)")
    axes.set_ylabel("examples")
    share = (examples["memorization"] >= THRESHOLD).mean()
    by_chance = (examples["shuffled"] >= THRESHOLD).mean()
    frame.header(
        title,
        f"{len(examples):,} examples, {networks:,} networks · {share:.2%} at .25 or more, "
        f"{by_chance:.2%} with memberships shuffled",
    )
    drawn = [kind for kind in colours if (counts["kind"] == kind).any()]
    frame.legend([(Line2D([], [], color=colours[k]), k) for k in drawn], columns=3)
    return frame.figure
