"""How every figure looks, and how it is written: fonts, colours, titles, deterministic files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import matplotlib
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_hex
from matplotlib.container import Container
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.names import CLEAN, CORRUPTED, TEST, TRAIN

P = ParamSpec("P")
R = TypeVar("R")
Entry = tuple[Artist | Container, str]  # of a legend

COLUMN_WIDTH = 4.4  # inches: drawn a quarter wider than a paper's column, so 8 pt is read as 6.5
PAGE_WIDTH = 7.4  # inches: the whole width of a page
DPI = 150

FEW = 15  # epochs: with no more, each is marked, or a line would pretend to have seen between

SIZE = 8.0  # points
SMALL = 7.0
TITLE = 9.5

INK = "#222222"
MUTED = "#6b6b6b"
FAINT = "#c4c4c4"
WALL = "#efefef"

# plasma without its yellow end, which white paper swallows: perceptual, safe for the colour blind
EPOCHS: Colormap = LinearSegmentedColormap.from_list(
    "epochs", matplotlib.colormaps["plasma"]([i / 255 * 0.83 for i in range(256)])
)
# after batlow (F. Crameri), more vivid at its end: lightness rises with depth, and neighbours
# among eight layers stay apart also for the colour blind
LAYERS: Colormap = LinearSegmentedColormap.from_list(
    "layers", ["#011959", "#0f4c6e", "#2f7063", "#71802c", "#b88a10", "#e5854a", "#ea86b0"]
)
INPUT = "#8a8a8a"

SUBSETS = {TRAIN: "#0072b2", TEST: "#d55e00", CLEAN: "#009e73", CORRUPTED: "#aa4499"}
OTHER_SUBSETS = ("#56b4e9", "#b8860b", "#444444")

# Also what a user's own style often changes, so that a figure depends on its table alone.
RC = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],  # the first one comes with matplotlib
    "font.size": SIZE,
    "text.color": INK,
    "text.usetex": False,
    "axes.facecolor": "white",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": SIZE,
    "axes.linewidth": 0.6,
    "axes.titlesize": SIZE,
    "axes.titlelocation": "left",
    "axes.titlepad": 5.0,
    "axes.titleweight": "normal",
    "axes.labelweight": "normal",
    "axes.grid": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "figure.constrained_layout.h_pad": 0.05,
    "figure.constrained_layout.w_pad": 0.05,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "lines.solid_capstyle": "round",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "savefig.bbox": None,
    "savefig.facecolor": "white",
    "savefig.transparent": False,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "infoplane",  # ids are the same each time
}


def styled(build: Callable[P, R]) -> Callable[P, R]:
    """Run a function under this style, and give matplotlib's settings back afterwards."""

    @wraps(build)
    def under_style(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context(cast(Any, RC)):
            return build(*args, **kwargs)

    return under_style


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of this size in inches, which lays itself out."""
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def pixels_per_point(axes: Axes) -> float:
    """Return how many pixels a point of paper (1/72 inch) has in the figure of these axes."""
    figure = axes.get_figure(root=True)
    return (figure.dpi if figure is not None else DPI) / 72


def settle(figure: Figure) -> None:
    """Give the axes their final place, which names written beside data need."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)


def header(figure: Figure, title: str | None, subtitle: str | None = None) -> None:
    """Write a title and a muted subtitle at the top left, and keep the axes below them."""
    height = figure.get_size_inches()[1]
    below = 0.06  # inches from the top
    for text, size, weight, colour in (
        (title, TITLE, "bold", INK),
        (subtitle, SMALL, "normal", MUTED),
    ):
        if text:
            lines = text.count("\n") + 1
            figure.text(
                0.012,
                1 - below / height,
                text,
                size=size,
                weight=weight,
                color=colour,
                va="top",
                in_layout=False,
            )
            below += lines * size * 1.3 / 72 + 0.02
    if title or subtitle:
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.set(rect=(0, 0, 1, 1 - below / height))  # pyright: ignore[reportCallIssue]


def layer_colours(depths: Sequence[int]) -> dict[int, str]:
    """Return a colour for each depth, in order from the first layer to the last; input is grey."""
    hidden = sorted({depth for depth in depths if depth > 0})
    last = max(len(hidden) - 1, 1)
    colours = {depth: to_hex(LAYERS(rank / last)) for rank, depth in enumerate(hidden)}
    return {0: INPUT, **colours}


def layer_entries(points: pd.DataFrame, **line: Any) -> list[Entry]:
    """Return a legend's entries of the layers (``depth``, ``layer``), lines or as ``line`` says."""
    colours = layer_colours(list(points["depth"]))
    layers = points.drop_duplicates("depth").sort_values("depth")
    return [
        (Line2D([], [], color=colours[depth], **line), str(layer))
        for depth, layer in zip(layers["depth"], layers["layer"], strict=True)
    ]


def subset_colours(subsets: Sequence[str]) -> dict[str, str]:
    """Return a colour for each subset: fixed for those of infoplane, in turn for any other."""
    others = [subset for subset in subsets if subset not in SUBSETS]
    spare = {name: OTHER_SUBSETS[i % len(OTHER_SUBSETS)] for i, name in enumerate(others)}
    return {subset: SUBSETS.get(subset) or spare[subset] for subset in subsets}


def panel_title(axes: Axes, text: str) -> None:
    """Write a panel's title above it, at the left."""
    axes.set_title(text, loc="left", size=SIZE, weight="bold", color=INK)


def legend_below(figure: Figure, entries: Sequence[Entry], *, columns: int = 2) -> None:
    """Write a legend below all axes, where it hides no data; nothing where there is no entry."""
    if entries:
        marks, texts = zip(*entries, strict=True)
        figure.legend(
            marks, texts, loc="outside lower center", ncols=columns, handlelength=1.6,
            handletextpad=0.5, columnspacing=1.6,
        )  # fmt: skip


@styled
def save(figure: Figure, path_stem: str | Path) -> tuple[Path, Path]:
    """Write a figure as ``<path_stem>.png`` and ``<path_stem>.svg``, each whole or not at all.

    The same figure gives the same bytes: no date, no random ids. Text in the SVG stays text, to be
    searched and edited. Missing folders are made; files of the same name are replaced.

    Args:
        figure: any matplotlib figure.
        path_stem: the path without its ending, ``figures/plane``.

    Returns:
        The paths written: PNG, SVG.
    """
    stem = Path(path_stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = (stem.parent / f"{stem.name}.png", stem.parent / f"{stem.name}.svg")
    metadata = ({"Software": None}, {"Date": None, "Creator": None})
    with (
        laid_out_once(figure),
        tempfile.TemporaryDirectory(dir=stem.parent, prefix=".figure-") as folder,
    ):
        for path, facts in zip(paths, metadata, strict=True):
            unfinished = Path(folder) / path.name
            figure.savefig(unfinished, dpi=DPI, metadata=facts)
            os.replace(unfinished, path)
    return paths


@contextmanager
def laid_out_once(figure: Figure) -> Iterator[None]:
    """Lay a figure out now, and not again each time it is drawn: most of the time goes there."""
    engine = figure.get_layout_engine()
    settle(figure)
    figure.set_layout_engine("none")
    try:
        yield
    finally:
        figure.set_layout_engine(engine)
