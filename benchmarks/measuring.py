"""Timing and memory of one piece of work."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line of the table: work, ours, what it is held against, and their ratio."""

    work: str
    ours: float
    against: str
    theirs: float
    unit: str = "s"
    aim: str = ""

    @property
    def ratio(self) -> float:
        """How many times less ours takes."""
        return self.theirs / self.ours


def seconds(work: Callable[[], object], *, repeats: int = 3) -> float:
    """Return the median seconds of a piece of work, after one warm-up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def peak_mebibytes() -> float:
    """Return the peak resident memory of this process so far, MiB (kibibytes on Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
