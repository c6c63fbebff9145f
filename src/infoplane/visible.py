"""Names that others chose, shown as text: what would steer a terminal is written out."""

from __future__ import annotations

import html
import json
import re
from typing import Any

# Controls of C0 and C1 (ANSI codes begin with one), marks that turn the direction of writing,
# separators of lines, and halves of pairs that UTF-8 has not.
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)

# In a script element "</script" ends it and "<!--" changes how it is read.
UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&"}
ESCAPE = re.compile(  # of JSON: a pair of surrogates, which is one character, or any
    r"\\u(?:d[89ab]..\\ud[c-f]..|(?P<code>....))|\\(?P<letter>.)"
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


def in_html(text: object) -> str:
    r"""Return what ``str`` gives of it as ``visible``, escaped for HTML.

    Example:
        >>> in_html("<b>\x07")
        '&lt;b&gt;\\x07'
    """
    return html.escape(visible(str(text)))


def json_in_html(content: Any) -> str:
    """Return JSON that can stand in a script element, every text in it as ``visible``.

    It is ASCII, without ``<``, ``>`` or ``&``.
    """
    text = json.dumps(content, allow_nan=False, separators=(",", ":")).translate(UNSAFE)
    return ESCAPE.sub(_visible_escape, text)


def _visible_escape(match: re.Match[str]) -> str:
    if match["code"] is None and (match["letter"] or "u") not in "bfr":
        return match[0]
    character = json.loads(f'"{match[0]}"')
    return match[0] if visible(character) == character else json.dumps(visible(character))[1:-1]


def _written(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
