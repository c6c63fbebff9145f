"""``infoplane figures``: the figures of runs and studies, drawn again, fit for a paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from infoplane.errors import InfoplaneError

WIDTHS = {"column": 3.25, "text": 6.75}  # inches, of ICML's two-column page


@dataclass(frozen=True)
class FiguresCommand:
    """Draw the figures of runs and studies again, from their tables, fit for a paper.

    Letters are 7 and 8 points at the width asked for, fonts are embedded (in SVG text stays text),
    and a layer has one colour throughout.
    """

    runs: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN ...")]
    """Folders of runs, studies or saved planes, or folders that hold some."""
    format: tuple[str, ...] = ("pdf",)
    """pdf, svg, png (of 300 dots an inch): one or several, as pdf,png."""
    width: Annotated[str, tyro.conf.arg(metavar="column|text|INCHES")] = "column"
    """column: 3.25 inches; text: 6.75 inches, both columns of such a page; or a number of inches,
    as 5.5 for the text of NeurIPS."""
    only: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...")] = ()
    """Figures to draw by name, as plane; all unless given."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """Where they are written (default: figures/WIDTH in each folder); of several runs and studies
    each has a folder in it."""

    def __call__(self) -> None:
        inches = _inches(self.width)
        from infoplane.commands.drawing_again import draw_again

        formats = [part for given in self.format for part in given.split(",") if part]
        for path in draw_again(
            self.runs, inches, formats=formats, only=self.only, out=self.out, place=self.width
        ):
            print(path)


def _inches(width: str) -> float:
    """The width that is meant."""
    try:
        return WIDTHS.get(width) or float(width)
    except ValueError:
        raise InfoplaneError(
            f"the width is {width!r}; give column, text, or a number of inches."
        ) from None
