"""What each layer tells of the labels it was trained on, from run to run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table, over_members, select
from infoplane.figures.papers.zhang_2017 import CORRUPTIONS
from infoplane.names import I_TY, I_TY_SEEN, TRAIN
from infoplane.tables import MEASUREMENTS


def seen_label_points(
    measurements: pd.DataFrame, *, estimator: str = "Ross", subset: str = TRAIN
) -> pd.DataFrame:
    """Return the information on the seen labels at the last look: a row a layer, in bits.

    Args:
        measurements: the measurements table of one run.
        estimator: its name in the table.
        subset: the examples measured.

    Returns:
        Columns ``layer, depth, bits, sd, null_mean, null_std, inside_null, ceiling, members, n``
        among others: I(T;Ỹ) of corrupted labels, and I(T;Y) where the seen labels are true.

    Raises:
        InfoplaneError: where the table is empty, or that was not measured.
    """
    check_table(measurements, MEASUREMENTS, "measurements")
    quantities = set(measurements.loc[measurements.estimator == estimator, "quantity"])
    quantity = I_TY_SEEN if I_TY_SEEN in quantities else I_TY
    rows = select(measurements, [quantity], subset=subset, estimator=estimator, with_input=True)
    return over_members(rows[rows.epoch == rows.epoch.max()]).sort_values("depth")


@style.styled
def seen_labels_by_depth(
    panels: Mapping[str, Mapping[str, pd.DataFrame]],
    *,
    estimator: str = "Ross",
    title: str | None = None,
) -> Figure:
    """Draw the information on the seen labels against depth at the end, a line a run.

    Args:
        panels: for each panel (a network) the measurements table of each run under its name.
        estimator: its name in the tables; one that does not saturate in wide layers.
        title: written above.

    Raises:
        InfoplaneError: where there is no run, or one of them cannot be drawn.
    """
    if not any(panels.values()):
        raise InfoplaneError("panels is empty; give the measurements of at least one run.")
    points = {
        panel: {name: seen_label_points(m, estimator=estimator) for name, m in runs.items()}
        for panel, runs in panels.items()
    }
    figure, cells, columns = layout.panels(
        len(points), len(points), cell=(3.4, 2.7), around=(0.0, 0.7), sharey=True
    )
    names = dict.fromkeys(name for runs in points.values() for name in runs)
    colours = dict(zip(names, CORRUPTIONS, strict=False))
    for axes, (panel, runs) in zip(cells, points.items(), strict=True):
        for name, of_run in runs.items():
            _line(axes, of_run, colours[name])
        layout.panel_title(axes, panel)
    for axes in cells[::columns]:
        axes.set_ylabel("I(T;seen label)  [bits]")
    some = next(points for runs in points.values() for points in runs.values())
    about = f"{estimator} · train set, n = {int(some.n.max()):,} · end of training"
    layout.header(figure, title, about)
    entries = [(Line2D([], [], color=colour), name) for name, colour in colours.items()]
    layout.legend_below(figure, entries + _hollow(points), columns=3)
    return figure


def _line(axes: Axes, points: pd.DataFrame, colour: str) -> None:
    axes.axhline(points.ceiling.max(), color=style.MUTED, linestyle=(0, (4, 2)), linewidth=0.8)
    axes.errorbar(points.depth, points.bits, yerr=points.sd.fillna(0), color=colour, elinewidth=0.8)
    faces = list(np.where(points.inside_null, "white", colour))
    axes.scatter(points.depth, points.bits, s=16, c=faces, edgecolors=colour, zorder=3)
    axes.set_xticks(points.depth, points.layer, rotation=45, ha="right")
    axes.set_ylim(bottom=min(0.0, *axes.get_ylim()))


def _hollow(points: Mapping[str, Mapping[str, pd.DataFrame]]) -> list[style.Entry]:
    if not any(each.inside_null.any() for runs in points.values() for each in runs.values()):
        return []
    mark = Line2D([], [], color=style.MUTED, marker="o", markerfacecolor="white", linestyle="none")
    return [(mark, "inside its null")]
