"""Beside the plane: M and held-out I(T;Y) against the epoch, clean accuracy, M against depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from infoplane.figures.memorization.plane import about, learned_memorized_points, other_decoders
from infoplane.figures.memorization.plane_marks import (
    DECODER_DASHES,
    EARLY,
    ends,
    other_entries,
    spreads,
)
from infoplane.figures.training import training_points
from infoplane.names import TEST

CEILING = {"memorized": "H(Ỹ|Y)", "learned": "H(Y)"}
LABEL = {"memorized": "M on train  [bits]", "learned": "held-out I(T;Y)  [bits]"}
DASHES = (0, (6, 3))


@style.styled
def memorized_curves(
    measurements: pd.DataFrame,
    *,
    estimator: str | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw M on the training examples against the epoch, a line a layer, with its control.

    Arguments and errors are those of ``learned_memorized_points``, which gives the numbers drawn;
    ``ax`` are axes to draw on, whose figure is returned, instead of those of a new one.
    """
    return _courses(measurements, "memorized", estimator, title, ax)


@style.styled
def learned_curves(
    measurements: pd.DataFrame,
    *,
    estimator: str | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw held-out I(T;Y) against the epoch, a line a layer.

    Arguments and errors are those of ``learned_memorized_points``, which gives the numbers drawn;
    ``ax`` are axes to draw on, whose figure is returned, instead of those of a new one.
    """
    return _courses(measurements, "learned", estimator, title, ax)


@style.styled
def memorized_depth(
    measurements: pd.DataFrame,
    *,
    estimator: str | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw M against depth at the last epoch, as each decoder reads it, and the control.

    Hollow points are inside their null; thin lines are the decoders that are not the strongest.
    Bars are one standard deviation over members or, of a single one, the standard error.
    Arguments and errors are those of ``learned_memorized_points``, which gives the numbers drawn;
    ``ax`` are axes to draw on, whose figure is returned, instead of those of a new one.
    """
    points = learned_memorized_points(measurements, estimator=estimator)
    frame = Frame.of(ax, style.COLUMN_WIDTH, 3.0)
    others = other_decoders(measurements, points.estimator.iloc[0])
    draw_depth(frame.axes, points, others)
    frame.header(title, f"{about(points)} · epoch {int(points.epoch.max()):,}")
    frame.legend(other_entries(others))
    return frame.figure


def draw_course(
    axes: Axes, points: pd.DataFrame, value: str, *, epochs: Sequence[int] | None = None
) -> None:
    """Draw ``memorized`` (with its control) or ``learned`` of each layer against the epoch.

    Call ``name_courses`` for the layers' names once the axes have their final height.

    Args:
        axes: where to draw.
        points: the rows of ``learned_memorized_points``.
        value: ``"memorized"`` or ``"learned"``.
        epochs: the epochs the axis spans, where several panels share one.
    """
    epoch_axis(axes, list(points.epoch) if epochs is None else epochs, log_span=EARLY)
    colours = style.layer_colours(list(points.depth))
    marker = "o" if points.epoch.nunique() <= style.FEW else ""
    for depth, layer in points.groupby("depth"):
        layer, colour = layer.sort_values("epoch"), colours[int(str(depth))]
        axes.plot(layer.epoch, layer[value], color=colour, marker=marker, markersize=3, zorder=3)
        half = layer[f"{value}_sd"]
        if half.notna().any():
            band = {"color": colour, "alpha": 0.18, "linewidth": 0}
            axes.fill_between(layer.epoch, layer[value] - half, layer[value] + half, **band)
        if value == "memorized":
            axes.plot(layer.epoch, layer.control, color=style.MUTED, linewidth=0.6, zorder=2,
                      linestyle=(0, (3, 2)))  # fmt: skip
    _ceiling(axes, points, value)
    axes.set_ylabel(LABEL[value])


def name_courses(axes: Axes, points: pd.DataFrame, value: str) -> None:
    """Write each layer's name at the right of its curve."""
    last = ends(points)
    colours = style.layer_colours(list(last.depth))
    places = last[["epoch", value]].to_numpy(dtype=float)
    label_lines(axes, places, list(last.layer), [colours[depth] for depth in last.depth])


def draw_accuracy_on_test(
    axes: Axes, training: pd.DataFrame, *, epochs: Sequence[int] | None = None
) -> None:
    """Draw accuracy on the true labels of the test part against the epoch, and mark its best."""
    points = training_points(training)
    test = points.loc[points["subset"] == TEST].sort_values("epoch")
    if test.empty:
        raise InfoplaneError(
            "the training table has no rows of subset 'test'; "
            f"it has {', '.join(points['subset'].unique())}: give one that has, or none."
        )
    epoch_axis(axes, list(test.epoch) if epochs is None else epochs, log_span=EARLY)
    colour, half = style.SUBSETS["test"], test.true_accuracy_sd
    axes.plot(test.epoch, test.true_accuracy, color=colour)
    if half.notna().any():
        low, high = test.true_accuracy - half, test.true_accuracy + half
        axes.fill_between(test.epoch, low, high, color=colour, alpha=0.18, linewidth=0)
    best = int(test.true_accuracy.to_numpy().argmax())
    epoch, accuracy = int(test.epoch.iloc[best]), float(test.true_accuracy.iloc[best])
    axes.plot(epoch, accuracy, "o", color=colour, markersize=4)
    across = float(axes.transAxes.inverted().transform(axes.transData.transform((epoch, 0)))[0])
    axes.annotate(
        f"best {accuracy:.2f}, epoch {epoch:,}",
        (epoch, accuracy), xytext=(0, 6), textcoords="offset points",
        ha="left" if across < 0.25 else "right" if across > 0.75 else "center",
        size=style.SMALL, color=colour,
    )  # fmt: skip
    axes.set_ylim(0, 1.09)
    axes.set_ylabel("clean test accuracy")


def draw_depth(
    axes: Axes, points: pd.DataFrame, others: Mapping[str, pd.DataFrame] | None = None
) -> None:
    """Draw M against depth at the last epoch of each layer, with other decoders', and the control.

    Args:
        axes: where to draw.
        points: the rows of ``learned_memorized_points``.
        others: those by other decoders, drawn as thin lines.
    """
    last = ends(points)
    colours = style.layer_colours(list(last.depth))
    at = np.arange(len(last))
    axes.plot(at, last.memorized, color=style.FAINT, zorder=1)
    bars = {"fmt": "none", "elinewidth": 0.8, "zorder": 4}
    axes.errorbar(at, last.memorized, yerr=spreads(last, "memorized"), ecolor=style.INK, **bars)
    axes.errorbar(at, last.control, yerr=spreads(last, "control"), ecolor=style.MUTED, **bars)
    edges = [colours[depth] for depth in last.depth]
    faces = np.where(last.memorized_inside, "white", edges)
    axes.scatter(at, last.memorized, s=26, c=list(faces), edgecolors=edges, zorder=3)
    for dashes, read in zip(DECODER_DASHES, (others or {}).values(), strict=False):
        axes.plot(at, ends(read).memorized, color=style.MUTED, linewidth=0.7, linestyle=dashes,
                  zorder=2)  # fmt: skip
    axes.plot(at, last.control, color=style.MUTED, marker="_", markersize=7, linestyle="none")
    _ceiling(axes, points, "memorized")
    axes.set_xticks(at, list(last.layer))
    axes.set_xlim(-0.4, len(last) - 0.6)
    axes.set_ylabel(LABEL["memorized"])


def course_entries(points: pd.DataFrame) -> list[style.Entry]:
    """Return the legend's entries for those marks that occur beside the plane."""
    members = int(points.members.max())
    dashed = Line2D([], [], color=style.MUTED, linewidth=0.8, linestyle=(0, (3, 2)))
    band = Line2D([], [], color=style.FAINT, linewidth=5, solid_capstyle="butt")
    entries = (
        (points.control.notna().any(), dashed, "control: M on test, fresh noise, of every layer"),
        (members > 1, band, f"band: ± sd of {members} networks"),
    )
    return [(mark, text) for occurs, mark, text in entries if occurs]


def _courses(
    measurements: pd.DataFrame,
    value: str,
    estimator: str | None,
    title: str | None,
    ax: Axes | None,
) -> Figure:
    """One panel of courses as a figure."""
    points = learned_memorized_points(measurements, estimator=estimator)
    frame = Frame.of(ax, style.COLUMN_WIDTH + 0.4, 3.2)
    draw_course(frame.axes, points, value)
    frame.header(title, about(points))
    shown = points if value == "memorized" else points.assign(control=np.nan)
    frame.legend(course_entries(shown))
    layout.settle(frame.figure)
    name_courses(frame.axes, points, value)
    return frame.figure


def _ceiling(axes: Axes, points: pd.DataFrame, value: str) -> None:
    """Zero, the ceiling with its name, and limits that show both."""
    top, high = points[f"{value}_ceiling"].max(), points[value].max()
    high = float(np.nanmax([top, high]))
    low = float(np.nanmin([points[value].min(), 0.0]))
    axes.set_ylim(low - 0.05 * (high - low), high + 0.15 * (high - low))
    axes.axhline(0, color=style.FAINT, linewidth=0.8, zorder=0)
    if np.isfinite(top):
        axes.axhline(top, color=style.MUTED, linewidth=0.6, linestyle=DASHES, zorder=1)
        axes.annotate(
            f"{CEILING[value]} = {top:.2f}", (0.01, top), xycoords=("axes fraction", "data"),
            xytext=(0, 2.5), textcoords="offset points", size=style.SMALL, color=style.MUTED,
            in_layout=False,
        )  # fmt: skip
