"""Run folders at a URL of fsspec (s3://…, sftp://…), worked on in a copy on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infoplane.data.cache import cache_folder
from infoplane.errors import HeldError, InfoplaneError
from infoplane.runs.storage.folder import STATUS, RunFolder
from infoplane.runs.storage.object_store import OWNER, Remote

BEAT_SECONDS = 20.0
STALE_SECONDS = 90.0  # without a sign of life: more than four beats


def is_url(path: Path | str) -> bool:
    """Whether a folder is at a URL."""
    return "://" in str(path)


def run_folder(path: Path | str) -> RunFolder:
    """Return a run's folder on a path of this machine or at a URL."""
    return RemoteFolder(str(path)) if is_url(path) else RunFolder(Path(path))


def inside(folder: Path | str, name: str) -> Path | str:
    """Return the path or URL of something in a folder."""
    return f"{str(folder).rstrip('/')}/{name}" if is_url(folder) else Path(folder) / name


def local_copy(path: Path | str) -> Path:
    """Return where a folder is on this machine: itself, or the copy of one at a URL."""
    if not is_url(path):
        return Path(path)
    parent, _, name = str(path).rstrip("/").rpartition("/")
    return cache_folder() / "runs" / hashlib.sha256(parent.encode()).hexdigest()[:16] / name


class RemoteFolder(RunFolder):
    """A run's folder at a URL: fetched when it is taken, put back at every checkpoint."""

    def __init__(self, url: str) -> None:
        super().__init__(local_copy(url))
        self.remote = Remote(url)
        self.pushed: dict[str, int] = {}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the copy against this machine, and the folder against others by an owner file.

        Stores cannot compare and swap: two that start within the same second may both take it.
        They then compute the same, and put whole files there.
        """
        with super().locked(), self._owned():
            self.fetch()
            try:
                yield
            finally:
                self.keep()

    def fetch(self) -> None:
        """Download the folder, so that the copy is the same."""
        self.pushed = self.remote.fetch(self.path)

    def keep(self) -> None:
        """Upload what has changed."""
        self.remote.push(self.path, self.pushed)

    @contextmanager
    def _owned(self) -> Iterator[None]:
        me = f"{socket.gethostname()}, process {os.getpid()}, {uuid.uuid4().hex[:8]}"
        self._refuse_if_owned(me)
        self._beat(me)
        self._refuse_if_owned(me)  # somebody may have come at the same moment: the last one stays
        over = threading.Event()
        beating = threading.Thread(target=self._keep_beating, args=(me, over), daemon=True)
        beating.start()
        try:
            yield
        finally:
            over.set()
            beating.join()
            self.remote.remove(OWNER)

    def _refuse_if_owned(self, me: str) -> None:
        owner = self.remote.read(OWNER)
        if owner is None or owner["owner"] == me:
            return
        if abs(time.time() - owner["seen"]) > STALE_SECONDS:  # or a clock that was set back
            return
        raise HeldError(
            f"{self.remote.url} is being written by another process ({owner['owner']}); wait for "
            "it or choose another folder with --out."
        )

    def _beat(self, me: str) -> None:
        self.remote.put(OWNER, json.dumps({"owner": me, "seen": time.time()}).encode())

    def _keep_beating(self, me: str, over: threading.Event) -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                self._beat(me)
            except InfoplaneError:  # it may come back; if not, the next checkpoint says so
                continue


def fetch(path: Path | str) -> RunFolder:
    """Return a run's folder, its copy on this machine up to date."""
    folder = run_folder(path)
    if isinstance(folder, RemoteFolder):
        folder.fetch()
    return folder


def last_status(path: Path | str) -> dict[str, Any]:
    """Return the status that a run last wrote to its folder."""
    if not is_url(path):
        return RunFolder(Path(path)).status()
    return Remote(str(path)).read(STATUS) or {"state": "new", "epoch": 0, "message": ""}


def publish(path: Path | str) -> None:
    """Upload the whole copy of a folder; nothing to do for a folder on this machine."""
    if is_url(path):
        Remote(str(path)).push(local_copy(path), {})
