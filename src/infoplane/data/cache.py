"""Keep decoded images between runs: decoding 60,000 takes seconds, reading them back does not."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np


def cache_folder() -> Path:
    """Return the folder of the cache: INFOPLANE_CACHE, else ~/.cache/infoplane."""
    return Path(os.environ.get("INFOPLANE_CACHE", Path.home() / ".cache" / "infoplane"))


def cached(
    key: str, make: Callable[[], tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return what ``make`` returns, from the cache where it is there and readable.

    A cache that cannot be read is made anew, one that cannot be written is done without.
    """
    path = cache_folder() / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return kept["pixels"], kept["labels"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass  # not there, or damaged: it can be made again
    pixels, labels = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            np.savez(file, pixels=pixels, labels=labels)
        os.replace(name, path)
    except OSError:
        pass
    return pixels, labels
