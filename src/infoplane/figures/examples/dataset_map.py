"""What training says of each example: the dataset map, and scores of clean against corrupted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.examples.scores import ABOUT, auroc, direction, example_scores, words

KINDS = {False: "clean", True: "corrupted"}
BINS = 40
TAIL = 0.995  # of the values are inside a histogram's range; what is beyond is in its last bin
REGIONS = {"easy": (0.0, 0.9, 0), "ambiguous": (0.512, 0.5, 270), "hard": (0.0, 0.1, 0)}


@style.styled
def dataset_map(
    examples: pd.DataFrame, *, colour: str | None = None, title: str | None = None
) -> Figure:
    """Draw the dataset map: confidence against variability of every training example.

    Densities of both are at the margins. No example can lie beyond the thin line, the largest
    standard deviation of a probability with that mean. Values are means over members.

    Args:
        examples: the examples table of a run whose examples were followed.
        colour: ``"corrupted"`` or ``"correctness"``; the first where any example is corrupted.
        title: written above.

    Raises:
        InfoplaneError: as ``example_scores``, which gives the numbers drawn, or for another colour.

    Source: Swayamdipta et al. 2020.
    """
    table = example_scores(examples, scores=["variability", "confidence", "correctness"])
    colour = colour or ("corrupted" if table.corrupted.any() else "correctness")
    if colour not in ("corrupted", "correctness"):
        raise InfoplaneError(f"colour is {colour!r}; give 'corrupted' or 'correctness'.")
    figure = layout.new_figure(5.4, 5.0)
    grid = figure.add_gridspec(2, 2, width_ratios=(5, 1), height_ratios=(1, 5))
    middle = figure.add_subplot(grid[1, 0])
    above = figure.add_subplot(grid[0, 0], sharex=middle)
    beside = figure.add_subplot(grid[1, 1], sharey=middle)
    _cloud(middle, table, colour)
    _explain(middle)
    for kind, some in _kinds(table):
        shade = style.SUBSETS[kind] if colour == "corrupted" else style.MUTED
        _density(above, some.variability, np.linspace(0, 0.55, BINS + 1), shade)
        _density(beside, some.confidence, np.linspace(0, 1, BINS + 1), shade, upright=True)
    for axes in (above, beside):
        axes.set_axis_off()
    if colour == "correctness":
        bar = figure.colorbar(ScalarMappable(cmap=style.EPOCHS), ax=beside, aspect=32)
        bar.set_label("correctness")
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    layout.header(figure, title, _provenance(table, examples))
    layout.legend_below(figure, _entries(table) if colour == "corrupted" else [])
    return figure


@style.styled
def score_histograms(
    examples: pd.DataFrame, *, scores: Sequence[str] | None = None, title: str | None = None
) -> Figure:
    """Draw the histogram of each score, clean examples against corrupted ones.

    Heights are shares of each kind, scaled to the higher of the two. The AUROC is the chance that
    a corrupted example looks more memorized than a clean one. The rarest .5 % are in the end bins.

    Arguments and errors are those of ``example_scores``, which gives the numbers drawn.
    """
    table = example_scores(examples, scores=scores)
    names = [name for name in table.columns if name not in ("id", *ABOUT)]
    figure, panels, _ = layout.panels(
        len(names), 3, cell=(2.5, 1.55), around=(0.2, 0.8), least=1.55
    )
    for axes, name in zip(panels, names, strict=True):
        edges = _edges(table[name])
        for kind, some in _kinds(table):
            _density(axes, some[name], edges, style.SUBSETS[kind])
        axes.set_xlabel(words(name))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_ylim(bottom=0)
        area = auroc(direction(name) * table[name], table.corrupted)
        if np.isfinite(area):
            axes.set_title(f"AUROC {area:.3f}", loc="right", size=style.SMALL, color=style.MUTED)
    layout.header(figure, title, _provenance(table, examples))
    layout.legend_below(figure, _entries(table))
    return figure


def _cloud(axes: Axes, table: pd.DataFrame, colour: str) -> None:
    """Every example as a dot, in an order that hides neither kind, under the largest sd."""
    table = table.sample(frac=1.0, random_state=0)
    if colour == "corrupted":
        shades = [style.SUBSETS[KINDS[bool(kind)]] for kind in table.corrupted]
    else:
        shades = list(style.EPOCHS(table.correctness.to_numpy()))
    axes.scatter(
        table.variability, table.confidence, c=shades, linewidths=0, rasterized=True,
        s=float(np.clip(2e4 / len(table), 1.5, 14)),
        alpha=float(np.clip(1500 / len(table), 0.25, 0.8)),
    )  # fmt: skip
    mean = np.linspace(0, 1, 201)
    axes.plot(np.sqrt(mean * (1 - mean)), mean, color=style.FAINT, linewidth=0.7, zorder=0)
    axes.set_xlim(-0.01, 0.55)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(words("variability"))
    axes.set_ylabel(words("confidence"))


def _explain(axes: Axes) -> None:
    """The three regions, in words."""
    for word, (x, y, rotation) in REGIONS.items():
        axes.text(
            x, y, word, rotation=rotation, va="center", size=style.SMALL, style="italic",
            color=style.MUTED, in_layout=False,
        )  # fmt: skip


def _kinds(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Clean and corrupted examples, where there are any."""
    parts = [(name, table[table.corrupted == kind]) for kind, name in KINDS.items()]
    return [(name, part) for name, part in parts if len(part)]


def _density(
    axes: Axes, values: pd.Series, edges: NDArray[np.float64], colour: str, *, upright: bool = False
) -> None:
    """The shares of values between edges, as a filled outline."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    shares = counts / max(len(values), 1)
    way = "horizontal" if upright else "vertical"
    axes.stairs(shares, edges, orientation=way, fill=True, color=colour, alpha=0.25)
    axes.stairs(shares, edges, orientation=way, color=colour, linewidth=1.0)


def _edges(values: pd.Series) -> NDArray[np.float64]:
    """The edges of bins: around each value where they are few, else even over most of them."""
    low, high = values.quantile([1 - TAIL, TAIL])
    distinct = np.unique(values[values.between(low, high)])
    step = np.diff(distinct).min() if len(distinct) > 1 else 1.0
    if (high - low) / step <= BINS:
        return np.arange(low - step / 2, high + step, step)
    return np.linspace(low, high, BINS + 1)


def _provenance(table: pd.DataFrame, examples: pd.DataFrame) -> str:
    """Whose examples, and how many of them are corrupted."""
    members = int(examples.member.nunique())
    networks = "1 network" if members == 1 else f"mean of {members} networks"
    wrong = int(table.corrupted.sum())
    return f"{len(table):,} training examples, {wrong:,} corrupted · {networks}"


def _entries(table: pd.DataFrame) -> list[style.Entry]:
    """The two kinds by colour."""
    return [
        (Line2D([], [], linestyle="none", marker="o", markersize=4, color=style.SUBSETS[k]), k)
        for k, _ in _kinds(table)
    ]
