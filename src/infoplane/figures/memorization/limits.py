"""The room of a learned–memorized plane: its limits, walls, zero, and a compass."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from infoplane.figures.drawing import style
from infoplane.figures.drawing.layout import pixels_per_point

WALL = 0.07  # the thickness of a wall, as a share of the room
NAME = 11.0  # points: the height of a wall's name
PLACE = ["learned", "memorized"]

Array = NDArray[np.float64]


def share_room(planes: Sequence[Axes], points: pd.DataFrame) -> None:
    """Give these axes the limits that show all of these points, zero M, and the walls."""
    right = float(np.nanmax([points.learned.max(), points.learned_ceiling.max()]))
    top = float(np.nanmax([points.memorized.max(), points.memorized_ceiling.max()]))
    left = float(points.learned.min())
    left = left - 0.15 * (right - left) if left > 0.25 * right else min(left, 0.0) - 0.04 * right
    bottom = float(np.nanmin([points.memorized.min(), points.control.min(), 0.0]))
    bottom -= 0.05 * (top - bottom)
    for axes in planes:
        wide, high = _walls(axes)
        axes.set_xlim(left, right + wide * (right - left))
        axes.set_ylim(bottom, top + high * (top - bottom))


def _walls(axes: Axes) -> tuple[float, float]:
    """How thick the walls are, as shares of the room: at least as their names are high."""
    box, point = axes.get_window_extent(), pixels_per_point(axes)
    wide, high = (NAME * point / (0.85 * length) for length in (box.width, box.height))
    return max(WALL, wide), max(WALL, high)


def draw_walls(axes: Axes, points: pd.DataFrame) -> None:
    """Draw all there is to learn and to memorize, as walls with their names."""
    right, top = points.learned_ceiling.max(), points.memorized_ceiling.max()
    words = {"size": style.SMALL, "color": style.MUTED, "in_layout": False}
    (left, far), (bottom, high) = axes.get_xlim(), axes.get_ylim()
    inner = np.fmin([far, high], [right, top])  # the corner of the room
    for wall, corner, side in (
        (right, (right, bottom), ([right, right], [bottom, inner[1]])),
        (top, (left, top), ([left, inner[0]], [top, top])),
    ):
        if np.isfinite(wall):
            size = (far - corner[0], high - corner[1])
            axes.add_patch(Rectangle(corner, *size, color=style.WALL, linewidth=0, zorder=0))
            axes.plot(*side, color=style.MUTED, linewidth=0.7, zorder=1)
    if np.isfinite(top):
        axes.text(
            left + 0.02 * (far - left), (top + high) / 2, f"H(Ỹ|Y) = {top:.2f}",
            va="center_baseline", **words,
        )  # fmt: skip
    if np.isfinite(right):
        axes.text(
            (right + far) / 2, (bottom + top) / 2, f"H(Y) = {right:.2f}",
            ha="center", va="center", rotation=90, **words,
        )  # fmt: skip


def draw_zero(axes: Axes, points: pd.DataFrame) -> None:
    """Draw the line of no memorization, and what the control measures of it."""
    left, right = axes.get_xlim()[0], np.fmin(axes.get_xlim()[1], points.learned_ceiling.max())
    axes.plot([left, right], [0, 0], color=style.MUTED, linewidth=0.6, linestyle=":", zorder=1)
    low, high = points.control.min(), points.control.max()
    if np.isfinite(low):
        band = {"color": style.FAINT, "linewidth": 2.0, "alpha": 0.55, "zorder": 0.5}
        axes.fill_between([left, right], low, high, **band)


def draw_compass(axes: Axes, points: pd.DataFrame) -> None:
    """Draw two arrows, learns and memorizes, where the paths leave most room."""
    low, high = np.array([axes.get_xlim(), axes.get_ylim()]).T
    paths = np.concatenate([dense(path[PLACE].to_numpy(), 10) for path in layer_paths(points)])
    shares = (paths - low) / (high - low)  # [places, 2] of the axes
    walls = points[["learned_ceiling", "memorized_ceiling"]].max().to_numpy()
    inner = np.fmin(1.0, (walls - low) / (high - low))  # the corner of the room
    corners = np.array(list(product((0.06, 0.2, 0.35, 0.5, 0.62), (0.4, 0.55, 0.25, 0.65, 0.12))))
    boxes = np.clip(shares[None], corners[:, None], corners[:, None] + (0.2, 0.17))
    room = np.linalg.norm(boxes - shares[None], axis=2).min(axis=1)  # [corners]
    room[(corners > inner - (0.24, 0.2)).any(axis=1)] -= 1.0  # not in a wall
    x, y = corners[int(np.argmax(np.minimum(room, 0.12)))]
    for tip in ((x + 0.13, y), (x, y + 0.15)):
        axes.annotate(
            "", tip, (x, y), xycoords="axes fraction", textcoords="axes fraction", in_layout=False,
            arrowprops={"arrowstyle": "-|>,head_width=.16,head_length=.3", "color": style.MUTED,
                        "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
    words = {"size": style.SMALL, "style": "italic", "color": style.MUTED, "in_layout": False}
    axes.text(x + 0.14, y, "learns", transform=axes.transAxes, va="center", **words)
    axes.text(x, y + 0.16, "memorizes", transform=axes.transAxes, ha="left", **words)


def layer_paths(points: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the points of each layer, by epoch, in order of depth."""
    return [path.sort_values("epoch") for _, path in points.groupby("depth", sort=True)]


def dense(places: Array, steps: int) -> Array:
    """Return places along a path [n, 2], with this many steps from each to the next."""
    at = np.linspace(0, len(places) - 1, (len(places) - 1) * steps + 1)
    return np.stack([np.interp(at, range(len(places)), column) for column in places.T], axis=1)
