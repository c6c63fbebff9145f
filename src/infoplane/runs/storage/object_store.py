"""Files at a URL of fsspec: each is there whole, or not at all."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.runs.storage.folder import CHECKPOINT, STATUS

OWNER = "owner.json"
LAST = (CHECKPOINT, STATUS)  # written last: they state that the others are there


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
        """Upload what has changed since, in an order that may be interrupted anywhere.

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
        """Upload a file under another name, and move it into place."""
        path = f"{self.root}/{name}"
        temporary = f"{path}.{uuid.uuid4().hex}.tmp"

        def write() -> None:
            self.files.makedirs(os.path.dirname(path), exist_ok=True)
            self.files.pipe_file(temporary, content)
            self.files.mv(temporary, path)

        self._try("written", write)

    def fetch(self, local: Path) -> dict[str, int]:
        """Download all files, so that the copy is the same; return when each was changed."""
        self.files.invalidate_cache()
        paths = self._try("read", lambda: self.files.find(self.root))
        names = [path[len(self.root) :].lstrip("/") for path in paths]
        for name in names:
            if ".." in Path(name).parts:
                raise InfoplaneError(
                    f"{self.url} holds {name!r}, a name that leads out of it; remove it there."
                )
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
        """Return a JSON object at the URL, None where it is missing or damaged."""
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
