"""The planes of a language model over training: across the plane, and against the step."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import epoch_axis, epoch_bar, epoch_norm
from infoplane.figures.drawing.selection import check_table
from infoplane.figures.language.planes import (
    COLUMNS,
    ENDS,
    UP,
    draw_null,
    how_measured,
    in_tokens,
    name_plane,
)
from infoplane.language_tables import course
from infoplane.names import TEST, TRAIN

COLOURS = {"x": style.SUBSETS[TRAIN], "y": style.SUBSETS[TEST]}


def language_course_points(planes: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn of a training: means over the layers but the embedding, in bits.

    Args:
        planes: tables of ``infoplane.language_plane``, one below the other, each with its ``step``;
            of several networks with ``member``.

    Returns:
        ``member, order, step``, and ``x, y, x_null, y_null, x_above, y_above``.

    Raises:
        InfoplaneError: where the table is empty or lacks a column.
    """
    check_table(planes, [*COLUMNS, "step"], "language")
    key = ["member", "order", "step"]
    sides = [
        course(planes, value).set_index(key)[["x", "y"]].add_suffix(end)
        for value, end in ENDS.items()
    ]
    return sides[0].join(pd.concat(sides[1:], axis=1)).reset_index()


@style.styled
def language_paths(planes: pd.DataFrame, *, title: str | None = None) -> Figure:
    """Draw how the plane is crossed in training, for each length of the n-grams.

    Means over the layers, each network a line. Above as estimated, with what shuffled labels give
    (hollow, grey); below what is above it. On the dotted line as much is told of the tokens after
    as of those before.

    Args:
        planes: as of ``language_course_points``.
        title: written above.

    Raises:
        InfoplaneError: as of ``language_course_points``.
    """
    points = language_course_points(planes)
    orders = points["order"].nunique()
    figure, cells, columns = layout.panels(2 * orders, orders, cell=(2.5, 2.4), around=(0.5, 0.6))
    norm = epoch_norm(points["step"])
    for place, (axes, (order, end, rows)) in enumerate(zip(cells, _parts(points), strict=True)):
        for _, path in rows.groupby("member"):
            if not end:
                draw_null(axes, path, "o")
            axes.plot(path[f"x{end}"], path[f"y{end}"], color=style.FAINT, linewidth=0.8, zorder=2)
            axes.scatter(
                path[f"x{end}"], path[f"y{end}"], s=14, c=style.EPOCHS(norm(path["step"])), zorder=3
            )
        axes.axline((0, 0), slope=1, color=style.MUTED, linewidth=0.7, linestyle=":", zorder=0)
        name_plane(axes, _of(order, end))
        if place % columns == 0:
            axes.set_ylabel(UP)
    epoch_bar(cells, norm, points["step"], name="step")
    layout.header(figure, title, f"means over layers · {how_measured(planes)}")
    return figure


@style.styled
def language_course(planes: pd.DataFrame, *, title: str | None = None) -> Figure:
    """Draw I(X;T) and I(T;Y) against the step, for each length of the n-grams.

    Means over the layers, each network a line; dotted, what shuffled labels give. Below what is
    above it.

    Args:
        planes: as of ``language_course_points``.
        title: written above.

    Raises:
        InfoplaneError: as of ``language_course_points``.
    """
    points = language_course_points(planes)
    orders = points["order"].nunique()
    figure, cells, columns = layout.panels(2 * orders, orders, cell=(2.5, 2.0), around=(0.2, 0.8))
    for place, (axes, (order, end, rows)) in enumerate(zip(cells, _parts(points), strict=True)):
        for _, path in rows.groupby("member"):
            for axis, colour in COLOURS.items():
                axes.plot(path["step"], path[f"{axis}{end}"], color=colour, linewidth=1)
                if not end:
                    null = path[f"{axis}_null"]
                    axes.plot(path["step"], null, ":", color=colour, linewidth=1)
        axes.axhline(0, color=style.FAINT, linewidth=0.6, zorder=0)
        epoch_axis(axes, points["step"], name="step")
        layout.panel_title(axes, _of(order, end))
        if place % columns == 0:
            axes.set_ylabel("bits")
    entries: list[style.Entry] = [
        (Line2D([], [], color=COLOURS["x"]), "I(X;T), tokens before"),
        (Line2D([], [], color=COLOURS["y"]), "I(T;Y), tokens after"),
        (Line2D([], [], color=style.MUTED, linestyle=":"), "null"),
    ]
    layout.header(figure, title, f"means over layers · {how_measured(planes)}")
    layout.legend_below(figure, entries, columns=3)
    return figure


def _parts(points: pd.DataFrame) -> Iterator[tuple[int, str, pd.DataFrame]]:
    """Yield order, end of columns and rows of each panel, first as estimated, then above null."""
    for end in ("", ENDS["above_null"]):
        for order, rows in points.groupby("order"):
            yield int(str(order)), end, rows


def _of(order: int, end: str) -> str:
    return f"{in_tokens(order)}, {'above the null' if end else 'as estimated'}"
