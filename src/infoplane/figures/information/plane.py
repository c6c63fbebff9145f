"""The information plane: what each layer keeps of the input and knows of the label, by epoch."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_bar, epoch_norm
from infoplane.figures.drawing.frame import Frame
from infoplane.figures.drawing.selection import over_members, provenance, select
from infoplane.figures.information.plane_marks import (
    ENTROPY,
    draw_plane,
    label_layers,
    plane_entries,
    share_plane,
)
from infoplane.names import I_TY, I_XT, TRAIN

ABOUT = ["saturated", "members", "n", "label", "subset", "estimator", "resolution"]


def plane_points(
    measurements: pd.DataFrame,
    *,
    subset: str = TRAIN,
    label: str = I_TY,
    estimator: str = "bins",
    with_input: bool = False,
) -> pd.DataFrame:
    """Return the points of an information plane: one row for each layer and epoch, in bits.

    Args:
        measurements: the measurements table of one run.
        subset: the examples measured, ``"train"`` or ``"test"``.
        label: the label information drawn upwards: ``"I(T;Y)"`` of the true labels, ``"I(T;Ỹ)"``
            of those seen in training.
        estimator: the estimator's name in the table.
        with_input: keep the input itself as layer 0.

    Returns:
        Columns ``layer, depth, epoch``; ``x`` = I(X;T) and ``y`` = the label information, means
        over members, with ``x_sd, y_sd`` (standard deviation over members; NaN for one) and
        ``x_ceiling, y_ceiling``; ``null_mean, null_std`` of y under permuted labels;
        ``p_value`` of y and ``inside_null``: above .05; ``saturated``: x says more of n than of the
        layer; ``members, n, label, subset, estimator, resolution``.

    Raises:
        InfoplaneError: where the table is empty, lacks a quantity, or mixes several runs.
    """
    if label not in ENTROPY:
        raise InfoplaneError(f"label is {label!r}; give one of {', '.join(map(repr, ENTROPY))}.")
    rows = select(
        measurements, [I_XT, label], subset=subset, estimator=estimator, with_input=with_input
    )
    points = over_members(rows)
    key = ["layer", "depth", "epoch"]
    x = points.loc[points.quantity == I_XT]
    x = x.rename(columns={"bits": "x", "sd": "x_sd", "ceiling": "x_ceiling"})
    x = x.drop(columns=["quantity", "null_mean", "null_std", "p_value", "inside_null"])
    y = points.loc[points.quantity == label]
    y = y.rename(columns={"bits": "y", "sd": "y_sd", "ceiling": "y_ceiling"})
    y = y.loc[
        :, [*key, "y", "y_sd", "y_ceiling", "null_mean", "null_std", "p_value", "inside_null"]
    ]
    both = x.merge(y, on=key).assign(label=label)
    return both.loc[:, [*key, "x", "x_sd", "x_ceiling", *y.columns[3:], *ABOUT]]


@style.styled
def information_plane(
    measurements: pd.DataFrame,
    *,
    subset: str = TRAIN,
    label: str = I_TY,
    estimator: str = "bins",
    with_input: bool = False,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the information plane of one run: a point for each layer and epoch.

    Colour is the epoch; a thin line joins the layers of one epoch in order of depth. The shaded
    wall is log2 n, which I(X;T) of n examples cannot pass; the thin line is the entropy of the
    label. Hollow points are inside their permutation null and say nothing of the label; diamonds
    are saturated. Bars are the standard deviation over members, at the last epoch.

    Arguments and errors are those of ``plane_points``, which gives the numbers drawn; ``ax`` are
    axes to draw on, whose figure is returned, instead of those of a new one.
    """
    points = plane_points(
        measurements, subset=subset, label=label, estimator=estimator, with_input=with_input
    )
    frame = Frame.of(ax, style.COLUMN_WIDTH, 3.8)
    draw_plane(frame.axes, points)
    epoch_bar([frame.axes], epoch_norm(points.epoch), points.epoch)
    frame.header(title, provenance(points))
    frame.legend(plane_entries(points))
    layout.settle(frame.figure)  # settles the axes, which the names need
    label_layers(frame.axes, points)
    return frame.figure


@style.styled
def information_planes(
    panels: Mapping[str, pd.DataFrame], *, title: str | None = None, subtitle: str | None = None
) -> Figure:
    """Draw several planes side by side on the same axes and colours.

    Args:
        panels: the points of each plane (``plane_points``) under its title.
        title, subtitle: written above all.
    """
    if not panels:
        raise InfoplaneError("panels is empty; give the points of at least one plane.")
    together = pd.concat(list(panels.values()), ignore_index=True)
    columns = 2 if len(panels) == 4 else 3
    figure, grid, _ = layout.panels(len(panels), columns, cell=(2.6, 2.5), around=(0.6, 0.9))
    norm = epoch_norm(together.epoch)
    for axes, (name, points) in zip(grid, panels.items(), strict=True):
        draw_plane(axes, points, norm=norm)
        layout.panel_title(axes, name)
    share_plane(grid, together)
    epoch_bar(grid, norm, together.epoch)
    layout.header(figure, title, subtitle)
    layout.legend_below(figure, plane_entries(together))
    layout.settle(figure)
    for axes, points in zip(grid, panels.values(), strict=True):
        label_layers(axes, points)
    return figure
