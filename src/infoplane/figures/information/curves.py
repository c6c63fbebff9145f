"""Information against the epoch: one line for each layer, with its null, spread and ceiling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_axis
from infoplane.figures.drawing.frame import Frame
from infoplane.figures.drawing.line_labels import label_lines
from infoplane.figures.drawing.selection import over_members, provenance, select
from infoplane.names import H_T, I_TY, I_TY_SEEN, I_XT, TRAIN

WIDE = 2.6  # inches: a panel whose curves have their names beside it
CEILING = {I_XT: "log₂ n", H_T: "log₂ n", I_TY: "H(Y)", I_TY_SEEN: "H(Ỹ)"}


def curve_points(
    measurements: pd.DataFrame,
    *,
    subset: str = TRAIN,
    quantities: Sequence[str] = (I_XT, I_TY),
    estimator: str = "bins",
    with_input: bool = False,
) -> pd.DataFrame:
    """Return the points of information curves: one row for each quantity, layer and epoch, in bits.

    Args:
        measurements: the measurements table of one run.
        subset: the examples measured, ``"train"`` or ``"test"``.
        quantities: what is drawn, by its name in the table.
        estimator: the estimator's name in the table.
        with_input: keep the input itself as layer 0.

    Returns:
        Columns ``quantity, layer, depth, epoch``; ``bits``, the mean over members, and ``sd``,
        the standard deviation (NaN for one member); ``null_mean, null_std`` under permuted labels;
        ``inside_null``: p_value > .05; ``ceiling, saturated, members, n, subset,
        estimator, resolution``.

    Raises:
        InfoplaneError: where the table is empty, lacks a quantity, or mixes several runs.
    """
    if not quantities:
        raise InfoplaneError(f"quantities is empty; name at least one, such as {I_XT!r}.")
    rows = select(
        measurements, quantities, subset=subset, estimator=estimator, with_input=with_input
    )
    return over_members(rows)


@style.styled
def information_curves(
    measurements: pd.DataFrame,
    *,
    subset: str = TRAIN,
    quantities: Sequence[str] = (I_XT, I_TY),
    estimator: str = "bins",
    with_input: bool = False,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw information against the epoch, a panel for each quantity and a line for each layer.

    Bands are one standard deviation over members; dotted lines are the permutation null of the
    same layer, with a band of two of its standard deviations; the dashed line is the ceiling. The
    epoch is drawn in log(1 + epoch) where training is long.

    Arguments and errors are those of ``curve_points``, which gives the numbers drawn; ``ax`` are
    axes to draw a single quantity on, whose figure is returned, instead of a new one.
    """
    if ax is not None and len(quantities) != 1:
        raise InfoplaneError(
            f"ax is one panel, and the quantities are {', '.join(quantities)}; give one of them."
        )
    points = curve_points(
        measurements,
        subset=subset,
        quantities=quantities,
        estimator=estimator,
        with_input=with_input,
    )
    if len(quantities) == 1:
        frame = Frame.of(ax, style.COLUMN_WIDTH, 3.1)
        panels = [frame.axes]
    else:
        figure, panels, _ = layout.panels(
            len(quantities), len(quantities), cell=(style.PAGE_WIDTH / 2, 2.4), around=(0.0, 0.7),
            least=WIDE,
        )  # fmt: skip
        frame = Frame(figure, panels[0], given=False)
    for axes, quantity in zip(panels, quantities, strict=True):
        draw_curves(axes, points.loc[points.quantity == quantity])
    frame.header(title, provenance(points))
    frame.legend(curve_entries(points))
    layout.settle(frame.figure)  # settles the heights, which the names need
    for axes, quantity in zip(panels, quantities, strict=True):
        name_curves(axes, points.loc[points.quantity == quantity])
    return frame.figure


