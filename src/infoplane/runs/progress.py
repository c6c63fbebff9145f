"""Say how far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from infoplane.terminal import PlainConsole
from infoplane.visible import on_one_line

LINE_SECONDS = 30.0


class Progress:
    """A progress bar on stderr, or plain lines where stderr is no terminal.

    Args:
        name: what the run is called.
        epochs: how many there are; or of another ``unit``.
        unit: what is counted.
    """

    def __init__(self, name: str, epochs: int, *, unit: str = "epoch") -> None:
        self.name, self.epochs, self.unit = name, epochs, unit
        self.said_at = time.monotonic()
        self.bar: RichProgress | None = None
        if sys.stderr.isatty():
            self.bar = RichProgress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn(unit + " {task.completed:.0f}/{task.total:.0f}  {task.fields[note]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=PlainConsole(stderr=True),
            )
            self.task = self.bar.add_task(name, total=epochs, note="")

    def __enter__(self) -> Progress:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def advance(self, epoch: int, training_rows: list[dict[str, Any]], *, last: bool) -> None:
        """Say that an epoch is done."""
        if self.bar is not None:
            self.bar.update(self.task, completed=epoch, note=accuracy_note(training_rows))
        elif last or time.monotonic() - self.said_at > LINE_SECONDS:
            self.said_at = time.monotonic()
            note = accuracy_note(training_rows)
            say(f"{self.name}: {self.unit} {epoch}/{self.epochs}  {note}")


def say(line: str) -> None:
    """Print one line on stderr."""
    print(on_one_line(line), file=sys.stderr, flush=True)


def accuracy_note(training_rows: list[dict[str, Any]]) -> str:
    """Return the latest accuracies of the first member, e.g. ``train .98 test .95``."""
    latest: dict[str, float] = {}
    for row in reversed(training_rows):
        if training_rows and row["epoch"] != training_rows[-1]["epoch"]:
            break
        if row["member"] == 0 and row["subset"] in ("train", "test"):
            latest[row["subset"]] = row["accuracy"]
    return " ".join(f"{subset} {latest[subset]:.3f}" for subset in sorted(latest, reverse=True))
