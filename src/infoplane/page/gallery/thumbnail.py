"""A plane in small, as SVG: nothing in it but numbers and colours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.figures.drawing.style import layer_colours
from infoplane.figures.film.tracks import Track

WIDTH, HEIGHT, EDGE = 200, 130, 8  # units of the picture
PLACES = 24  # on the way of a layer
CEILINGS = {"x": ("x_ceiling", "learned_ceiling"), "y": ("y_ceiling", "memorized_ceiling")}


def thumbnail(track: Track) -> str:
    """Return an SVG element: ceilings, the way of each layer, and where it ended.

    Hollow is inside its null, a square is saturated.
    """
    points = track.points
    spans = {side: _span(points, side) for side in "xy"}
    colours = layer_colours(set(points["depth"]))
    parts = [_walls(points, spans)]
    ends = []
    for depth, layer in points.groupby("depth", sort=True):
        layer, colour = layer.sort_values("epoch"), colours[int(str(depth))]
        way = _places(layer, spans)
        some = way[np.unique(np.linspace(0, len(way) - 1, PLACES).round().astype(int))]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in some)
        parts.append(f'<polyline points="{line}" stroke="{colour}"/>')
        last = layer.iloc[-1]
        ends.append(_mark(way[-1], colour, hollow=bool(last.hollow), square=bool(last.saturated)))
    return "".join([*parts, *ends])


def _span(points: pd.DataFrame, side: str) -> tuple[float, float]:
    """The ends of an axis: zero, the points, their ceiling."""
    ceiling = _ceiling(points, side)
    high = float(np.nanmax([points[side].max(), ceiling, 1e-9]))
    return min(float(points[side].min()), 0.0), high


def _ceiling(points: pd.DataFrame, side: str) -> float:
    column = next(name for name in CEILINGS[side] if name in points)
    return float(points[column].max())


def _places(points: pd.DataFrame, spans: dict[str, tuple[float, float]]) -> np.ndarray:
    """Where points are in the picture, [n, 2]."""
    shares = [
        (points[side].to_numpy(dtype=float) - low) / (high - low)
        for side, (low, high) in spans.items()
    ]
    x, y = shares
    return np.stack(
        [EDGE + x * (WIDTH - 2 * EDGE), HEIGHT - EDGE - y * (HEIGHT - 2 * EDGE)], axis=1
    )


def _walls(points: pd.DataFrame, spans: dict[str, tuple[float, float]]) -> str:
    """The axes through zero, and the ceilings that are known."""
    at = {"x": [0.0, _ceiling(points, "x")], "y": [0.0, _ceiling(points, "y")]}
    lines = []
    for side, values in at.items():
        for value, kind in zip(values, ("axis", "wall"), strict=True):
            if np.isfinite(value):
                place = _places(pd.DataFrame({"x": [value], "y": [value]}), spans)[0]
                path = (
                    f"M{place[0]:.0f} 0V{HEIGHT}" if side == "x" else f"M0 {place[1]:.0f}H{WIDTH}"
                )
                lines.append(f'<path class="{kind}" d="{path}"/>')
    return "".join(lines)


def _mark(place: np.ndarray, colour: str, *, hollow: bool, square: bool) -> str:
    x, y = place
    look = f'fill="{"#fff" if hollow else colour}" stroke="{colour}"'
    if square:
        return f'<rect x="{x - 3:.0f}" y="{y - 3:.0f}" width="6" height="6" {look}/>'
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3.5" {look}/>'
