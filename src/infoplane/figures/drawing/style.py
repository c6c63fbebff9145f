"""How every figure looks: fonts, colours, and the one colour that a layer has throughout."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import matplotlib
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_hex
from matplotlib.container import Container
from matplotlib.lines import Line2D

from infoplane.names import CLEAN, CORRUPTED, TEST, TRAIN
from infoplane.visible import on_one_line

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

# of matplotlib, where all values are one, as those of one example: it then makes room by itself
ONE_VALUE = "Attempting to set identical low and high"

_inside: ContextVar[bool] = ContextVar("inside", default=False)
_depths: ContextVar[tuple[int, ...]] = ContextVar("depths", default=())

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
    "pdf.fonttype": 42,  # TrueType, embedded: what publishers ask for
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "infoplane",  # ids are the same each time
}


def styled(build: Callable[P, R]) -> Callable[P, R]:
    """Run a function under this style, and give matplotlib's settings back afterwards."""

    @wraps(build)
    def under_style(*args: P.args, **kwargs: P.kwargs) -> R:
        if _inside.get():  # names are text already
            return build(*args, **kwargs)
        token = _inside.set(True)
        try:
            with matplotlib.rc_context(cast(Any, RC)), warnings.catch_warnings():
                warnings.filterwarnings("ignore", ONE_VALUE, UserWarning)
                given = [_with_plain_names(a) for a in args]
                named = {key: _with_plain_names(a) for key, a in kwargs.items()}
                return build(*given, **named)  # pyright: ignore[reportCallIssue]
        finally:
            _inside.reset(token)

    return under_style


def _with_plain_names(given: Any) -> Any:
    """Return tables whose layers have names that are drawn as text, whatever is in them."""
    if isinstance(given, dict):
        return {key: _with_plain_names(each) for key, each in given.items()}
    if not isinstance(given, pd.DataFrame) or "layer" not in given:
        return given
    plain = {name: plain_name(name) for name in given["layer"].unique() if isinstance(name, str)}
    if all(name == text for name, text in plain.items()):
        return given
    return given.assign(layer=given["layer"].replace(plain))


def plain_name(name: str) -> str:
    """Return a name as text: its controls written out, and no formula made of its dollar signs."""
    return on_one_line(name).replace("$", r"\$")


@contextmanager
def one_colour_a_layer(depths: Iterable[int]) -> Iterator[None]:
    """Give a layer the same colour in every figure of this context, whichever others it shows.

    Args:
        depths: of all layers of the run; a figure may show some of them.
    """
    token = _depths.set(tuple({int(depth) for depth in depths}))
    try:
        yield
    finally:
        _depths.reset(token)


def layer_colours(depths: Iterable[int]) -> dict[int, str]:
    """Return a colour for each depth, in order from the first layer to the last; input is grey."""
    hidden = sorted({int(depth) for depth in (*depths, *_depths.get()) if depth > 0})
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
