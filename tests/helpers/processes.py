"""The processes a test started, found from its child downwards: none but these may be killed."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process by its number and the moment it started: numbers are given again."""

    pid: int
    started: str
    name: str

    @classmethod
    def of(cls, pid: int) -> Process:
        """Return the process that has a number now."""
        folder = Path("/proc") / str(pid)
        name = (folder / "cmdline").read_bytes().split(b"\0")[0].decode()
        return cls(pid, _started(pid), name)

    def is_alive(self) -> bool:
        """Whether it is there, and no zombie that its parent has not yet taken note of."""
        try:
            return _started(self.pid) == self.started and _state(self.pid) != "Z"
        except FileNotFoundError:
            return False

    def kill(self) -> None:
        """Kill it, and no other."""
        if self.is_alive():
            os.kill(self.pid, signal.SIGKILL)


def descendants(process: Process) -> list[Process]:
    """Return the children of a process, their children, and so on."""
    found = []
    for task in (Path("/proc") / str(process.pid) / "task").iterdir():
        for pid in map(int, (task / "children").read_text().split()):
            try:
                child = Process.of(pid)
            except FileNotFoundError:  # ended meanwhile
                continue
            found += [child, *descendants(child)]
    return found


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def _state(pid: int) -> str:
    return _stat(pid)[0]


def _started(pid: int) -> str:
    return _stat(pid)[19]
