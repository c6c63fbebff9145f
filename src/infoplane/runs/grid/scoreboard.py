"""Say how far a grid is: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from infoplane.runs.grid.jobs import Job
from infoplane.terminal import PlainConsole
from infoplane.visible import on_one_line

LINE_SECONDS = 30.0
REFRESH_SECONDS = 1.0
STYLES = {"running": "cyan", "finished": "green", "failed": "red", "held": "yellow"}
ROOM = 8  # lines of the terminal that are left to others


class Scoreboard:
    """A table of runs on stderr, or a line for each change where stderr is no terminal."""

    def __init__(self, jobs: Sequence[Job], *, finished: int = 0) -> None:
        self.jobs, self.already_finished = jobs, finished
        self.reported = {job: job.state for job in jobs}
        self.reported_at = 0.0
        self.live: Live | None = None
        if sys.stderr.isatty():
            self.console = PlainConsole(stderr=True)
            self.live = Live(console=self.console, auto_refresh=False)

    def __enter__(self) -> Scoreboard:
        if self.live is not None:
            self.live.start()
        elif self.already_finished:
            _say(f"{self.already_finished} runs are finished already")
        return self

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.update(self.table(), refresh=True)
            self.live.stop()

    def update(self) -> None:
        """Show what has changed."""
        now = time.monotonic()
        if self.live is None:
            self._say_changes(now)
        elif now - self.reported_at >= REFRESH_SECONDS:
            self.reported_at = now
            self.live.update(self.table(), refresh=True)

    def table(self) -> Group:
        """Return the runs with state, epoch and seconds; where they are too many, the busy ones."""
        table = Table(box=None, pad_edge=False)
        for name in ("run", "state", "epoch", "seconds", ""):
            table.add_column(name, justify="right" if name in ("epoch", "seconds") else "left")
        shown = self.jobs
        if len(shown) > self.console.height - ROOM:
            shown = [job for job in shown if job.state not in ("waiting", "finished")]
        for job in shown:
            state = Text(job.state, style=STYLES.get(job.state, "dim"))
            seconds = f"{job.seconds:.0f}" if job.started else ""
            table.add_row(job.name, state, _epochs(job), seconds, job.message)
        return Group(table, self.summary())

    def summary(self) -> str:
        """Return how many runs are in which state."""
        counts = Counter(job.state for job in self.jobs)
        counts["finished"] += self.already_finished
        total = len(self.jobs) + self.already_finished
        others = [f"{n} {s}" for s, n in counts.items() if s != "finished" and n]
        return ", ".join([f"{counts['finished']} of {total} finished", *others])

    def _say_changes(self, now: float) -> None:
        for job in self.jobs:
            if job.state != self.reported[job]:
                self.reported[job], self.reported_at = job.state, now
                message = f" ({job.message})" if job.message else ""
                took = f" in {job.seconds:.0f} s" if job.state == "finished" else ""
                _say(f"{job.name}: {job.state}{took}{message}")
        if now - self.reported_at > LINE_SECONDS:
            self.reported_at = now
            busy = [f"{job.name} {_epochs(job)}" for job in self.jobs if job.state == "running"]
            _say(f"{self.summary()}: {', '.join(busy)}")


def _epochs(job: Job) -> str:
    """Return the last reported epoch of a run, and of how many, as text."""
    total = job.config.training.epochs
    epoch = {"waiting": 0, "finished": total}.get(job.state)
    return f"{job.epoch if epoch is None else epoch}/{total}"


def _say(line: str) -> None:
    print(on_one_line(line), file=sys.stderr, flush=True)
