"""The figure of memorization: the same network on true and on random labels, side by side."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_bar, epoch_norm
from infoplane.figures.drawing.selection import provenance
from infoplane.figures.information.curves import (
    curve_entries,
    curve_points,
    draw_curves,
    name_curves,
    share_bits,
)
from infoplane.figures.information.plane import plane_points
from infoplane.figures.information.plane_marks import (
    draw_plane,
    label_layers,
    plane_entries,
    share_plane,
)
from infoplane.names import I_TY, I_TY_SEEN, I_XT

LAST = 5  # layers whose I(X;T) is drawn against the epoch


def memorizing_points(
    true_measurements: pd.DataFrame, random_measurements: pd.DataFrame, *, estimator: str = "bins"
) -> pd.DataFrame:
    """Return the points of all four panels, with ``panel`` a, b, c or d in the first column.

    Panels a and b have the columns of ``plane_points``, c and d those of ``curve_points`` (I(X;T)
    of the last five layers); a column the other kind lacks is NaN.

    Args:
        true_measurements: the measurements table of a run on true labels.
        random_measurements: that of a run on random labels; its label is the one seen in training.
        estimator: the estimator's name in both tables.

    Raises:
        InfoplaneError: where a table is empty, lacks a quantity, or mixes several runs.
    """
    panels = _panels(true_measurements, random_measurements, estimator)
    columns = ["panel", *dict.fromkeys([*panels["a"].columns, *panels["c"].columns])]
    lettered = [points.assign(panel=letter) for letter, points in panels.items()]
    return pd.concat(lettered, ignore_index=True).reindex(columns=columns)


@style.styled
def memorizing(
    true_measurements: pd.DataFrame,
    random_measurements: pd.DataFrame,
    *,
    estimator: str = "bins",
    title: str | None = None,
    subtitle: str | None = None,
) -> Figure:
    """Draw the four panels: what a network keeps when it learns, and when it can only memorize.

    Above, the information planes of the training set for (a) true labels, I(T;Y), and (b) random
    labels, I(T;Ỹ) of the labels seen; below, I(X;T) of the last five layers against the epoch for
    (c) true and (d) random labels. Planes share their axes and colours, and so do the curves.

    Arguments and errors are those of ``memorizing_points``, which gives the numbers drawn;
    ``subtitle`` defaults to a line that says what was measured.
    """
    panels = _panels(true_measurements, random_measurements, estimator)
    planes = pd.concat([panels["a"], panels["b"]], ignore_index=True)
    columns = layout.side_by_side(2)
    figure = layout.new_figure(style.PAGE_WIDTH / 2 * columns, 6.6 if columns == 2 else 9.4)
    ratios = (1.25, 1) if columns == 2 else (1.25, 1.25, 1, 1)
    cells = figure.subplots(len(ratios), columns, squeeze=False, height_ratios=ratios)
    axes = dict(zip("abcd", cells.flatten(), strict=True))
    norm = epoch_norm(planes.epoch)
    for letter in "ab":
        draw_plane(axes[letter], panels[letter], norm=norm)
    for letter in "cd":
        draw_curves(axes[letter], panels[letter], epochs=list(planes.epoch))
    share_plane([axes["a"], axes["b"]], planes)
    share_bits([axes["c"], axes["d"]], pd.concat([panels["c"], panels["d"]]))
    for letter, labels in zip("abcd", ("true labels", "random labels") * 2, strict=True):
        layout.panel_title(axes[letter], f"({letter})  {labels}")
    above = [axes["a"]] if columns == 1 else [axes["a"], axes["b"]]
    epoch_bar(above, norm, planes.epoch, above=columns == 1)
    layout.header(figure, title, subtitle or provenance(panels["a"]))
    layout.legend_below(figure, plane_entries(planes) + curve_entries(panels["c"]), columns=3)
    layout.settle(figure)  # settles heights for the curves' names, which take width
    for letter in "cd":
        name_curves(axes[letter], panels[letter])
    layout.settle(figure)  # settles widths for the planes' names
    for letter in "ab":
        label_layers(axes[letter], panels[letter])
    return figure


def _panels(
    true_measurements: pd.DataFrame, random_measurements: pd.DataFrame, estimator: str
) -> dict[str, pd.DataFrame]:
    """The points of each panel, by its letter."""
    return {
        "a": plane_points(true_measurements, label=I_TY, estimator=estimator),
        "b": plane_points(random_measurements, label=I_TY_SEEN, estimator=estimator),
        "c": _last_layers(true_measurements, estimator),
        "d": _last_layers(random_measurements, estimator),
    }


def _last_layers(measurements: pd.DataFrame, estimator: str) -> pd.DataFrame:
    """I(X;T) of the last layers."""
    points = curve_points(measurements, quantities=[I_XT], estimator=estimator)
    last = sorted(points.depth.unique())[-LAST:]
    return points.loc[points.depth.isin(last)].reset_index(drop=True)
