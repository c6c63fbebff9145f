"""The console that text of other people is printed on: their names neither style nor steer it."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infoplane.visible import visible


class PlainConsole(Console):
    """A console on which strings are text: no markup in them is taken for a style.

    What is to be styled is given as ``rich.text.Text``.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"markup": False, "emoji": False, **options})

    def render_str(self, text: str, **options: Any) -> Text:
        """Return a string as text, with the controls in it written out."""
        return super().render_str(visible(text), **options)


def plain_console(width: int = 160) -> PlainConsole:
    """Return a console as wide as the terminal, or as asked for where that is a file or a pipe."""
    there = PlainConsole()
    return there if there.is_terminal else PlainConsole(width=width)


def plain_table(title: str) -> Table:
    """Return a table without a frame, under a title at the left."""
    return Table(
        title=title, box=None, pad_edge=False, title_justify="left", caption_justify="left"
    )
