"""The table: on a terminal, as Markdown, and the ratios read back from Markdown."""

from __future__ import annotations

import datetime
import os
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.measuring import Row

HEADS = ("key", "work", "ours", "against", "theirs", "ratio", "floor", "aim")
TEXTS = ("key", "work", "against")  # at the left
INTRODUCTION = """\
# Benchmarks

Written by `python -m benchmarks --write docs/reference/benchmarks.md`; `make bench-check`
compares the ratios with a new run. *Ours* and *theirs* were measured in one run, and the ratio is
theirs / ours: it says more than either, which belong to the machine. *Theirs* is the published
method, written down again, or what stands in brackets. The *floor* is what physics leaves, where
that is known: one read of the activations, the matrix products of an epoch alone, a Python that
does nothing. Theirs / floor is thus the most that a ratio could be on this machine, even where
its aim asks for more.
"""
MACHINE = "Measured on: "
LINE = re.compile(r"\| `(?P<key>[^`]+)` \|(?P<cells>.*)\|$", re.MULTILINE)


def print_table(rows: Sequence[Row]) -> None:
    """Print the table, and the machine below it."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in HEADS:
        left = head in TEXTS
        table.add_column(head, justify="left" if left else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, cells(row)))
    console = Console(width=None if Console().is_terminal else 150)
    console.print(table)
    console.print(machine(), highlight=False)


def as_markdown(rows: Sequence[Row], machine: str) -> str:
    """Return the table as a Markdown page."""
    lines = [HEADS, tuple("---" if head in TEXTS else "---:" for head in HEADS)]
    lines += [(f"`{key}`", *others) for key, *others in map(cells, rows)]
    table = "".join("| " + " | ".join(line) + " |\n" for line in lines)
    return f"{INTRODUCTION}\n{MACHINE}{machine}\n\n{table}"


def cells(row: Row) -> tuple[str, ...]:
    """Return what is shown of a row, in the order of the heads."""
    floor = "" if row.floor is None else quantity(row.floor, row.unit)
    ours, theirs = (quantity(value, row.unit) for value in (row.ours, row.theirs))
    ratio = number(row.ratio)
    return (row.key, row.work, ours, row.against, theirs, ratio, floor, row.aim)


def read_ratios(markdown: str) -> dict[str, float]:
    """Return the ratio of each row of a committed page, by its key.

    Raises:
        ValueError: where there is no row, a key comes twice, or a ratio is no number.
    """
    ratios: dict[str, float] = {}
    for line in LINE.finditer(markdown):
        key, values = line["key"], [cell.strip() for cell in line["cells"].split("|")]
        if key in ratios:
            raise ValueError(f"the row {key} comes twice; write the table again.")
        try:
            ratios[key] = float(values[HEADS.index("ratio") - 1].replace(",", ""))
        except (ValueError, IndexError):
            raise ValueError(f"the row {key} has no ratio; write the table again.") from None
    if not ratios:
        raise ValueError("there are no rows; write the table with --write.")
    return ratios


def read_machine(markdown: str) -> str:
    """Return what a committed page was measured on."""
    match = re.search(rf"^{MACHINE}(.*)$", markdown, re.MULTILINE)
    return match[1] if match else "an unknown machine"


def machine() -> str:
    """Return the machine of this run: its processor, cores, torch, Python, and the day."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"torch {version('torch')}, Python {platform.python_version()}, {datetime.date.today()}"
    )


def _processor() -> str:
    """Return the name of the processor, where the system says."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return match[1] if match else platform.processor() or "an unknown processor"


def quantity(value: float, unit: str) -> str:
    """Return a value with its unit, seconds below one in ms."""
    if unit == "s" and value < 1:
        return f"{number(1000 * value)} ms"
    return f"{number(value)} {unit}"


def number(value: float) -> str:
    """Return a number with three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")
