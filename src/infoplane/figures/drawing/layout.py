"""How large a figure is, how its panels are arranged, and where its titles and legend go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import style
from infoplane.figures.drawing.fitting import fit_labels, fit_text

COLUMN, TEXT = 3.25, 6.75  # inches: a column, and both, of ICML's two-column page
LEAST, MOST = 2.5, 20.0  # inches a figure can be wide
WORDS = 0.7  # inches of height that titles and legends take, whatever the width
TALLER = 1.15  # a figure made wider grows in height by no more than this
PAGE = 9.0  # inches: the height of a page
PANEL = 2.2  # inches: a panel that shares a row is at least so wide

_width: ContextVar[float | None] = ContextVar("width", default=None)


@contextmanager
def at_width(inches: float) -> Iterator[None]:
    """Draw every figure in this context at this width, its letters as large as ever.

    Panels that do not fit beside each other go below each other.

    Args:
        inches: the width of the figures on paper: 3.25 for a column, 6.75 for the whole width of
            ICML's page, 5.5 for that of NeurIPS.

    Raises:
        InfoplaneError: for less than 2.5 or more than 20.
    """
    if not LEAST <= inches <= MOST:
        raise InfoplaneError(f"the width is {inches:g} inches; give {LEAST:g} to {MOST:g}.")
    token = _width.set(inches)
    try:
        yield
    finally:
        _width.reset(token)


def side_by_side(wanted: int, panel: float = PANEL) -> int:
    """Return how many panels go beside each other: those wanted, or those that there is room for.

    Args:
        wanted: where no width is asked for.
        panel: the least width of a panel in inches.
    """
    asked = _width.get()
    return wanted if asked is None else min(wanted, max(1, int(asked / panel)))


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure which lays itself out: of this size in inches, or the width asked for.

    At another width its height is in proportion, less what its words take.
    """
    asked = _width.get()
    if asked is not None:
        share = asked / width
        height = min(height * min(share, TALLER) + WORDS * max(1 - share, 0), PAGE)
        width = asked
    return Figure(figsize=(width, height), dpi=style.DPI, layout="constrained")


def panels(
    count: int,
    columns: int,
    *,
    cell: tuple[float, float],
    around: tuple[float, float],
    least: float = PANEL,
    **subplots: Any,
) -> tuple[Figure, list[Axes], int]:
    """Return a figure of so many panels, row by row.

    Args:
        count: of panels.
        columns: beside each other, where they have room.
        cell: width and height of a panel in inches.
        around: width and height of what is around them all.
        least: the width of a panel in inches below which fewer are put into a row.
        subplots: as of Matplotlib: ``sharex``, ``sharey``.

    Returns:
        The figure, its panels, and how many are in a row.
    """
    columns = side_by_side(min(columns, count), least)
    rows = -(-count // columns)
    figure = new_figure(around[0] + cell[0] * columns, around[1] + cell[1] * rows)
    grid = list(figure.subplots(rows, columns, squeeze=False, **subplots).flatten())
    for spare in grid[count:]:
        spare.remove()
    return figure, grid[:count], columns


def pixels_per_point(axes: Axes) -> float:
    """Return how many pixels a point of paper (1/72 inch) has in the figure of these axes."""
    figure = axes.get_figure(root=True)
    return (figure.dpi if figure is not None else style.DPI) / 72


def settle(figure: Figure) -> None:
    """Give the axes their final place, which names written beside data need.

    What is written along an axis that is too short for it is broken or turned.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        if fit_labels(figure):
            engine.execute(figure)


def header(figure: Figure, title: str | None, subtitle: str | None = None) -> None:
    """Write a title and a muted subtitle at the top left, and keep the axes below them."""
    width, height = figure.get_size_inches()
    below = 0.06  # inches from the top
    for text, size, weight, colour in (
        (title, style.TITLE, "bold", style.INK),
        (subtitle, style.SMALL, "normal", style.MUTED),
    ):
        if text:
            words = figure.text(
                0.012,
                1 - below / height,
                text,
                size=size,
                weight=weight,
                color=colour,
                va="top",
                in_layout=False,
            )
            lines = fit_text(words, 0.976 * width * figure.dpi)
            below += lines * size * 1.3 / 72 + 0.02
    if title or subtitle:
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.set(rect=(0, 0, 1, 1 - below / height))  # pyright: ignore[reportCallIssue]


def panel_title(axes: Axes, text: str) -> None:
    """Write a panel's title above it, at the left."""
    axes.set_title(text, loc="left", size=style.SIZE, weight="bold", color=style.INK)


def legend_below(figure: Figure, entries: Sequence[style.Entry], *, columns: int = 2) -> None:
    """Write a legend below all axes, where it hides no data; nothing where there is no entry.

    Its columns are fewer where so many are wider than the figure.
    """
    if not entries:
        return
    marks, texts = zip(*entries, strict=True)
    for fewer in range(columns, 0, -1):
        legend = figure.legend(
            marks, texts, loc="outside lower center", ncols=fewer, handlelength=1.6,
            handletextpad=0.5, columnspacing=1.6,
        )  # fmt: skip
        if fewer == 1 or legend.get_window_extent().width <= figure.bbox.width:
            return
        legend.remove()
