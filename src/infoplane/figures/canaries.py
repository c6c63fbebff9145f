"""Canaries in a language model: what is learned and memorized by layer, and how measures agree."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.selection import check_table, networks_in
from infoplane.names import STRONGEST

LAYERS = ["member", "times", "layer", "depth", "decoder", "bits"]
LEARNED = ["member", "layer", "depth", "decoder", "bits"]
POSITIONS = ["member", "times", "depth", "position", "bits"]
AGREEMENT = ["member", "depth", "layer", "times", "measure", "rho"]
TIMES = ("#8fb8de", "#3b7cb8", "#0b3c6f", "#061c36")  # seen more often: darker
LEARNED_COLOUR, CONTROL = "#d55e00", "#9a9a9a"
MEASURES = ("#0072b2", "#009e73", "#aa4499", "#b8860b")


def canary_points(layers: pd.DataFrame, learned: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn of the layers: learned and memorized bits a token, strongest decoder.

    Args:
        layers: M by ``member, times`` (0: control)``, layer, depth, decoder``, in bits.
        learned: the same of real text, without ``times``.

    Returns:
        ``depth, layer, times``, and over members ``memorized, least, most`` and ``learned``.

    Raises:
        InfoplaneError: where a table is empty or lacks a column.
    """
    check_table(layers, LAYERS, "canary")
    check_table(learned, LEARNED, "learned")
    rows = layers[layers["decoder"] == STRONGEST].groupby(["depth", "layer", "times"])["bits"]
    told = learned[learned["decoder"] == STRONGEST].groupby("depth")["bits"].mean()
    points = rows.agg(["mean", "min", "max"]).reset_index()
    points = points.rename(columns={"mean": "memorized", "min": "least", "max": "most"})
    return points.assign(learned=points["depth"].map(told))


@style.styled
def canary_figure(
    layers: pd.DataFrame,
    learned: pd.DataFrame,
    positions: pd.DataFrame,
    agreement: pd.DataFrame,
    *,
    alphabet: int,
    title: str | None = None,
) -> Figure:
    """Draw bits by layer, the learned–memorized plane, bits by position, and rank correlations.

    Bands and bars are from the least to the most of the networks.

    Args:
        layers, learned: as of ``canary_points``.
        positions: M by ``member, times, depth, position``, of which the last layer is drawn.
        agreement: Spearman's ``rho`` among canaries seen equally often, by ``member, depth, layer,
            times, measure``.
        alphabet: tokens that canaries are drawn from; log2 of it is the ceiling.
        title: written above.

    Raises:
        InfoplaneError: where a table is empty or lacks a column.
    """
    points = canary_points(layers, learned)
    check_table(positions, POSITIONS, "positions")
    check_table(agreement, AGREEMENT, "agreement")
    colours = _colours(points)
    figure, cells, _ = layout.panels(4, 2, cell=(3.4, 2.6), around=(0.0, 0.9))
    _by_layer(cells[0], points, colours, math.log2(alphabet))
    _plane(cells[1], points, colours)
    _by_position(cells[2], positions, colours, math.log2(alphabet))
    _agreement(cells[3], agreement)
    members = networks_in(layers)
    layout.header(figure, title, f"log2 {alphabet} = {math.log2(alphabet):.2f} bits; {members}")
    entries: list[style.Entry] = [
        (Line2D([], [], color=colours[times], marker="o", markersize=3), _seen(times))
        for times in sorted(colours)
    ]
    entries.append((Line2D([], [], color=LEARNED_COLOUR, linestyle="--"), "learned, held-out text"))
    layout.legend_below(figure, entries, columns=5)
    return figure


def _seen(times: int) -> str:
    return {0: "unseen", 1: "seen once"}.get(times, f"seen {times} times")


def _colours(points: pd.DataFrame) -> dict[int, str]:
    times = sorted(set(points["times"]) - {0})
    return {0: CONTROL} | {each: TIMES[min(i, len(TIMES) - 1)] for i, each in enumerate(times)}


def _by_times(table: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    for times, rows in table.groupby("times"):
        yield int(str(times)), rows


def _by_layer(axes: Axes, points: pd.DataFrame, colours: dict[int, str], ceiling: float) -> None:
    for times, rows in _by_times(points):
        axes.fill_between(
            rows["depth"], rows["least"], rows["most"], color=colours[times], alpha=0.2, linewidth=0
        )
        axes.plot(rows["depth"], rows["memorized"], color=colours[times], marker="o", markersize=3)
    told = points.drop_duplicates("depth").sort_values("depth")
    axes.plot(told["depth"], told["learned"], color=LEARNED_COLOUR, linestyle="--")
    axes.axhline(ceiling, color=style.MUTED, linewidth=0.7, linestyle=":", zorder=0)
    axes.set_xticks(told["depth"], told["layer"])
    axes.set_ylabel("memorized, learned  [bits a token]")
    layout.panel_title(axes, "By layer")


def _plane(axes: Axes, points: pd.DataFrame, colours: dict[int, str]) -> None:
    layers = style.layer_colours(points["depth"])
    for times, rows in _by_times(points.sort_values("depth")):
        axes.plot(rows["learned"], rows["memorized"], color=colours[times], linewidth=1, zorder=1)
        for depth, x, y in zip(rows["depth"], rows["learned"], rows["memorized"], strict=True):
            axes.plot(x, y, "o", color=layers[depth], markersize=4, zorder=2)
    axes.set_xlabel("learned, of held-out text  [bits a token]")
    axes.set_ylabel("memorized  [bits a token]")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    layout.panel_title(axes, "From the embedding (grey) up")


def _by_position(
    axes: Axes, positions: pd.DataFrame, colours: dict[int, str], ceiling: float
) -> None:
    last = positions[positions["depth"] == positions["depth"].max()]
    for times, rows in _by_times(last):
        of = rows.groupby("position")["bits"].agg(["mean", "min", "max"])
        axes.fill_between(
            of.index, of["min"], of["max"], color=colours[times], alpha=0.2, linewidth=0
        )
        axes.plot(of.index, of["mean"], color=colours[times], marker="o", markersize=3)
    axes.axhline(ceiling, color=style.MUTED, linewidth=0.7, linestyle=":", zorder=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("random token, by its place")
    axes.set_ylabel("memorized, last layer  [bits]")
    layout.panel_title(axes, "By position")


def _agreement(axes: Axes, agreement: pd.DataFrame) -> None:
    depths = agreement.drop_duplicates("depth").sort_values("depth")
    for rank, (measure, rows) in enumerate(agreement.groupby("measure", sort=False)):
        of = rows.groupby("depth")["rho"].agg(["mean", "min", "max"])
        shift = 0.06 * (rank - 1.5)
        errors = (of["mean"] - of["min"], of["max"] - of["mean"])
        axes.errorbar(
            of.index + shift, of["mean"], yerr=errors, color=MEASURES[rank % len(MEASURES)],
            marker="o", markersize=3, linewidth=1.0, elinewidth=0.6, label=str(measure),
        )  # fmt: skip
    axes.axhline(0, color=style.FAINT, linewidth=0.6, zorder=0)
    axes.set_xticks(depths["depth"], depths["layer"])
    axes.set_ylim(-1.05, 1.05)
    axes.set_ylabel("Spearman's ρ with M of a layer")
    axes.legend(loc="lower right", handlelength=1.2)
    times = ", ".join(map(str, sorted(agreement["times"].unique())))
    layout.panel_title(axes, f"Order of canaries seen {times} times")
