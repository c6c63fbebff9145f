"""Where examples are memorized: profiles over layers, and what a second split lets them forget."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.frame import Frame
from infoplane.figures.drawing.selection import check_table

PROFILES = ("member", "layer", "depth", "measure", "control", "value", "unit")
SECOND_SPLIT = ("member", "corrupted", "epochs", "second_split_forgetting")
KINDS = {False: ("true label", style.INK), True: ("wrong label", "#aa4499")}


@style.styled
def layer_profiles(profiles: pd.DataFrame, *, title: str | None = None) -> Figure:
    """Draw each measure over the hidden layers: a panel a measure, a line the mean over networks.

    Measures have units of their own; higher is more memorized in all. The band is from the least to
    the most over networks, the circle the layer with the highest mean.

    Args:
        profiles: ``member``, ``layer``, ``depth``, ``measure``, whether it is its ``control``,
            ``value`` and ``unit``.
        title: written above.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(profiles, PROFILES, "profiles")
    measures = list(profiles["measure"].unique())
    figure, grid, _ = layout.panels(len(measures), 3, cell=(2.3, 1.7), around=(0.3, 0.8))
    for axes, measure in zip(grid, measures, strict=True):
        rows = profiles[profiles["measure"] == measure]
        of_depth = rows[~rows["control"]].groupby("depth")["value"]
        mean, control = of_depth.mean(), rows[rows["control"]].groupby("depth")["value"].mean()
        axes.fill_between(mean.index, of_depth.min(), of_depth.max(), color=style.FAINT, alpha=0.5)
        axes.plot(control.index, control, color=style.MUTED, linewidth=1.0, linestyle=(0, (3, 3)))
        axes.plot(mean.index, mean, color=style.INK, marker="o", markersize=3, linewidth=1.2)
        axes.plot(
            [mean.idxmax()], [mean.max()], marker="o", markersize=8, color="#aa4499",
            fillstyle="none", linewidth=0,
        )  # fmt: skip
        axes.set_xticks(list(mean.index))
        axes.set_xlabel("hidden layer")
        axes.set_ylabel(str(rows["unit"].iloc[0]))
        layout.panel_title(axes, str(measure))
    members = profiles["member"].nunique()
    layout.header(
        figure,
        title,
        "Higher: more memorized there. Circle: the most. Dashed: a control. "
        f"{members} networks and their range.",
    )
    layout.settle(figure)
    return figure


def second_split_points(times: pd.DataFrame) -> pd.DataFrame:
    """Return the share of examples not yet forgotten for good, by epoch of the second training.

    Args:
        times: ``member``, ``corrupted``, ``epochs`` and ``second_split_forgetting``.

    Returns:
        Columns ``member``, ``corrupted``, ``epoch``, ``remembered``.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(times, SECOND_SPLIT, "second split")
    epochs = np.arange(int(times["epochs"].max()) + 1)
    parts = [
        pd.DataFrame(
            {"member": member, "corrupted": corrupted, "epoch": epochs}
            | {"remembered": (of_kind.to_numpy()[:, None] > epochs).mean(axis=0)}
        )
        for (member, corrupted), of_kind in times.groupby(["member", "corrupted"])[
            "second_split_forgetting"
        ]
    ]
    return pd.concat(parts, ignore_index=True)


@style.styled
def second_split_curves(
    times: pd.DataFrame, *, title: str | None = None, ax: Axes | None = None
) -> Figure:
    """Draw how examples of the first split are forgotten in training on a second one.

    Args:
        times: as in ``second_split_points``, which gives the numbers drawn.
        title: written above.
        ax: axes of your own.

    Raises:
        InfoplaneError: as ``second_split_points``.
    """
    points = second_split_points(times)
    frame = Frame.of(ax, style.COLUMN_WIDTH, 2.9)
    axes = frame.axes
    entries: list[style.Entry] = []
    for corrupted, (name, colour) in KINDS.items():
        some = points[points["corrupted"] == corrupted]
        if some.empty:
            continue
        for _, of_member in some.groupby("member"):
            axes.plot(of_member["epoch"], of_member["remembered"], color=colour, linewidth=0.9)
        entries.append((Line2D([], [], color=colour), name))
    axes.set_ylim(0, 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("epoch of the second training")
    axes.set_ylabel("share not yet forgotten for good")
    frame.header(title, f"{points['member'].nunique()} networks, a line each")
    frame.legend(entries)
    return frame.figure
