"""Names that others chose, shown as text: what would steer a terminal is written out."""

from __future__ import annotations

import re

# Controls of C0 and C1 (ANSI codes begin with one), marks that turn the direction of writing,
# separators of lines, and halves of pairs that UTF-8 has not.
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return text in which controls are written out, as ``\x1b``; tabs and ends of lines stay.

    Example:
        >>> print(visible("layer\x1b[31m1"))
        layer\x1b[31m1
    """
    return STEERING.sub(lambda match: _written(match.group()), text)


def on_one_line(text: str) -> str:
    r"""Return text as ``visible``, ends of lines written out too."""
    return visible(text).replace("\n", r"\n").replace("\t", r"\t")


def _written(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
