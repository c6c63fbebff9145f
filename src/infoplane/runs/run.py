"""Run a configuration: train, watch, and keep what was seen; go on where an earlier try stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from safetensors import SafetensorError, safe_open

from infoplane.errors import InfoplaneError
from infoplane.runs.config import RunConfig
from infoplane.runs.progress import say
from infoplane.runs.session import Session, data_fingerprint
from infoplane.runs.storage.files import as_path
from infoplane.runs.storage.folder import WEIGHTS, RunFolder, tables_of
from infoplane.runs.storage.reader import TableReader
from infoplane.runs.storage.remote import is_url, run_folder
from infoplane.tables import GEOMETRY_TABLE
from infoplane.training.device import choose_device

if TYPE_CHECKING:
    from infoplane.notebook import Page


@dataclass(frozen=True)
class Run(TableReader):
    """A finished run, or what there is of one: its configuration and its tables."""

    config: RunConfig
    path: Path

    def read(self, name: str) -> pd.DataFrame:
        """Read a table by name.

        Raises:
            InfoplaneError: where it is missing or damaged, or is one that the run was not asked
                for.
        """
        if name == GEOMETRY_TABLE and not self.config.observing.geometry:
            raise InfoplaneError(
                f"{self.path} has no geometry; run it with observing.geometry, such as ('hsic',)."
            )
        return RunFolder(self.path).read(name)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Everything that figures are drawn from, by name."""
        return {
            "measurements": self.measurements,
            "training": self.training,
            "examples": self.examples,
            "dynamics": self.dynamics,
        }

    def page(self, out: Path | str | None = None) -> Page:
        """Return the report of the run, which a notebook shows; written to ``out`` where given.

        Raises:
            InfoplaneError: where nothing was measured, or the file cannot be written.
        """
        from infoplane.notebook import page_of

        return page_of([self.path], out)

    def _repr_html_(self) -> str:
        from infoplane.notebook import run_html

        return run_html(self)


def run(config: RunConfig, *, out: Path | str | None = None, name: str | None = None) -> Run:
    """Train and watch a configuration; return it at once if it is already done.

    Args:
        config: what to run.
        out: the run's folder, a path or a URL of fsspec; ``runs/<id>`` unless given.
        name: what to call it on the progress bar.

    Returns:
        The run, with its tables.

    Raises:
        InfoplaneError: for a folder of another configuration, data that cannot be found, an
            unknown layer.
        HeldError: for a folder that another process is writing.
        NonFiniteError: for a loss or activation that is not finite; all that was measured before
            is in the folder.

    Killed at any moment, the same call goes on from the last checkpoint and ends with the same
    tables, bit for bit (``seconds``, the clock, apart).
    """
    if not isinstance(config, RunConfig):
        raise InfoplaneError(f"config is {config!r:.60}; give a RunConfig.")
    if out is not None and not is_url(out):
        if not str(out).strip():
            raise InfoplaneError(f"out is {str(out)!r}; give the run's folder, or leave it out.")
        out = as_path(out, "out")
    choose_device(config.training.device)  # refused also where all is done
    folder = run_folder(out if out is not None else Path("runs") / config.id)
    if folder.path.exists() and not folder.path.is_dir():
        raise InfoplaneError(f"{folder.path} is a file; choose a folder with --out.")
    with folder.locked():
        if not is_complete(folder, config, tell=True):
            Session(config, folder, name or config.id).go()
        elif config.data.own:
            folder.claim(config, {"data_fingerprint": data_fingerprint(config)})
    return Run(config, folder.path)


def is_complete(folder: RunFolder, config: RunConfig, *, tell: bool = False) -> bool:
    """Whether the folder holds this configuration, done and undamaged.

    Args:
        folder: the folder of a run.
        config: the run.
        tell: say what is damaged, where it is a complete run otherwise.
    """
    try:
        if folder.status()["state"] != "complete" or folder.config().id != config.id:
            return False
        folder.verify()
        for table in tables_of(config):
            folder.read(table)
        with safe_open(folder / WEIGHTS, "pt"):  # its header says how long it has to be
            pass
    except (InfoplaneError, OSError, SafetensorError) as error:
        if tell:
            say(f"computed again, as the folder is damaged: {error}")
        return False
    return True
