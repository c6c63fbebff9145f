"""How fast corruptions are fitted, and what that costs on test: figure 1 of Zhang et al. 2017."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table
from infoplane.names import RUNNING_LOSS
from infoplane.tables import DYNAMICS, TRAINING

CORRUPTIONS = ("#0072b2", "#56b4e9", "#009e73", "#b8860b", "#d55e00", "#aa4499")
NETWORKS = ("#222222", "#7a5195", "#d1495b", "#8a8a2a")
PUBLISHED = (0, (4, 2))  # the dashes of published values
RATES = {
    "slowdown": "time to overfit  [of that at rate 0]",
    "test_error": "test error",
}


def loss_points(dynamics: pd.DataFrame, training: pd.DataFrame) -> pd.DataFrame:
    """Return the running training loss by step, in bits an example.

    Args:
        dynamics: the dynamics table of one run.
        training: its training table, which tells the steps of an epoch.

    Returns:
        Columns ``epoch, step, loss`` (mean over members), ``loss_sd`` (NaN for one) and
        ``members``.

    Raises:
        InfoplaneError: where a table is empty or of another kind.
    """
    check_table(dynamics, DYNAMICS, "dynamics")
    check_table(training, TRAINING, "training")
    last = training.iloc[training["epoch"].to_numpy().argmax()]
    steps = last["step"] // max(last["epoch"], 1)
    losses = dynamics[dynamics["quantity"] == RUNNING_LOSS]
    points = losses.groupby("epoch", as_index=False).agg(
        loss=("value", "mean"), loss_sd=("value", "std"), members=("member", "nunique")
    )
    return points.assign(step=steps * points["epoch"])


@style.styled
def fitting_figure(
    losses: Mapping[str, Mapping[str, pd.DataFrame]],
    rates: pd.DataFrame,
    published: pd.DataFrame,
    *,
    title: str | None = None,
) -> Figure:
    """Draw loss against steps, time to overfit and test error against the corruption rate.

    Args:
        losses: for each panel (a network) the points of ``loss_points`` of each corruption.
        rates: columns ``network, rate, slowdown, slowdown_sd, test_error, test_error_sd, fitted``;
            a point that is not fitted is hollow.
        published: columns ``network, rate, slowdown, test_error``, drawn dashed.
        title: written above.
    """
    panels = len(losses)
    figure, axes, _ = layout.panels(panels + 2, panels + 2, cell=(2.9, 2.6), around=(0.0, 0.8))
    names = dict.fromkeys(name for points in losses.values() for name in points)
    colours = dict(zip(names, CORRUPTIONS, strict=False))
    for panel, (network, points) in zip(axes, losses.items(), strict=False):
        draw_losses(panel, points, colours)
        layout.panel_title(panel, f"{network}: running loss")
    networks = list(rates["network"].unique())
    for panel, column in zip(axes[panels:], RATES, strict=True):
        draw_by_rate(panel, rates, published, column)
        layout.panel_title(panel, RATES[column].split("  ")[0])
    axes[0].set_ylabel("loss  [bits an example]")
    layout.header(figure, title, f"{_members(losses)} · dashed: published, on all of CIFAR-10")
    kinds = [(Line2D([], [], color=colour), name) for name, colour in colours.items()]
    layout.legend_below(figure, kinds + _entries(networks, rates), columns=len(kinds))
    return figure


def draw_losses(axes: Axes, losses: Mapping[str, pd.DataFrame], colours: Mapping[str, str]) -> None:
    """Draw the running loss of each corruption against the step, in the colour of its name."""
    for name, points in losses.items():
        colour = colours[name]
        axes.plot(points.step, points.loss, color=colour)
        low, high = points.loss - points.loss_sd, points.loss + points.loss_sd
        axes.fill_between(points.step, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.set_xlabel("steps")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)


def draw_by_rate(axes: Axes, rates: pd.DataFrame, published: pd.DataFrame, column: str) -> None:
    """Draw a column of both tables against the corruption rate, a colour a network."""
    for colour, network in zip(NETWORKS, rates["network"].unique(), strict=False):
        theirs = published[published["network"] == network]
        axes.plot(theirs["rate"], theirs[column], color=colour, linestyle=PUBLISHED, linewidth=0.8)
        ours = rates[rates["network"] == network].sort_values("rate")
        spread = ours[f"{column}_sd"].fillna(0)
        axes.errorbar(ours["rate"], ours[column], yerr=spread, color=colour, elinewidth=0.8)
        faces = np.where(ours["fitted"], colour, "white")
        axes.scatter(
            ours["rate"], ours[column], s=16, c=list(faces), edgecolors=colour, zorder=3,
            linewidths=0.9,
        )  # fmt: skip
    axes.set_xlabel("share of labels drawn anew")
    axes.set_ylabel(RATES[column])


def _members(losses: Mapping[str, Mapping[str, pd.DataFrame]]) -> str:
    counts = [
        f"{network}: {max(int(points.members.max()) for points in each.values())}"
        for network, each in losses.items()
    ]
    return f"networks of each kind: {', '.join(counts)}"


def _entries(networks: Sequence[str], rates: pd.DataFrame) -> list[style.Entry]:
    entries: list[style.Entry] = [
        (Line2D([], [], color=colour), network)
        for colour, network in zip(NETWORKS, networks, strict=False)
    ]
    entries.append((Line2D([], [], color=style.MUTED, linestyle=PUBLISHED), "published"))
    if not rates["fitted"].all():
        hollow = Line2D([], [], color=style.MUTED, marker="o", markerfacecolor="white", ls="none")
        entries.append((hollow, "not fitted"))
    return entries
