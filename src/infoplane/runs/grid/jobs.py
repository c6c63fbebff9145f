"""The runs of a grid as they are waiting, running, and done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from infoplane.errors import InfoplaneError
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import StackConfig
from infoplane.runs.storage.remote import last_status


@dataclass(eq=False)
class Job:
    """One run of a grid, or one stack of an ensemble: its configuration, folder, and progress."""

    name: str
    config: RunConfig | StackConfig
    out: Path | str
    state: str = "waiting"  # waiting | running | held | finished | failed
    message: str = ""
    mistake: bool = False
    deaths: int = 0
    not_before: float = field(default=0.0, repr=False)
    started: float = field(default=0.0, repr=False)
    ended: float = field(default=0.0, repr=False)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be tried."""
        return self.state in ("finished", "failed")

    @property
    def seconds(self) -> float:
        """How long the last attempt has taken, so far or in all."""
        return (self.ended or time.monotonic()) - self.started if self.started else 0.0

    @property
    def epoch(self) -> int:
        """The epoch in the run's status file; 0 where there is none."""
        try:
            return last_status(self.out)["epoch"]
        except (InfoplaneError, KeyError):
            return 0

    def start(self) -> None:
        """Note that an attempt has begun."""
        self.state, self.started, self.ended = "running", time.monotonic(), 0.0

    def end(self, state: str, message: str = "") -> None:
        """Note that an attempt has ended."""
        self.state, self.message, self.ended = state, message, time.monotonic()
