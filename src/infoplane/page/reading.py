"""From folders to what a page holds: the runs and the study that were named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.page.images import Images
from infoplane.runs.config import RunConfig
from infoplane.runs.query.loaded_runs import find_runs
from infoplane.runs.storage.folder import CONFIG, RunFolder, read_json
from infoplane.runs.storage.remote import is_url

CLAIMS = "claims.json"


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
    images: Images | None = None
    """Of the first member's training examples, where they were asked for and found."""
    no_images: str = ""
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
    found = Named()
    for path in paths:
        folder = Path(path)
        if not is_url(path) and (folder / CLAIMS).is_file():
            _add_study(found, folder)
            continue
        for study in sorted(folder.glob(f"*/{CLAIMS}")) if not is_url(path) else []:
            _add_study(found, study.parent)
        for run in find_runs(path):
            found.runs.setdefault(run.resolve(), run.resolve().name)
    return found


def read_run(path: Path, name: str) -> ReadRun:
    """Read a run's folder.

    Raises:
        InfoplaneError: where it is no run's folder, nothing was measured yet, or a file in it is
            damaged.
    """
    folder = RunFolder(path)
    recorded, config, status = read_json(folder / CONFIG), folder.config(), folder.status()
    if not (folder / "measurements.parquet").exists():
        raise InfoplaneError(
            f"{path} has no measurements (it is {status.get('state', 'of no known state')}); run "
            "the same configuration again, and then report."
        )
    complete = status.get("state") == "complete"
    return ReadRun(
        name,
        config,
        recorded,
        status,
        _table(folder, "measurements"),
        _table(folder, "training"),
        _table(folder, "examples", optional=not complete),
        _table(folder, "seconds", optional=not complete),
    )


def _table(folder: RunFolder, name: str, *, optional: bool = False) -> pd.DataFrame:
    """Read a table; empty where it is not there yet."""
    if optional and not (folder / f"{name}.parquet").exists():
        return tables.table([], tables.COLUMNS[name])
    return folder.read(name)


def _add_study(found: Named, folder: Path) -> None:
    """Add a study and the runs it names."""
    claims = read_json(folder / CLAIMS)
    runs = claims.get("runs")
    if not isinstance(runs, dict) or not isinstance(claims.get("claims"), list):
        raise InfoplaneError(
            f"{folder / CLAIMS} holds no claims of a study; carry it out again with: "
            "infoplane reproduce"
        )
    found.studies[folder.resolve()] = claims
    for name, run_id in runs.items():
        run = folder.resolve().parent / str(run_id)
        if not (run / CONFIG).exists():
            raise InfoplaneError(
                f"{folder} has its run {name!r} in {run}, where there is none; copy it there, or "
                "carry the study out again."
            )
        found.runs[run] = str(name)
