"""Which runs there are by now in the folders that are watched, and nothing outside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.page.reading import CLAIMS, TABLES, find_named
from infoplane.runs.storage.folder import CONFIG, STATUS
from infoplane.runs.storage.live import LIVE

FILES = (CONFIG, STATUS, LIVE, *(f"{table}.parquet" for table in TABLES))
Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Places:
    """What there is in the folders that are watched."""

    runs: dict[Path, str] = field(default_factory=dict)
    """Folders of runs, under their names."""
    studies: dict[Path, dict[str, Any]] = field(default_factory=dict)
    missing: list[tuple[str, str]] = field(default_factory=list)
    """The folders without a run, as they were named, and why: "" where it may still come."""


def find_places(paths: Sequence[Path]) -> Places:
    """Return the runs that are in folders by now; a folder may not be there yet."""
    places = Places()
    for path in paths:
        try:
            named = find_named([path])
            for run in named.runs:
                _refuse_outside(run, _root(path))
        except InfoplaneError as error:
            places.missing.append((str(path), str(error) if _holds_something(path) else ""))
            continue
        places.runs.update(
            {run: name for run, name in named.runs.items() if run not in places.runs}
        )
        places.studies.update(named.studies)
    return places


def stamp(run: Path) -> Stamp:
    """Return what changes whenever a file of a run does.

    Raises:
        InfoplaneError: where one is a link that leads out of the folder.
    """
    stamps = []
    for name in FILES:
        try:
            state = (run / name).stat()
        except OSError:
            continue
        if not (run / name).resolve().is_relative_to(run.resolve()):
            raise InfoplaneError(f"{run / name} leads out of its folder; copy the file there.")
        stamps.append((name, state.st_mtime_ns, state.st_size, state.st_ino))
    return tuple(stamps)


def _root(path: Path) -> Path:
    """The folder that all that is shown has to be in: the runs of a study lie beside it."""
    return path.resolve().parent if (path / CLAIMS).is_file() else path.resolve()


def _refuse_outside(run: Path, root: Path) -> None:
    if not run.resolve().is_relative_to(root):
        raise InfoplaneError(f"{run} leads out of {root}; name the folder it leads to as well.")


def _holds_something(path: Path) -> bool:
    """Whether there is a run or a study, so that waiting for one is not what is to be done."""
    names = (CONFIG, CLAIMS)
    return any((path / name).exists() or any(path.glob(f"*/{name}")) for name in names)
