"""From folders to what a page holds: the runs and the study that were named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.page.inputs import Inputs
from infoplane.runs.config import RunConfig
from infoplane.runs.query.loaded_runs import find_runs
from infoplane.runs.storage.files import read_json
from infoplane.runs.storage.folder import CONFIG, RunFolder
from infoplane.runs.storage.live import LIVE, live_rows
from infoplane.runs.storage.remote import is_url

CLAIMS = "claims.json"
TABLES = ("measurements", "training", "examples", "seconds")


@dataclass(frozen=True)
class ReadRun:
    """What a folder of a run holds, as far as a page shows it."""

    name: str
    config: RunConfig
    recorded: dict[str, Any]
    status: dict[str, Any]
    measurements: pd.DataFrame
    training: pd.DataFrame
    examples: pd.DataFrame
    seconds: pd.DataFrame
    histories: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Empty of a run that has none."""
    inputs: Inputs | None = None
    """Of the first member's training examples, where they were asked for and found."""
    no_inputs: str = ""
    """Why there are none."""


@dataclass(frozen=True)
class Named:
    """What folders were named: those of runs, under their names, and the claims of studies."""

    runs: dict[Path, str] = field(default_factory=dict)
    studies: dict[Path, dict[str, Any]] = field(default_factory=dict)


def find_named(paths: Sequence[Path | str]) -> Named:
    """Return the runs and studies in folders, each of which is one of them or holds some.

    The runs of a study lie beside it, under the names that it gives them.

    Raises:
        InfoplaneError: where a folder is at a URL, does not exist or holds no run, or a file of
            claims is damaged.
    """
    if not paths:
        raise InfoplaneError("no run was named; name the folder of a run, or one that holds runs.")
    named = Named()
    for path in paths:
        folder = Path(path)
        if not is_url(path) and (folder / CLAIMS).is_file():
            _add_study(named, folder)
            continue
        for study in sorted(folder.glob(f"*/{CLAIMS}")) if not is_url(path) else []:
            _add_study(named, study.parent)
        for run in find_runs(path):
            named.runs.setdefault(run.resolve(), run.resolve().name)
    return named


def read_run(path: Path, name: str) -> ReadRun:
    """Read a run's folder.

    Raises:
        InfoplaneError: where it is no run's folder, nothing was measured yet, or a file in it is
            damaged.
    """
    folder = RunFolder(path)
    status = folder.status()
    if not (folder / "measurements.parquet").exists():
        raise InfoplaneError(
            f"{path} has no measurements (it is {status.get('state', 'of no known state')}); run "
            "the same configuration again, and then report."
        )
    unfinished = {"examples", "seconds"} if status.get("state") != "complete" else set()
    frames = {table: _table(folder, table, unfinished) for table in TABLES}
    return _with_tables(folder, name, status, frames)


def read_growing_run(path: Path, name: str) -> ReadRun | None:
    """Read a run's folder while the run trains: its tables, and what was measured since.

    Returns:
        None where nothing was measured yet.

    Raises:
        InfoplaneError: where a file in it is damaged.
    """
    folder = RunFolder(path)
    status, since = folder.status(), live_rows(path)  # before the tables, as it says there
    frames = {table: _table(folder, table, {*TABLES}) for table in TABLES}
    try:
        frames |= {table: _with_later(frames[table], table, since[table]) for table in since}
    except (ValueError, TypeError) as error:
        raise InfoplaneError(
            f"{path / LIVE} cannot be read ({error}); it is written anew by the next checkpoint."
        ) from error
    if frames["measurements"].empty or frames["training"].empty:
        return None
    return _with_tables(folder, name, status, frames)


def _with_tables(
    folder: RunFolder, name: str, status: dict[str, Any], frames: dict[str, pd.DataFrame]
) -> ReadRun:
    recorded = read_json(folder / CONFIG)
    measured = (frames["measurements"], frames["training"], frames["examples"], frames["seconds"])
    has_histories = len(frames["examples"]) and (folder / "histories.parquet").exists()
    histories = folder.read("histories") if has_histories else pd.DataFrame()
    return ReadRun(name, folder.config(), recorded, status, *measured, histories=histories)


def _table(folder: RunFolder, name: str, optional: set[str]) -> pd.DataFrame:
    """Read a table; an optional one is empty where it is not there yet."""
    if name in optional and not (folder / f"{name}.parquet").exists():
        return tables.table([], tables.COLUMNS[name])
    return folder.read(name)


def _with_later(table: pd.DataFrame, name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A table with the rows of epochs that it does not have."""
    later = tables.table(rows, tables.COLUMNS[name])
    later = later[~later["epoch"].isin(table["epoch"])]
    parts = [part for part in (table, later) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else table


def _add_study(named: Named, folder: Path) -> None:
    """Add a study and the runs it names."""
    claims = read_json(folder / CLAIMS)
    runs = claims.get("runs")
    if not isinstance(runs, dict) or not isinstance(claims.get("claims"), list):
        raise InfoplaneError(
            f"{folder / CLAIMS} holds no claims of a study; carry it out again with: "
            "infoplane reproduce"
        )
    named.studies[folder.resolve()] = claims
    for name, run_id in runs.items():
        if not _is_name(str(run_id)):
            raise InfoplaneError(
                f"{folder / CLAIMS} has its run {name!r} in {run_id!r}, which is no name of a "
                "folder beside it; carry the study out again with: infoplane reproduce"
            )
        run = folder.resolve().parent / str(run_id)
        if not (run / CONFIG).exists():
            raise InfoplaneError(
                f"{folder} has its run {name!r} in {run}, where there is none; copy it there, or "
                "carry the study out again."
            )
        named.runs[run] = str(name)


def _is_name(text: str) -> bool:
    """Whether this names something in a folder, and nothing elsewhere."""
    return text not in ("", ".", "..") and not set("/\\\0") & set(text)