def draw_curves(axes: Axes, points: pd.DataFrame, *, epochs: Sequence[int] | None = None) -> None:
    """Draw one quantity against the epoch on these axes, without names or legend.

    Call ``name_curves`` for the layers' names once the axes have their final height and limits.

    Args:
        axes: where to draw.
        points: the rows of ``curve_points`` of one quantity.
        epochs: the epochs the axis spans, where several panels share one; those of the points
            unless given.
    """
    epoch_axis(axes, list(points.epoch) if epochs is None else epochs)
    colours = style.layer_colours(list(points.depth))
    for depth, layer in points.groupby("depth", sort=True):
        _curve(axes, layer.sort_values("epoch"), colours[int(str(depth))])
    axes.set_ylabel(f"{points.quantity.iloc[0]}  [bits]")
    share_bits([axes], points)
    _ceiling(axes, points)


def share_bits(panels: Sequence[Axes], points: pd.DataFrame) -> None:
    """Give these axes the y limits that show all of these points, their ceiling, and 0."""
    ceilings = points.ceiling[np.isfinite(points.ceiling)]  # some estimators have none
    high = float(np.nanmax([points.bits.max(), ceilings.max()]))
    low = min(float(points.bits.min()), 0.0)
    for axes in panels:
        axes.set_ylim(low - 0.02 * (high - low), high + 0.1 * (high - low))


def name_curves(axes: Axes, points: pd.DataFrame) -> None:
    """Write each layer's name at the right of its curve."""
    last = points.sort_values("epoch").groupby("depth").tail(1).sort_values("depth")
    colours = style.layer_colours(list(last.depth))
    ends = last[["epoch", "bits"]].to_numpy(dtype=float)
    label_lines(axes, ends, list(last.layer), [colours[depth] for depth in last.depth])


def curve_entries(points: pd.DataFrame) -> list[style.Entry]:
    """Return the legend's entries for bands and dotted lines, where there are any."""
    members = int(points.members.max())
    band = Line2D([], [], color=style.FAINT, linewidth=5, solid_capstyle="butt")
    dotted = Line2D([], [], color=style.MUTED, linewidth=0.9, linestyle=":")
    null = "null of the same layer: labels shuffled (mean ± 2 sd)"
    entries = (
        (members > 1, band, f"band: ± sd of {members} networks"),
        (points.null_mean.notna().any(), dotted, null),
    )
    return [(mark, text) for occurs, mark, text in entries if occurs]


def _curve(axes: Axes, layer: pd.DataFrame, colour: str) -> None:
    """One layer: its mean, the band of its members, and its null."""
    marker = "o" if layer.epoch.nunique() <= style.FEW else ""
    axes.plot(layer.epoch, layer.bits, color=colour, marker=marker, markersize=3, zorder=3)
    _band(axes, layer, layer.bits, layer.sd, colour)
    if layer.null_mean.notna().any():
        axes.plot(layer.epoch, layer.null_mean, color=colour, linewidth=0.9, linestyle=":")
        _band(axes, layer, layer.null_mean, 2 * layer.null_std, colour)


def _band(axes: Axes, layer: pd.DataFrame, middle: pd.Series, half: pd.Series, colour: str) -> None:
    """A light band around a line."""
    if half.notna().any():
        low, high = middle - half, middle + half
        axes.fill_between(layer.epoch, low, high, color=colour, alpha=0.18, linewidth=0, zorder=1)


def _ceiling(axes: Axes, points: pd.DataFrame) -> None:
    """The most the estimator could say, as a dashed line with its name."""
    top = points.ceiling.max()
    if not np.isfinite(top):
        return
    name = CEILING.get(points.quantity.iloc[0], "ceiling")
    axes.axhline(top, color=style.MUTED, linewidth=0.6, linestyle=(0, (6, 3)), zorder=1)
    axes.annotate(
        f"{name} = {top:.2f}",
        (0.99, top),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2.5),
        textcoords="offset points",
        ha="right",
        size=style.SMALL,
        color=style.MUTED,
        in_layout=False,
    )
