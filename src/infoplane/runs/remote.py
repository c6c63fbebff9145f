"""Run folders at a URL of fsspec (s3://…, sftp://…), worked on in a copy on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infoplane.data.cache import cache_folder
from infoplane.errors import HeldError, InfoplaneError
from infoplane.runs.folder import CHECKPOINT, STATUS, RunFolder

OWNER = "owner.json"
BEAT_SECONDS = 20.0
STALE_SECONDS = 90.0  # without a sign of life: more than four beats
LAST = (CHECKPOINT, STATUS)  # what says that the others are there


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


class Remote:
    """A folder at a URL: files are put there and fetched from there, each whole or not at all."""

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        try:
            self.files, self.root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:  # a package is missing, or no such protocol
            raise InfoplaneError(f"{url} cannot be opened ({error}); see fsspec.") from error

    def push(self, local: Path, pushed: dict[str, int]) -> None:
        """Put there what has changed since, in an order that can be cut off anywhere.

        Args:
            local: the copy on this machine.
            pushed: when each file was changed that is there already; brought up to date.
        """
        names = [str(path.relative_to(local)) for path in local.rglob("*") if path.is_file()]
        names = [name for name in names if not Path(name).name.startswith(".")]
        for name in sorted(names, key=lambda name: (name in LAST and LAST.index(name) + 1, name)):
            changed = (local / name).stat().st_mtime_ns
            if pushed.get(name) != changed:
                self.put(name, (local / name).read_bytes())
                pushed[name] = changed
        for name in set(pushed) - set(names):
            self.remove(name)
            del pushed[name]

    def remove(self, name: str) -> None:
        """Remove a file there."""
        self._try("written", lambda: self.files.rm_file(f"{self.root}/{name}"))

    def put(self, name: str, content: bytes) -> None:
        """Put a file there under another name, and move it into place."""
        path = f"{self.root}/{name}"
        temporary = f"{path}.{uuid.uuid4().hex}.tmp"

        def write() -> None:
            self.files.makedirs(os.path.dirname(path), exist_ok=True)
            self.files.pipe_file(temporary, content)
            self.files.mv(temporary, path)

        self._try("written", write)

    def fetch(self, local: Path) -> dict[str, int]:
        """Make the copy on this machine what is there; return when each file was changed."""
        self.files.invalidate_cache()
        found = self._try("read", lambda: self.files.find(self.root))
        names = [path[len(self.root) :].lstrip("/") for path in found]
        names = [name for name in names if name != OWNER and not name.endswith(".tmp")]
        for path in [p for p in local.rglob("*") if p.is_file() and not p.name.startswith(".")]:
            if str(path.relative_to(local)) not in names:
                path.unlink()
        for name in names:
            content = self._try(
                "read", lambda name=name: self.files.cat_file(f"{self.root}/{name}")
            )
            (local / name).parent.mkdir(parents=True, exist_ok=True)
            temporary = (local / name).with_name(f".{Path(name).name}.tmp")
            temporary.write_bytes(content)
            os.replace(temporary, local / name)
        return {name: (local / name).stat().st_mtime_ns for name in names}

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a JSON object that is there, None where it is not or is damaged."""
        try:
            return json.loads(self.files.cat_file(f"{self.root}/{name}"))
        except (OSError, ValueError):
            return None

    def _try(self, done: str, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except FileNotFoundError:
            return []
        except Exception as error:  # every store has errors of its own
            raise InfoplaneError(
                f"{self.url} could not be {done} ({type(error).__name__}: {error}); the same "
                "command goes on from what is there."
            ) from error


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
        """Make the copy what is there."""
        self.pushed = self.remote.fetch(self.path)

    def keep(self) -> None:
        """Put there what has changed."""
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
        if owner is None or owner["owner"] == me or time.time() - owner["seen"] > STALE_SECONDS:
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
    """Put all of the copy of a folder where it belongs; it is there where it is no URL."""
    if is_url(path):
        Remote(str(path)).push(local_copy(path), {})
