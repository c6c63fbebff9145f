"""Over corruption rates: the learned–memorized plane of each, and the index M/H(Ỹ|Y) by depth."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_bar, epoch_norm
from infoplane.figures.drawing.frame import Frame
from infoplane.figures.drawing.line_labels import label_lines
from infoplane.figures.memorization.limits import draw_compass, share_room
from infoplane.figures.memorization.plane import about, learned_memorized_points
from infoplane.figures.memorization.plane_marks import (
    EARLY,
    draw_paths,
    ends,
    name_paths,
    plane_entries,
    spreads,
)
from infoplane.names import M

# of runs in order: neither the colours of epochs nor those of layers
RUNS = LinearSegmentedColormap.from_list("runs", ["#9ccbdc", "#3f7fb0", "#1f2f5c"])
COLUMNS = 3


def memorized_index(points: pd.DataFrame) -> pd.DataFrame:
    """Return the share of what could be memorized that each layer has at its last epoch.

    Args:
        points: the rows of ``learned_memorized_points`` of one run.

    Returns:
        Columns ``layer, depth, epoch``; ``index`` = M / H(Ỹ|Y), its ``spread`` (sd over members
        or, of one, standard error), and ``control``, the same of M on test with fresh noise.
    """
    last = ends(points).reset_index(drop=True)
    top = last.memorized_ceiling
    shares = {
        "index": last.memorized / top,
        "spread": spreads(last, "memorized") / top,
        "control": last.control / top,
    }
    return last[["layer", "depth", "epoch"]].assign(**shares)


@style.styled
def memorization_by_rate(
    runs: Mapping[float, pd.DataFrame], *, estimator: str | None = None, title: str | None = None
) -> Figure:
    """Draw the plane of each corruption rate on the same axes, and M/H(Ỹ|Y) against depth.

    A rate at which nothing is corrupted has no M (its ceiling is 0): it is named, not drawn.

    Args:
        runs: the measurements table of a run by its rate.
        estimator: the decoder's name in the tables; the strongest there is if not given.
        title: written above.

    Raises:
        InfoplaneError: where no run has corrupted labels, or one cannot be drawn.
    """
    panels = {
        rate: learned_memorized_points(measurements, estimator=estimator)
        for rate, measurements in sorted(runs.items())
        if _memorizes(measurements)
    }
    if not panels:
        raise InfoplaneError(
            f"no run of rates {list(runs)} measured M above a ceiling of 0; "
            "give runs on corrupted labels."
        )
    together = pd.concat(list(panels.values()), ignore_index=True)
    figure, grid, columns = layout.panels(
        len(panels) + 1, COLUMNS, cell=(2.7, 2.5), around=(1.0, 1.0)
    )
    planes, depth = grid[:-1], grid[-1]
    share_room(planes, together)
    norm = epoch_norm(together.epoch, log_span=EARLY)
    for i, (axes, (rate, points)) in enumerate(zip(planes, panels.items(), strict=True)):
        draw_paths(axes, points, norm=norm)
        layout.panel_title(axes, f"rate {rate:g}")
        axes.set_xlabel("learned  [bits]" if i + columns >= len(panels) else "")
        axes.set_ylabel("memorized  [bits]" if i % columns == 0 else "")
        axes.tick_params(labelleft=i % columns == 0)
    draw_compass(planes[-1], panels[max(panels)])
    _index(depth, {f"rate {rate:g}": points for rate, points in panels.items()})
    layout.panel_title(depth, "all rates: M / H(Ỹ|Y) at the end")
    depth.set_ylabel("")
    epoch_bar(planes, norm, together.epoch, log_span=EARLY)
    left_out = [f"{rate:g}" for rate in sorted(runs) if rate not in panels]
    nothing = f" · rate {', '.join(left_out)}: nothing to memorize" if left_out else ""
    layout.header(figure, title, about(together) + nothing)
    layout.legend_below(figure, plane_entries(together), columns=4)
    layout.settle(figure)
    _name_index(depth, {f"{rate:g}": points for rate, points in panels.items()})
    layout.settle(figure)
    for axes, points in zip(planes, panels.values(), strict=True):
        name_paths(axes, points)
    return figure


@style.styled
def memorized_by_depth(
    runs: Mapping[str, pd.DataFrame],
    *,
    estimator: str | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the index M / H(Ỹ|Y) against depth at the end of training, a line a run.

    Args:
        runs: the measurements table of each run under its name.
        estimator: the decoder's name in the tables; the strongest there is if not given.
        title: written above.
        ax: axes to draw on, whose figure is returned, instead of those of a new one.

    Raises:
        InfoplaneError: where there is no run, or one of them cannot be drawn.
    """
    if not runs:
        raise InfoplaneError("runs is empty; give the measurements of at least one run.")
    panels = {
        name: learned_memorized_points(measurements, estimator=estimator)
        for name, measurements in runs.items()
    }
    frame = Frame.of(ax, style.COLUMN_WIDTH + 0.4, 3.2)
    _index(frame.axes, panels)
    together = pd.concat(list(panels.values()), ignore_index=True)
    frame.header(title, f"{about(together)} · end of training · dotted: control")
    layout.settle(frame.figure)
    _name_index(frame.axes, panels)
    return frame.figure


def _memorizes(measurements: pd.DataFrame) -> bool:
    """Whether a run measured M, and could be above 0."""
    rows = measurements[measurements["quantity"] == M]
    return bool((rows["ceiling"] > 1e-9).any())


def _colours(runs: Sequence[Hashable]) -> list[str]:
    """A colour for each run, light to dark in order."""
    return [to_hex(RUNS(i / max(len(runs) - 1, 1))) for i in range(len(runs))]


def _index(axes: Axes, panels: Mapping[str, pd.DataFrame]) -> None:
    """The index of each run against depth, without names."""
    names = dict[str, None]()
    for colour, points in zip(_colours(list(panels)), panels.values(), strict=True):
        index = memorized_index(points)
        names |= dict.fromkeys(index.layer)
        axes.errorbar(
            index.depth, index["index"], yerr=index.spread, color=colour, marker="o",
            markersize=3.2, elinewidth=0.7, zorder=3,
        )  # fmt: skip
        axes.plot(index.depth, index.control, color=colour, linewidth=0.8, linestyle=":")
    axes.set_xticks(range(len(names)), [name.removeprefix("layer") for name in names])
    axes.axhline(1, color=style.MUTED, linewidth=0.6, linestyle=(0, (6, 3)), zorder=1)
    axes.axhline(0, color=style.FAINT, linewidth=0.8, zorder=0)
    axes.set_ylim(top=1.08)
    axes.set_xlabel("layer")
    axes.set_ylabel("index M / H(Ỹ|Y)")


def _name_index(axes: Axes, panels: Mapping[str, pd.DataFrame]) -> None:
    """Each run's name at the end of its line."""
    last = [memorized_index(points).iloc[-1] for points in panels.values()]
    places = np.array([(row["depth"], row["index"]) for row in last], dtype=float)
    label_lines(axes, places, list(panels), _colours(list(panels)))
