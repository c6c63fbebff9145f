"""Loss and accuracy against the epoch, on each part of the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_axis
from infoplane.figures.drawing.selection import check_table
from infoplane.names import CLEAN, CORRUPTED, TEST, TRAIN
from infoplane.tables import TRAINING

ORDER = (TRAIN, CLEAN, CORRUPTED, TEST)
MEASURES = ("loss", "accuracy", "true_accuracy")
TRUE_LABELS = (0, (4, 2))  # the dashes of accuracy on true labels


def training_points(training: pd.DataFrame) -> pd.DataFrame:
    """Return the points of the training curves: one row for each subset and epoch.

    Args:
        training: the training table of one run.

    Returns:
        Columns ``subset, epoch``; ``loss`` (bits an example, seen labels), ``accuracy`` (seen
        labels) and ``true_accuracy`` (true labels), means over members, each with its standard
        deviation ``loss_sd, accuracy_sd, true_accuracy_sd`` (NaN for one member); ``members, n``.

    Raises:
        InfoplaneError: where the table is empty or not one of training.
    """
    check_table(training, TRAINING, "training")
    means = {measure: (measure, "mean") for measure in MEASURES}
    spreads = {f"{measure}_sd": (measure, "std") for measure in MEASURES}
    points = training.groupby(["subset", "epoch"], as_index=False).agg(
        **means, **spreads, members=("member", "nunique"), n=("n", "max")
    )
    rank = {subset: i for i, subset in enumerate(ORDER)}
    return points.sort_values(
        ["subset", "epoch"],
        key=lambda column: (
            column.map(rank).fillna(len(rank)) if column.name == "subset" else column
        ),
        ignore_index=True,
        kind="stable",
    )


@style.styled
def training_curves(
    training: pd.DataFrame, *, classes: int | None = None, title: str | None = None
) -> Figure:
    """Draw loss and accuracy against the epoch, a line for each subset.

    Solid lines are on the labels seen in training. Where accuracy on the true labels differs, it
    is dashed: what is memorized against what is learned. Bands are one standard deviation over
    members. ``training_points`` gives the numbers drawn.

    Args:
        training: the training table of one run.
        classes: the number of classes, to draw chance level (1/classes and log2 classes).
        title: written above.
    """
    points = training_points(training)
    figure, (loss, accuracy), _ = layout.panels(
        2, 2, cell=(style.PAGE_WIDTH / 2, 2.4), around=(0.0, 0.6)
    )
    draw_loss(loss, points)
    draw_accuracy(accuracy, points)
    if classes is not None:
        _chance(loss, float(np.log2(classes)))
        _chance(accuracy, 1 / classes)
    layout.header(figure, title, _provenance(points))
    entries = _entries(points)
    layout.legend_below(figure, entries, columns=len(entries))
    return figure


def draw_loss(axes: Axes, points: pd.DataFrame) -> None:
    """Draw the loss of each subset on these axes, from the rows of ``training_points``."""
    _lines(axes, points, "loss")
    axes.set_ylabel("loss  [bits an example]")
    axes.set_ylim(bottom=min(0.0, float(points.loss.min())))


def draw_accuracy(axes: Axes, points: pd.DataFrame) -> None:
    """Draw the accuracy of each subset on these axes, and on true labels where it differs."""
    _lines(axes, points, "accuracy")
    _lines(axes, points.loc[points["subset"].isin(_differing(points))], "true_accuracy")
    axes.set_ylabel("accuracy")
    axes.set_ylim(-0.02, 1.04)


def _lines(axes: Axes, points: pd.DataFrame, measure: str) -> None:
    """One measure of each subset, with the band of its members."""
    if points.empty:
        return
    epoch_axis(axes, points.epoch)
    colours = style.subset_colours(list(points["subset"].unique()))
    for subset, some in points.groupby("subset", sort=False):
        colour = colours[str(subset)]
        dashes = TRUE_LABELS if measure == "true_accuracy" else "-"
        marker = "o" if len(some) <= style.FEW else ""
        axes.plot(
            some.epoch,
            some[measure],
            color=colour,
            linewidth=2.2 if subset == TRAIN else 1.3,  # seen also below a part equal to it
            linestyle=dashes,
            marker=marker,
            markersize=3,
        )
        if some.members.max() > 1:
            half = some[f"{measure}_sd"]
            low, high = some[measure] - half, some[measure] + half
            axes.fill_between(some.epoch, low, high, color=colour, alpha=0.18, linewidth=0)


def _differing(points: pd.DataFrame) -> list[str]:
    """The subsets whose accuracy on true labels is not that on seen labels."""
    apart = (points.accuracy - points.true_accuracy).abs() > 1e-9
    return list(points.loc[apart, "subset"].unique())


def _chance(axes: Axes, level: float) -> None:
    """A dotted line at what guessing gives, named outside, where no curve can cross the name."""
    axes.axhline(level, color=style.MUTED, linewidth=0.8, linestyle=":", zorder=1)
    axes.annotate(
        "chance", (1.01, level), xycoords=("axes fraction", "data"), va="center",
        size=style.SMALL, color=style.MUTED,
    )  # fmt: skip


def _provenance(points: pd.DataFrame) -> str:
    """What was trained on, in one line."""
    members = int(points.members.max())
    networks = "1 network" if members == 1 else f"mean ± sd of {members} networks"
    largest = points.groupby("subset", sort=False).n.max()
    sizes = ", ".join(f"{subset} {n:,}" for subset, n in largest.items())
    return f"examples: {sizes} · {networks}"


def _entries(points: pd.DataFrame) -> list[style.Entry]:
    """Subsets by colour, and what dashes mean where there are any."""
    colours = style.subset_colours(list(points["subset"].unique()))
    entries: list[style.Entry] = [
        (Line2D([], [], color=colour), subset) for subset, colour in colours.items()
    ]
    if _differing(points):
        entries += [
            (Line2D([], [], color=style.MUTED), "on the labels seen"),
            (Line2D([], [], color=style.MUTED, linestyle=TRUE_LABELS), "on the true labels"),
        ]
    return entries
