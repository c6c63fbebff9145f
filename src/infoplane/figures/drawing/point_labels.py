"""Names of points, written near them: clear of each other, of walls, and of most other points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from numpy.typing import NDArray

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.layer_names import merged_name, together

ONE_POINT = 6.0  # points of paper: nearer than this, two marks are one to the eye
RADII = np.array([5.0, 9.0, 14.0, 20.0, 28.0, 38.0, 50.0, 64.0])  # points of paper
ANGLES = np.deg2rad(np.arange(0.0, 360.0, 15.0))
OUTSIDE, OVER_NAME, OVER_LEADER, OVER_DOT, OVER_LINE = 2000.0, 500.0, 120.0, 9.0, 25.0

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _Candidates:
    """Where one name could be: boxes [c, 4] in pixels, and what each costs for itself, [c]."""

    boxes: Array
    costs: Array
    anchor: Array

    def leaders(self) -> Array:
        """Points along the line from the mark to the middle of each box, [c, 7, 2]."""
        middles = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2
        steps = np.linspace(0.1, 1.0, 7)[None, :, None]
        return self.anchor + steps * (middles - self.anchor)[:, None, :]


def label_points(
    axes: Axes,
    ends: Array,
    names: Sequence[str],
    cloud: Array,
    *,
    inside: Array,
    lines: Array,
    colours: Sequence[str],
) -> None:
    """Write the names of points near them; points that lie together share a name.

    The axes must have their final place and limits. Texts already on them are not covered.

    Args:
        axes: where the points are.
        ends: the points to name, in data coordinates, [layers, 2].
        names: one for each, in order of depth.
        cloud: the points that names should leave in sight, in data coordinates, [points, 2].
        inside: the corners (low, high) names stay between, in data coordinates, [2, 2].
        lines: heights of horizontal lines to leave in sight, in data coordinates, [lines].
        colours: of the names, one for each.
    """
    places = axes.transData.transform(ends)
    groups = together(places, ONE_POINT * layout.pixels_per_point(axes))
    taken = np.array([text.get_window_extent().extents for text in axes.texts]).reshape(-1, 4)
    anchors = [places[group].mean(axis=0) for group in groups]
    labels = [
        _annotate(axes, anchor, merged_name([names[i] for i in group]), colours[_middle(group)])
        for group, anchor in zip(groups, anchors, strict=True)
    ]
    candidates = [
        _candidates(axes, label, anchor, cloud, inside, lines)
        for label, anchor in zip(labels, anchors, strict=True)
    ]
    for label, anchor, box in zip(labels, anchors, _arranged(candidates, taken), strict=True):
        middle = (box[:2] + box[2:]) / 2
        label.set_position(tuple((middle - anchor) / layout.pixels_per_point(axes)))


def _arranged(candidates: list[_Candidates], taken: Array) -> list[Array]:
    """The boxes chosen, one for each name: greedily, in the best of several orders."""
    n = len(candidates)
    easiest = sorted(range(n), key=lambda i: -float(np.sort(candidates[i].costs)[:20].mean()))
    best: tuple[float, list[Array]] = (np.inf, [])
    for order in (range(n), range(n - 1, -1, -1), easiest):
        total, boxes, paths = 0.0, {}, np.empty((0, 2))
        for i in order:
            placed = np.concatenate([taken, *(box[None] for box in boxes.values())])
            some = candidates[i]
            over = OVER_NAME * _overlaps(some.boxes, placed).sum(axis=1)
            over += OVER_LEADER * _within(some.leaders(), placed)
            over += OVER_LEADER * _holds(some.boxes, paths).any(axis=1)
            choice = int(np.argmin(some.costs + over))
            total += float((some.costs + over)[choice])
            boxes[i] = some.boxes[choice]
            paths = np.concatenate([paths, some.leaders()[choice]])
        if total < best[0]:
            best = total, [boxes[i] for i in range(n)]
    return best[1]


def _candidates(
    axes: Axes, label: Annotation, anchor: Array, cloud: Array, inside: Array, lines: Array
) -> _Candidates:
    """All boxes around an anchor, with the cost of distance, of dots and lines under them."""
    point = layout.pixels_per_point(axes)
    size = np.array(label.get_window_extent().size) + np.array([6.0, 2.0])
    ways = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)  # [angles, 2]
    moves = ways * (RADII[:, None, None] * point + np.abs(ways) * size / 2)
    middles = anchor + moves.reshape(-1, 2)  # [c, 2]
    boxes = np.concatenate([middles - size / 2, middles + size / 2], axis=1)  # [c, 4]
    low, high = axes.transData.transform(inside)
    heights = axes.transData.transform([(inside[0, 0], y) for y in lines])[:, 1]
    outside = (boxes[:, :2] < low).any(axis=1) | (boxes[:, 2:] > high).any(axis=1)
    crossing = (boxes[:, None, 1] < heights) & (boxes[:, None, 3] > heights)  # [c, lines]
    wide = boxes + np.array([-2.5, -2.5, 2.5, 2.5]) * point
    covered = _holds(wide, axes.transData.transform(cloud)).sum(axis=1)
    costs = OUTSIDE * outside + OVER_LINE * crossing.any(axis=1) + OVER_DOT * covered
    return _Candidates(boxes, costs + RADII.repeat(len(ANGLES)), anchor)


def _overlaps(boxes: Array, others: Array) -> Flags:
    """Which boxes [a, 4] overlap which others [b, 4], as [a, b]."""
    low = boxes[:, None, :2] < others[None, :, 2:]
    return np.all(low & (boxes[:, None, 2:] > others[None, :, :2]), axis=2)


def _holds(boxes: Array, dots: Array) -> Flags:
    """Which boxes [a, 4] hold which dots [b, 2], as [a, b]."""
    above = dots[None] > boxes[:, None, :2]
    return np.all(above & (dots[None] < boxes[:, None, 2:]), axis=2)


def _within(paths: Array, boxes: Array) -> Flags:
    """Which paths [a, steps, 2] pass through any of the boxes [b, 4], as [a]."""
    above = paths[:, :, None] > boxes[:, :2]  # [a, steps, b, 2]
    inside = np.all(above & (paths[:, :, None] < boxes[:, 2:]), axis=3)
    return np.any(inside, axis=(1, 2))


def _middle(group: list[int]) -> int:
    """The layer whose colour the name of several has."""
    return group[len(group) // 2]


def _annotate(axes: Axes, anchor: Array, name: str, colour: str) -> Annotation:
    """A name at an anchor given in pixels, to be moved; its leader ends at the mark."""
    x, y = axes.transData.inverted().transform(anchor)
    return axes.annotate(
        name,
        xy=(float(x), float(y)),
        xytext=(0.0, 0.0),
        textcoords="offset points",
        ha="center",
        va="center",
        size=style.SMALL,
        color=colour,
        in_layout=False,
        zorder=10,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.6},
        arrowprops={
            "arrowstyle": "-",
            "color": style.MUTED,
            "linewidth": 0.5,
            "shrinkA": 0.0,
            "shrinkB": 2.5,
        },
    )
