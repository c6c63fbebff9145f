"""The folder of a run: what is in it, and how nothing half-written is ever read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from infoplane.errors import DamagedError, HeldError, InfoplaneError
from infoplane.runs.config import RunConfig, from_dict, to_dict
from infoplane.runs.storage.files import (
    as_json,
    read_json,
    read_table,
    refuse_link_out,
    refuse_other_contents,
    write_json,
    write_table,
)
from infoplane.runs.storage.manifest import (
    AGAIN,
    ANEW,
    Digests,
    check_file,
    read_manifest,
    write_manifest,
)
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
            self._refuse_links_out()
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

    def _refuse_links_out(self) -> None:
        """Refuse a folder whose files would be written elsewhere."""
        for part in (self.path, self / "figures", (self / KEPT_WEIGHTS).parent):
            for path in part.iterdir() if part.is_dir() else ():
                if path.is_symlink():
                    refuse_link_out(path, self.path)

    def claim(self, config: RunConfig, extra: dict[str, Any]) -> None:
        """Write the configuration, or check that the folder already belongs to it.

        What lies at ``data.root`` is not in the id of data of one's own: their fingerprint, in
        ``extra``, has to be the same.
        """
        path = self / CONFIG
        if path.exists():
            stored = self._stored_config()
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
            if self._has_changed(CONFIG):
                write_json(path, {"id": config.id, "config": to_dict(config), **extra})
            return
        refuse_other_contents(self.path, "is not a run's folder")
        write_json(path, {"id": config.id, "config": to_dict(config), **extra})

    def config(self) -> RunConfig:
        """Read the configuration back.

        Raises:
            DamagedError: where it has changed since the run was finished, or cannot be read.
            InfoplaneError: where it is of something else, or of another version.
        """
        self.check(CONFIG)
        return self._stored_config()

    def _stored_config(self) -> RunConfig:
        content = read_json(self / CONFIG)
        try:
            if KIND in content["config"]:
                return watched_from(content["config"][KIND])
            return from_dict(content["config"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InfoplaneError(
                f"{self / CONFIG} is no configuration of a run ({error}); name the folder of a run."
            ) from error

    def status(self) -> dict[str, Any]:
        """Return ``{"state": new | running | failed | complete, "epoch": …, "message": …}``.

        While a run that was interrupted is running, ``"resumed"`` is the epoch it went on from.

        Raises:
            DamagedError: where the file holds something else.
        """
        path = self / STATUS
        if not path.exists():
            return {"state": "new", "epoch": 0, "message": ""}
        status = {"epoch": 0, "message": ""} | read_json(path)
        texts = isinstance(status.get("state"), str) and isinstance(status["message"], str)
        if not texts or type(status["epoch"]) is not int:
            raise DamagedError(
                f"{path} holds no status of a run; run the same configuration again to repair it."
            )
        return status

    def write_status(
        self, state: str, epoch: int, message: str = "", *, resumed: int = 0, durably: bool = True
    ) -> None:
        """Write the status."""
        content = {"state": state, "epoch": epoch, "message": message}
        content |= {"resumed": resumed} if resumed else {}
        write_json(self / STATUS, content, durably=durably)

    def write_complete(
        self, epoch: int, message: str = "", *, files: Sequence[str] | None = None
    ) -> None:
        """Write the digests of all files, those of a run unless named, and that it is complete."""
        content = {"state": "complete", "epoch": epoch, "message": message}
        pending = {STATUS: as_json(content).encode()}
        write_manifest(self.path, files or self._files(), pending=pending)
        write_json(self / STATUS, content)

    def _files(self) -> list[str]:
        """Return the names of what a run leaves: configuration, tables and weights."""
        from infoplane.tables import AT_THE_END, RUN_TABLES

        kept = sorted((self / KEPT_WEIGHTS).parent.glob("*.safetensors"))
        tables = [f"{name}.parquet" for name in (*RUN_TABLES, *AT_THE_END)]
        return [CONFIG, *tables, WEIGHTS, *(f"{path.parent.name}/{path.name}" for path in kept)]

    def digests(self) -> Digests:
        """Return the digests of the files of a complete run; none of one that is not, or is old.

        Raises:
            DamagedError: where they cannot be read.
        """
        try:
            complete = self.status()["state"] == "complete"
        except DamagedError:  # nothing says that it is complete
            return {}
        return read_manifest(self.path) if complete else {}

    def check(self, *names: str) -> None:
        """Refuse files of a complete run that have changed since.

        Raises:
            DamagedError: for the first that has, or is gone.
        """
        digests = self.digests()
        try:
            for name in names:
                check_file(self.path, name, digests, ANEW if name == CONFIG else AGAIN)
        except DamagedError:
            if self.digests() == digests:
                raise
            self.check(*names)  # the run was written anew in this moment

    def _has_changed(self, name: str) -> bool:
        try:
            self.check(name)
        except DamagedError:
            return True
        return False

    def verify(self) -> bool:
        """Read every file of a complete run; return whether there are digests to hold them to.

        Raises:
            DamagedError: for the first that has changed or is gone.
        """
        digests = self.digests()
        self.check(*digests)
        return bool(digests)

    def read(self, name: str) -> pd.DataFrame:
        """Read one of the tables by name, with the columns of this version.

        Raises:
            InfoplaneError: where it is missing, damaged, or lacks a column.
        """
        from infoplane.tables import in_this_version

        path = self / f"{name}.parquet"
        self.check(path.name)
        return in_this_version(name, read_table(path), path)

    def has(self, name: str) -> bool:
        """Whether a table has to be there: one of a complete run that was asked for."""
        return self.status()["state"] == "complete" and name in tables_of(self.config())

    def write(self, name: str, frame: pd.DataFrame) -> None:
        """Write one of the tables by name."""
        write_table(self / f"{name}.parquet", frame)

    def check_that_it_is_there(self) -> None:
        """Refuse to go on in a folder that was removed, or whose disk went away.

        Raises:
            InfoplaneError: where that is so; nothing is written then.
        """
        try:
            there = (self / CONFIG).exists()
        except OSError:  # of a disk that does not answer
            there = False
        if not there:
            raise InfoplaneError(
                f"{self.path} has gone while it was written: it was deleted, or its disk is away; "
                "the same command goes on from what is there once it is back, or begins again."
            )

    def keep(self) -> None:
        """Upload what was written; nothing to do for a folder on this machine."""

    def clear_leftovers(self) -> None:
        """Delete files that a killed process left half-written."""
        for path in self.path.glob(".*.tmp"):
            path.unlink(missing_ok=True)
