"""The axes that one picture is drawn on: those of a figure of its own, or those that are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from infoplane.figures.drawing import layout, style
from infoplane.figures.drawing.fitting import fit_text

BELOW = 30  # points below the axes: room for the numbers and the name of x


@dataclass(frozen=True)
class Frame:
    """A figure, its axes, and whether they belong to somebody else."""

    figure: Figure
    axes: Axes
    given: bool

    @classmethod
    def of(cls, ax: Axes | None, width: float, height: float) -> Frame:
        """Return the axes given, or those of a new figure of this size in inches."""
        if ax is None:
            figure = layout.new_figure(width, height)
            return cls(figure, figure.subplots(), given=False)
        figure = ax.get_figure(root=True)
        return cls(cast(Figure, figure), ax, given=True)

    def header(self, title: str | None, subtitle: str) -> None:
        """Write title and subtitle above the figure, or above the axes that were given."""
        if not self.given:
            layout.header(self.figure, title, subtitle)
            return
        words = self.axes.set_title(
            f"{title}\n{subtitle}" if title else subtitle,
            loc="left", size=style.SMALL, color=style.MUTED,
        )  # fmt: skip
        fit_text(words, self.axes.get_window_extent().width)

    def legend(self, entries: Sequence[style.Entry], *, columns: int = 2) -> None:
        """Write a legend below the figure, or below the axes that were given."""
        if not self.given:
            layout.legend_below(self.figure, entries, columns=columns)
        elif entries:
            marks, texts = zip(*entries, strict=True)
            below = offset_copy(self.axes.transAxes, self.figure, y=-BELOW, units="points")
            for fewer in range(columns, 0, -1):
                legend = self.axes.legend(
                    marks, texts, loc="upper center", bbox_to_anchor=(0.5, 0),
                    bbox_transform=below, ncols=fewer, handlelength=1.6, handletextpad=0.5,
                )  # fmt: skip
                if legend.get_window_extent().width <= self.axes.get_window_extent().width:
                    break
