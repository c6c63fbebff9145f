"""Who was trained on: the attacks' rates on log axes, and one example by who saw it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import style
from infoplane.figures.drawing.frame import Frame
from infoplane.figures.drawing.selection import check_table

ROC = ("attack", "false_positive_rate", "true_positive_rate")
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#aa4499")
LEAST = 1e-4  # of both rates that are drawn
IN, OUT = "#aa4499", "#0072b2"
BINS = 30


@style.styled
def attack_roc(
    curves: pd.DataFrame, *, title: str | None = None, subtitle: str = "", ax: Axes | None = None
) -> Figure:
    """Draw true against false positives of each attack, both on log axes.

    Few false positives are what counts: there an attack that is sure of some stands above one that
    is a little right of all. The dashed line is chance.

    Args:
        curves: ``attack``, ``false_positive_rate``, ``true_positive_rate``.
        title: written above.
        subtitle: below it.
        ax: axes of your own.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.

    Source: Carlini et al. 2022, figure 1.
    """
    check_table(curves, ROC, "ROC")
    frame = Frame.of(ax, style.COLUMN_WIDTH, 3.6)
    axes = frame.axes
    axes.plot([LEAST, 1], [LEAST, 1], color=style.MUTED, linewidth=0.7, linestyle=(0, (3, 3)))
    entries: list[style.Entry] = []
    attacks = curves["attack"].drop_duplicates()
    for attack, colour in zip(attacks, COLOURS, strict=False):
        some = curves[curves["attack"] == attack]
        axes.plot(some["false_positive_rate"], some["true_positive_rate"], color=colour)
        entries.append((Line2D([], [], color=colour), str(attack)))
    axes.set(xscale="log", yscale="log", xlim=(LEAST, 1), ylim=(LEAST, 1))
    axes.set_xlabel("false positive rate")
    axes.set_ylabel("true positive rate")
    frame.header(title, subtitle)
    frame.legend(entries, columns=3)
    return frame.figure


@style.styled
def in_and_out(
    networks: pd.DataFrame, *, title: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw the log-odds of one example's label, by networks that saw it and by those that did not.

    Args:
        networks: a row a network: ``seen`` and ``log_odds`` (nats).
        title: written above.
        ax: axes of your own.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(networks, ("seen", "log_odds"), "networks")
    frame = Frame.of(ax, style.COLUMN_WIDTH, 2.9)
    axes = frame.axes
    edges = np.linspace(networks["log_odds"].min(), networks["log_odds"].max() + 1e-9, BINS + 1)
    entries: list[style.Entry] = []
    for seen, colour, name in ((True, IN, "trained on it"), (False, OUT, "not trained on it")):
        some = networks.loc[networks["seen"] == seen, "log_odds"]
        counts, _ = np.histogram(some, edges)
        axes.stairs(counts, edges, fill=True, color=colour, alpha=0.25)
        axes.stairs(counts, edges, color=colour, linewidth=1.2)
        entries.append((Line2D([], [], color=colour), f"{name} ({len(some):,})"))
    axes.axvline(0, color=style.FAINT, linewidth=0.7, zorder=0)
    axes.set_xlabel("log-odds of its label  ln p/(1 − p)  [nats]")
    axes.set_ylabel("networks")
    means = networks.groupby("seen")["log_odds"].mean()
    frame.header(title, f"means {means[True]:.1f} and {means[False]:.1f} nats".replace("-", "−"))
    frame.legend(entries)
    return frame.figure
