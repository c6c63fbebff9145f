"""The pictures of a film: what stands still is drawn once, what moves is drawn over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.epochs import stretch
from infoplane.figures.film.tracks import Track

Picture = NDArray[np.uint8]  # [height, width, 3]
Array = NDArray[np.float64]

WIDTHS, HEIGHT = {1: 6.4, 2: 10.24}, 5.12  # inches, at 125 dots: even numbers of pixels
DPI = 125


def film_epochs(epochs: Iterable[int], most: int) -> list[int]:
    """Return the epochs shown: all that were measured, or so many, even in log(1 + epoch)."""
    measured = np.unique(np.fromiter(epochs, dtype=np.int64))
    if len(measured) <= most:
        return measured.tolist()
    low, high = most, len(measured) * most
    while low < high:  # the finest even steps that meet no more epochs than that
        steps = (low + high + 1) // 2
        low, high = (steps, high) if len(_met(measured, steps)) <= most else (low, steps - 1)
    return _met(measured, low)


@style.styled
def pictures(tracks: Sequence[Track], epochs: Sequence[int]) -> Iterator[Picture]:
    """Return a picture of the planes side by side for each epoch.

    Each layer is a mark in its own colour with the way it came, hollow inside its null, a diamond
    where saturated; a small dot is one network of several. A plane that was not measured at an
    epoch shows the last that was, and says which.

    Cost: some 10 ms a picture.

    Args:
        tracks: one or two planes.
        epochs: in order.
    """
    with style.one_colour_a_layer({d for track in tracks for d in track.points["depth"]}):
        stage = _Stage(tracks)
    return (stage.at(epoch) for epoch in epochs)


def _met(measured: NDArray[np.int64], steps: int) -> list[int]:
    """The measured epochs that are nearest to so many even steps."""
    at = np.asarray(stretch(measured))
    even = np.linspace(at[0], at[-1], steps) if steps > 1 else at[-1:]
    right = np.clip(np.searchsorted(at, even), 1, len(at) - 1)
    nearest = np.where(even - at[right - 1] < at[right] - even, right - 1, right)
    return measured[np.unique(nearest)].tolist()


class _Stage:
    """A figure whose moving parts are drawn over a picture of all that stands still."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.figure = Figure(figsize=(WIDTHS[len(tracks)], HEIGHT), dpi=DPI, layout="constrained")
        self.canvas = FigureCanvasAgg(self.figure)
        panels = self.figure.subplots(1, len(tracks), squeeze=False)[0]
        self.planes = [_Plane(axes, track) for axes, track in zip(panels, tracks, strict=True)]
        layout.header(self.figure, " ", "\n".join(dict.fromkeys(t.about for t in tracks)))
        layout.legend_below(self.figure, _entries(tracks), columns=8)
        self.epoch = self.figure.text(
            0.012, 1 - 0.06 / HEIGHT, "", size=style.TITLE, weight="bold", va="top", animated=True
        )
        layout.settle(self.figure)
        self.figure.set_layout_engine("none")
        self.canvas.draw()
        self.still = self.canvas.copy_from_bbox(self.figure.bbox)

    def at(self, epoch: int) -> Picture:
        """The picture of one epoch."""
        self.canvas.restore_region(self.still)
        self.epoch.set_text(f"epoch {epoch:,}")
        self.figure.draw_artist(self.epoch)
        for plane in self.planes:
            for artist in plane.at(epoch):
                plane.axes.draw_artist(artist)
        return np.asarray(self.canvas.buffer_rgba())[..., :3].copy()


