"""Tables and other small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return a table; the columns whose numbers are ``right`` are aligned to the right."""
    right = set(right)
    rule = ["---:" if i in right else "---" for i in range(len(header))]
    lines = [header, rule, *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines) + "\n"


def cell(text: str) -> str:
    """Return text as one cell: no new line, and no bar that would end it."""
    return " ".join(str(text).split()).replace("|", "\\|")


def signed(value: float) -> str:
    """Return a number of bits with its sign, and without "-0.00"."""
    return "–" if value != value else f"{value + 0.0:+.2f}".replace("-0.00", "+0.00")


def seconds(value: float) -> str:
    """Return a time as people say it."""
    if value != value:
        return "–"
    for least, unit, of in ((3600, "h", 3600), (120, "min", 60), (1, "s", 1)):
        if value >= least:
            return f"{value / of:.3g} {unit}"
    return f"{value * 1000:.{0 if value >= 0.01 else 1}f} ms"
