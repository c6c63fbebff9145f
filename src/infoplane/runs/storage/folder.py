"""The folder of a run: what is in it, and how nothing half-written is ever read back."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from safetensors import SafetensorError

from infoplane.errors import HeldError, InfoplaneError
from infoplane.runs.config import RunConfig, from_dict, to_dict
from infoplane.runs.watched import KIND, watched_from

if TYPE_CHECKING:
    import pandas as pd

CONFIG = "config.json"
STATUS = "status.json"
CHECKPOINT = "checkpoint.pt"
WEIGHTS = "weights.safetensors"
REPORT = "report.html"
KEPT_WEIGHTS = "weights/epoch-{epoch:06d}.safetensors"


def tables_of(config: RunConfig) -> tuple[str, ...]:
    """Return the tables that a run leaves: geometry only where it was asked for."""
    from infoplane.tables import GEOMETRY_TABLE, RUN_TABLES

    return tuple(t for t in RUN_TABLES if t != GEOMETRY_TABLE or config.observing.geometry)


def write_text_atomically(path: Path, text: str) -> None:
    """Write a page or another text as ``write_atomically`` does; what UTF-8 has not becomes "?"."""
    content = text.encode("utf-8", errors="replace")
    write_atomically(path, lambda temporary: _write_bytes(temporary, content))


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def write_atomically(path: Path, write: Callable[[Path], None], *, durably: bool = True) -> None:
    """Write a file beside its place, flush it to the disk, and move it there in one step.

    Not ``durably``, it is not flushed: after a failure of the power it may be empty.

    Raises:
        InfoplaneError: where the folder cannot be written to, or the disk is full.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        if durably:
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    # torch and safetensors have errors of their own for a full disk
    except (OSError, RuntimeError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InfoplaneError(
            f"{path} could not be written ({reason}); free some room or choose "
            "another folder with --out; what was there before is untouched."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, content: dict[str, Any], *, durably: bool = True) -> None:
    """Write JSON that people can read."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, lambda p: _write_text(p, text), durably=durably)


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as Parquet; equal tables give equal files."""
    write_atomically(path, lambda p: frame.to_parquet(p, index=False, compression="zstd"))


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        InfoplaneError: where it is missing or damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InfoplaneError(
            f"{path} cannot be read ({error}); name the folder of a run, or delete this one and "
            "run again."
        ) from error
    if not isinstance(content, dict):
        raise InfoplaneError(f"{path} holds no JSON object; delete the folder and run again.")
    return content


def read_table(path: Path) -> pd.DataFrame:
    """Read a table.

    Raises:
        InfoplaneError: where it is missing or damaged.
    """
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's errors are both
        raise InfoplaneError(
            f"{path} cannot be read ({error}); run the same configuration again to repair it."
        ) from error


class RunFolder:
    """Reads and writes the files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one process; the lock ends with the process, however it ends."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self / ".lock")
            lock.acquire(timeout=0)
        except Timeout as error:
            raise HeldError(
                f"{self.path} is being written by another process; wait for it or choose another "
                "folder with --out."
            ) from error
        except OSError as error:
            raise InfoplaneError(
                f"{self.path} cannot be written ({error.strerror}); choose another folder "
                "with --out."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def claim(self, config: RunConfig, extra: dict[str, Any]) -> None:
        """Write the configuration, or check that the folder already belongs to it.

        What lies at ``data.root`` is not in the id of data of one's own: their fingerprint, in
        ``extra``, has to be the same.
        """
        path = self / CONFIG
        if path.exists():
            stored = self.config()
            if stored.id != config.id:
                raise InfoplaneError(
                    f"{self.path} holds another run ({stored.id}, not {config.id}); choose another "
                    "folder with --out, or delete this one."
                )
            data = "data_fingerprint"
            if config.data.own and read_json(path).get(data) != extra.get(data):
                raise InfoplaneError(
                    f"{self.path} holds a run on other data than {config.data.root} holds now; "
                    "give them another data.name, or choose another folder with --out."
                )
            return
        others = [p.name for p in self.path.iterdir() if not p.name.startswith(".")]
        if others:
            raise InfoplaneError(
                f"{self.path} is not a run's folder (it holds {others[0]!r}); choose a new or "
                "empty one with --out."
            )
        write_json(path, {"id": config.id, "config": to_dict(config), **extra})

    def config(self) -> RunConfig:
        """Read the configuration back."""
        content = read_json(self / CONFIG)
        try:
            if KIND in content["config"]:
                return watched_from(content["config"][KIND])
            return from_dict(content["config"])
        except (KeyError, TypeError, AttributeError) as error:
            raise InfoplaneError(
                f"{self / CONFIG} is no configuration of a run ({error}); name the folder of a run."
            ) from error

    def status(self) -> dict[str, Any]:
        """Return ``{"state": new | running | failed | complete, "epoch": …, "message": …}``.

        While a run that was interrupted is running, ``"resumed"`` is the epoch it went on from.
        """
        path = self / STATUS
        return read_json(path) if path.exists() else {"state": "new", "epoch": 0, "message": ""}

    def write_status(
        self, state: str, epoch: int, message: str = "", *, resumed: int = 0, durably: bool = True
    ) -> None:
        """Write the status."""
        content = {"state": state, "epoch": epoch, "message": message}
        content |= {"resumed": resumed} if resumed else {}
        write_json(self / STATUS, content, durably=durably)

    def read(self, name: str) -> pd.DataFrame:
        """Read one of the tables by name, with the columns of this version.

        Raises:
            InfoplaneError: where it is missing, damaged, or lacks a column.
        """
        from infoplane.tables import in_this_version

        path = self / f"{name}.parquet"
        return in_this_version(name, read_table(path), path)

    def write(self, name: str, frame: pd.DataFrame) -> None:
        """Write one of the tables by name."""
        write_table(self / f"{name}.parquet", frame)

    def keep(self) -> None:
        """Upload what was written; nothing to do for a folder on this machine."""

    def clear_leftovers(self) -> None:
        """Delete files that a killed process left half-written."""
        for path in self.path.glob(".*.tmp"):
            path.unlink(missing_ok=True)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
