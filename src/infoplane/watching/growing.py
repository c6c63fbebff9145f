"""The page's numbers of runs that grow: read again where a file has changed, and only there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.page.content import page_frame, run_content
from infoplane.page.reading import ReadRun, read_growing_run
from infoplane.runs.storage.folder import RunFolder
from infoplane.watching.places import Places, Stamp, find_places, stamp


@dataclass
class Growing:
    """A run as it was last read."""

    key: int
    """Its number among the runs watched, which it keeps."""
    name: str = ""
    stamp: Stamp | None = None
    version: int = 0
    """The version of the page in which it last changed."""
    read: ReadRun | None = None
    """Its configuration, and of its tables only what the page says of all runs together."""
    content: dict[str, Any] | None = None
    state: str = "new"
    epoch: int = 0
    message: str = ""
    heard: float = 0.0
    """The time of the last change, by the clock of the file system."""


class GrowingRuns:
    """The runs in folders, and what has changed in them since somebody last asked.

    Args:
        paths: folders of runs or studies, or folders that hold some; they may not be there yet.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = list(paths)
        self.version = 0
        self.known: dict[Path, Growing] = {}
        self.places = Places()
        self.lock = Lock()

    def changes(self, since: int) -> dict[str, Any] | None:
        """Return what has changed since a version, 0 for everything; None where nothing has.

        Returns:
            The content of a page as ``page_content`` returns it, with ``version`` and ``watched``,
            a list of what is watched: ``name, state, epoch, epochs, message``, and ``silent``, the
            seconds since its files last changed. A run has its ``key``, and nothing else where it
            is as it was.
        """
        with self.lock:
            self._look()
            return None if since == self.version else self._content(since)

    def _look(self) -> None:
        places = find_places(self.paths)
        changed = [run for run in places.runs if self._refresh(run, places.runs[run])]
        if changed or places != self.places:
            self.version += 1
            self.places = places
            for run in changed:
                self.known[run].version = self.version

    def _refresh(self, path: Path, name: str) -> bool:
        """Read a run again where it has changed; say whether it has."""
        run = self.known.setdefault(path, Growing(len(self.known)))
        before = run.message
        try:
            now = stamp(path)
            if now == run.stamp and name == run.name:
                return False
            run.stamp, run.name = now, name
            run.heard = max((changed / 1e9 for _, changed, *_ in now), default=0.0)
            status = RunFolder(path).status()
            run.state, run.epoch = str(status.get("state")), int(status.get("epoch") or 0)
            run.message = str(status.get("message", ""))
            read = read_growing_run(path, name)
            if read is not None:
                run.content, run.read = run_content(read), _slim(read)
            return True
        except (InfoplaneError, ValueError) as error:
            run.message = str(error)
            return run.message != before

    def _content(self, since: int) -> dict[str, Any]:
        runs = [self.known[path] for path in self.places.runs]
        shown = [run for run in runs if run.read is not None]
        frame = page_frame([run.read for run in shown if run.read], self.places.studies.values())
        return frame | {
            "version": self.version,
            "runs": [
                {"key": run.key} | ((run.content or {}) if run.version > since else {})
                for run in shown
            ],
            "watched": [*map(_watched, runs, self.places.runs.values()), *self._missing()],
        }

    def _missing(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "state": "missing", "epoch": 0, "epochs": 0, "message": why, "silent": 0}
            for name, why in self.places.missing
        ]


def _watched(run: Growing, name: str) -> dict[str, Any]:
    epochs, epoch, state = 0, run.epoch, "new" if run.state == "running" else run.state
    if run.read is not None and run.content is not None:
        epochs = 0 if run.read.config.watched else run.read.config.training.epochs
        epoch, state = max(epoch, run.content["epochs"][-1]), run.state  # a status is written later
    silent = max(0.0, time.time() - run.heard) if run.heard else 0.0
    told = {"epoch": epoch, "epochs": epochs, "message": run.message, "silent": silent}
    return {"name": name, "state": state} | told


def _slim(read: ReadRun) -> ReadRun:
    """A run without the rows that are in its content already."""
    return replace(
        read,
        measurements=read.measurements[:0],
        training=read.training.drop_duplicates("subset"),
        examples=read.examples[:0],
        histories=read.histories[:0],
        seconds=read.seconds[:0],
    )