class _Plane:
    """The moving parts of one plane."""

    def __init__(self, axes: Axes, track: Track) -> None:
        self.axes = axes
        track.draw_room(axes)
        axes.set_xlabel(track.axes[0])
        axes.set_ylabel(track.axes[1])
        layout.panel_title(axes, track.title)
        self.epochs = np.unique(track.points["epoch"].to_numpy())
        moving: dict[str, Any] = {"animated": True, "linestyle": "none"}
        self.nulls = axes.plot([], [], marker="_", color=style.FAINT, zorder=1.5, **moving)[0]
        self.joint = axes.plot([], [], color=style.MUTED, linewidth=0.7, animated=True)[0]
        self.layers = [
            _Layer(axes, layer, track.members[track.members["depth"] == depth])
            for depth, layer in track.points.groupby("depth", sort=True)
        ]
        self.older = axes.text(
            1.0, 1.02, "", transform=axes.transAxes, ha="right", size=style.SMALL,
            color=style.MUTED, animated=True,
        )  # fmt: skip

    def at(self, epoch: int) -> Iterator[Artist]:
        """What is drawn at an epoch, from the lowest."""
        last = int(np.searchsorted(self.epochs, epoch, side="right")) - 1
        measured = int(self.epochs[max(last, 0)])
        self.older.set_text("" if measured == epoch else f"measured at epoch {measured:,}")
        places = [layer.go_to(measured) for layer in self.layers]
        now = np.array([place for place in places if place is not None]).reshape(-1, 3)
        self.nulls.set_data(now[:, 0], now[:, 2])
        self.joint.set_data(now[:, 0], now[:, 1])
        yield self.nulls
        yield from (layer.trail for layer in self.layers)
        yield self.joint
        yield from (layer.dots for layer in self.layers)
        yield from (layer.mark for layer in self.layers)
        yield self.older


class _Layer:
    """A layer: the way it came, its networks, and where it is."""

    def __init__(self, axes: Axes, points: pd.DataFrame, members: pd.DataFrame) -> None:
        points = points.sort_values("epoch")
        depth = int(points["depth"].iloc[0])
        colour = style.layer_colours([depth])[depth]
        self.colour, self.epochs = colour, points["epoch"].to_numpy()
        self.places = points[["x", "y", "null"]].to_numpy(dtype=float)
        self.hollow, self.saturated = points["hollow"].to_numpy(), points["saturated"].to_numpy()
        self.members: dict[int, Array] = {
            int(str(epoch)): at[["x", "y"]].to_numpy(dtype=float)
            for epoch, at in members.groupby("epoch")
        }
        self.trail = axes.plot([], [], color=colour, linewidth=1.2, alpha=0.6, animated=True)[0]
        moving: dict[str, Any] = {"linestyle": "none", "animated": True}
        self.dots = axes.plot(
            [], [], marker="o", color=colour, alpha=0.4, markersize=2.6, markeredgewidth=0,
            **moving,
        )[0]  # fmt: skip
        self.mark = axes.plot([], [], marker="o", color=colour, markersize=7, **moving)[0]

    def go_to(self, epoch: int) -> Array | None:
        """Move there; return x, y and null, or nothing where it was not measured yet."""
        last = int(np.searchsorted(self.epochs, epoch, side="right")) - 1
        shown = self.places[: last + 1]
        self.trail.set_data(shown[:, 0], shown[:, 1])
        self.mark.set_data(shown[-1:, 0], shown[-1:, 1])
        dots = self.members.get(epoch, np.empty((0, 2)))
        self.dots.set_data(dots[:, 0], dots[:, 1])
        if last < 0:
            return None
        hollow, saturated = bool(self.hollow[last]), bool(self.saturated[last])
        self.mark.set_marker("D" if saturated else "o")
        self.mark.set_markersize(6.0 if saturated else 7.0)
        self.mark.set_markerfacecolor("white" if hollow else self.colour)
        self.mark.set_markeredgecolor(self.colour if hollow else "white")
        return self.places[last]


def _entries(tracks: Sequence[Track]) -> list[style.Entry]:
    """Layers by colour, and the marks that occur."""
    points = pd.concat([track.points for track in tracks], ignore_index=True)
    members = max(len(track.members) for track in tracks)
    grey: dict[str, Any] = {"linestyle": "none", "color": style.MUTED}
    marks = (
        (points.hollow.any(), Line2D([], [], marker="o", mfc="white", **grey), "inside its null"),
        (points.saturated.any(), Line2D([], [], marker="D", markersize=4, **grey), "saturated"),
        (points.null.notna().any(), Line2D([], [], marker="_", **grey), "its null"),
        (members > 0, Line2D([], [], marker="o", markersize=2.6, **grey), "one network"),
    )
    layers = style.layer_entries(points, linestyle="none", marker="o", markersize=6)
    return layers + [(mark, text) for occurs, mark, text in marks if occurs]
