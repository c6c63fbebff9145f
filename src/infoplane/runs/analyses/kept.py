"""Analyses of a finished run: kept beside its tables, and measured again where the run changed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from infoplane.errors import InfoplaneError
from infoplane.runs.run import Run
from infoplane.runs.storage.checkpoint import digest_of_rows
from infoplane.runs.storage.files import write_table
from infoplane.runs.storage.folder import CONFIG, WEIGHTS, RunFolder
from infoplane.tables import ANALYSES

MEASURED_OF = "measured of"  # the run as it was then
DIGEST = "digest"  # of the rows that were measured
SECONDS = "seconds"  # that it took


def kept(run: Run, name: str, measure: Callable[[Run], pd.DataFrame]) -> pd.DataFrame:
    """Return one of ``tables.ANALYSES`` of a run: the saved table if current, else a new one.

    Args:
        run: a finished run.
        name: of the table.
        measure: measures it.

    Raises:
        InfoplaneError: as ``measure``, and where the folder cannot be written to.
    """
    folder, digest = RunFolder(run.path), _digest(run)
    try:
        saved = folder.read(name)
        as_measured = {MEASURED_OF: digest, DIGEST: digest_of_rows(saved)}
        if as_measured.items() <= saved.attrs.items():
            return saved
    except InfoplaneError:  # not there yet, or damaged
        pass
    started = time.monotonic()
    measured = measure(run)
    seconds = time.monotonic() - started
    measured.attrs = {MEASURED_OF: digest, DIGEST: digest_of_rows(measured), SECONDS: seconds}
    write_table(folder / f"{name}.parquet", measured)
    return folder.read(name)


def kept_seconds(folder: Path) -> float:
    """Return the seconds that all analyses took that are kept beside the tables of a run."""
    run = RunFolder(folder)
    names = [name for name in ANALYSES if (run / f"{name}.parquet").exists()]
    return sum(float(run.read(name).attrs.get(SECONDS, 0.0)) for name in names)


def refuse_own_network(run: Run) -> None:
    """Refuse a run whose network would have to be built by code that its folder names.

    Raises:
        InfoplaneError: where that is so.
    """
    if run.config.network.module is not None:
        raise InfoplaneError(
            f"the run in {run.path} is of a network of your own, {run.config.network.module}, and "
            "code that a folder names is not executed; analyse its weights with your own code."
        )


def _digest(run: Run) -> str:
    """Return a digest of the run's configuration and of its saved weights."""
    digest = hashlib.sha256((run.path / CONFIG).read_bytes())
    if (run.path / WEIGHTS).exists():
        digest.update((run.path / WEIGHTS).read_bytes())
    for path in sorted((run.path / "weights").glob("*.safetensors")):
        digest.update(f"{path.name} {path.stat().st_size}".encode())
    return digest.hexdigest()
