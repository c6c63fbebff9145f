"""Checkpoints of training: tensors and plain values, read back whole or refused, never executed."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, TypeVar

from infoplane.errors import DamagedError
from infoplane.runs.progress import say
from infoplane.runs.storage.files import refuse_link_out, write_atomically

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
RUN = "run"  # the key of the id: a file without it was not written here
# What torch raises for a file that it did not write, or that holds more than tensors.
REFUSED = (
    *(UnpicklingError, RuntimeError, EOFError, OSError, ValueError, LookupError),
    *(TypeError, AttributeError, ImportError, MemoryError),
)


def write_checkpoint(path: Path, state: Mapping[str, Any], run: str) -> None:
    """Write the state of a run.

    Raises:
        InfoplaneError: as ``write_atomically``.
    """
    import torch

    write_atomically(path, lambda temporary: torch.save({**state, RUN: run}, temporary))


def resumed(path: Path, read: Callable[[Path], T], name: str = "") -> T | None:
    """Return what is gone on from; None where there is none, or it is damaged, which is said.

    A damaged checkpoint is removed.

    Args:
        path: of the checkpoint.
        read: reads it, and what belongs to it; of what is damaged it raises ``DamagedError``.
        name: what the run is called.
    """
    if not path.exists():
        return None
    try:
        return read(path)
    except DamagedError as error:
        begins = f"{name}: begins" if name else "begins"
        say(f"{begins} again, as {path.parent} is damaged ({error})")
        path.unlink(missing_ok=True)
        return None


def read_checkpoint(path: Path, run: str) -> dict[str, Any]:
    """Read the state of a run; only tensors and plain values are made of it.

    torch's own reading compares no checksum: those of the archive are compared first.

    Raises:
        DamagedError: where the file has changed, is of something else, or holds more than tensors.
        InfoplaneError: for a symbolic link out of its folder.
    """
    import torch

    refuse_link_out(path)
    try:
        with zipfile.ZipFile(path) as archive:
            changed = archive.testzip()
    except (zipfile.BadZipFile, NotImplementedError, *REFUSED) as error:
        raise DamagedError("its checkpoint is cut off, or no file of torch") from error
    if changed is not None:
        raise DamagedError("its checkpoint has changed since it was written")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except REFUSED as error:
        raise DamagedError(
            "its checkpoint holds more than tensors, which is not executed"
        ) from error
    if not isinstance(state, dict) or state.get(RUN) != run:
        raise DamagedError("its checkpoint is none of this run")
    return state


def digest_of_rows(table: pd.DataFrame) -> str:
    """Return a digest of the values of a table, of which the last rows may be left out."""
    from pandas.util import hash_pandas_object

    digest = hashlib.sha256(",".join(map(str, table.columns)).encode())
    for column in table:  # numbers as numbers and texts as texts, whatever type holds them
        values = table[column]
        kind = "object" if values.dtype.kind not in "iufb" else values.dtype
        digest.update(hash_pandas_object(values.astype(kind), index=False).to_numpy().tobytes())
    return digest.hexdigest()
