"""What a run has measured since its tables were last written, for whoever watches it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LIVE = ".live.jsonl"
SHOWN = ("measurements", "training", "seconds")  # the tables a page draws while a run trains
PAUSE = 40  # times what the last writing took: at most 2.5 % of a run's time is spent on it

RowsOfTables = Mapping[str, Sequence[Mapping[str, Any]]]


class LiveFile:
    """Appends rows to a file of JSON lines that is emptied whenever the tables are written.

    The tables are what a run keeps; nothing of a run depends on this file, and where it cannot be
    written the run goes on without.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LIVE
        self.written = dict.fromkeys(SHOWN, 0)  # rows of each table that need not be appended
        self.due = 0.0
        self.broken = False

    def append(self, rows: RowsOfTables) -> None:
        """Append the rows that are new, unless that was done a moment ago."""
        started = time.monotonic()
        if self.broken or started < self.due:
            return
        new = {name: rows[name][self.written[name] :] for name in SHOWN}
        if not any(new.values()):
            return
        self._write("a", json.dumps(new, default=_plain) + "\n")
        self._mark(rows)
        self.due = time.monotonic() + PAUSE * (time.monotonic() - started)

    def restart(self, rows: RowsOfTables) -> None:
        """Empty the file: the tables hold these rows."""
        self._write("w", "")
        self._mark(rows)

    def remove(self) -> None:
        """Remove the file: the run has ended."""
        self.path.unlink(missing_ok=True)

    def _mark(self, rows: RowsOfTables) -> None:
        self.written = {name: len(rows[name]) for name in SHOWN}

    def _write(self, mode: str, text: str) -> None:
        try:
            with self.path.open(mode, encoding="utf-8") as file:
                file.write(text)
        except OSError:  # writing the tables says what is wrong
            self.broken = True


def live_rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows in the live file of a run, by table; a line half-written is left out.

    Read them before the tables: what moves from the one to the others meanwhile is then seen twice,
    and not missed.
    """
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SHOWN}
    try:
        lines = (folder / LIVE).read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    except OSError:
        return rows
    for line in lines:
        try:
            look = json.loads(line)
            for name in SHOWN:
                rows[name] += [dict(row) for row in look[name]]
        except (ValueError, KeyError, TypeError):
            continue
    return rows


def _plain(value: Any) -> Any:
    """NumPy's numbers and truths, which JSON does not know."""
    return value.item()
