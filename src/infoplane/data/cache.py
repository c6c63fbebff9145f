"""Keep decoded images between runs: decoding 60,000 takes seconds, reading them back does not."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]


def cache_folder() -> Path:
    """Return the folder of the cache: INFOPLANE_CACHE, else ~/.cache/infoplane."""
    folder = os.environ.get("INFOPLANE_CACHE")
    return Path(folder) if folder else Path.home() / ".cache" / "infoplane"


def cached(key: str, make: Callable[[], Pair]) -> Pair:
    """Return what ``make`` returns, from the cache where it is there and readable.

    A cache that cannot be read is made anew, one that cannot be written is done without.
    """
    name = f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.npz"
    pair = _read(name)
    if pair is None:
        pair = make()
        _write(name, pair)
    return pair


def _read(name: str) -> Pair | None:
    try:
        path = cache_folder() / name
        if path.is_symlink():  # others may have put it there
            return None
        # opened here: np.load leaves a damaged file open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return archive["pixels"], archive["labels"]
    # not there or damaged, so made again; RuntimeError: a damaged zip flag, or no home folder
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile):
        return None


def _write(name: str, pair: Pair) -> None:
    """Write under another name first, so that nobody reads half a file."""
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(suffix=".tmp", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, pixels=pair[0], labels=pair[1])
            os.replace(temporary, folder / name)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except (OSError, RuntimeError):
        pass  # read-only, full, or no home folder
