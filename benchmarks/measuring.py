"""Timing and memory of one piece of work."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Row:
    """One line of the table: work, ours, what it is held against, and their ratio.

    The key stays when the wording changes: by it a row is found again in a committed table.
    """

    key: str
    work: str
    ours: float
    against: str  # the published method; in brackets, what else it is held against
    theirs: float
    _: KW_ONLY
    unit: str = "s"
    floor: float | None = None  # the least it could take, where physics says
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


def grown_mebibytes(prepare: str) -> float:
    """Return by how much the peak resident memory of a fresh process grows with a piece of work.

    Args:
        prepare: ``module:function``; the function makes what is needed and returns the work.
    """
    command = [sys.executable, "-m", "benchmarks.measuring", prepare]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peak_growth(work: Callable[[], object]) -> float:
    """Return by how many MiB a piece of work lets the peak memory of this process grow."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
    before = _peak_mebibytes()
    work()
    return _peak_mebibytes() - before


def _peak_mebibytes() -> float:
    """Return the largest resident memory of this process; what getrusage says is the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    module, function = sys.argv[1].split(":")
    work = getattr(importlib.import_module(module), function)()
    print(max(1.0, peak_growth(work)))
