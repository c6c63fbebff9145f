"""Files of a folder: each is written whole or not at all, and read back or refused."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from infoplane.errors import DamagedError, InfoplaneError

if TYPE_CHECKING:
    import pandas as pd

# What pyarrow and pandas raise for a damaged file, which their own errors are, too.
READING = (OSError, ValueError, LookupError, TypeError, NotImplementedError, MemoryError)


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
    text = as_json(content)
    write_atomically(path, lambda p: _write_bytes(p, text.encode()), durably=durably)


def as_json(content: dict[str, Any]) -> str:
    """Return JSON that people can read, as it is written to a file."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as Parquet, a checksum with each page; equal tables give equal files."""
    options: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True}
    write_atomically(path, lambda p: frame.to_parquet(p, index=False, **options))


def as_path(path: Any, name: str) -> Path:
    """Return what is given as a path.

    Raises:
        InfoplaneError: where it is none, or no file can have it.
    """
    try:
        there = Path(path)
        there.exists()
    except (TypeError, OSError) as error:
        reason = getattr(error, "strerror", None) or type(path).__name__
        raise InfoplaneError(
            f"{name} is {path!r:.60}, which is no path here ({reason}); give a folder."
        ) from error
    if "\0" in str(there):
        raise InfoplaneError(f"{name} is {path!r:.60}, which is no path; give a folder.")
    return there


def refuse_link_out(path: Path, folder: Path | None = None) -> None:
    """Refuse what a symbolic link has outside of a folder, its own unless given.

    Raises:
        InfoplaneError: where that is so.
    """
    folder = path.parent if folder is None else folder
    try:
        if path.resolve().is_relative_to(folder.resolve()):
            return
    except (OSError, RuntimeError):  # a circle of links
        pass
    raise InfoplaneError(
        f"{path} leads out of its folder, and neither links nor names are followed there; put the "
        "file itself in the folder."
    )


def refuse_other_contents(folder: Path, instead: str) -> None:
    """Refuse a folder that holds something; hidden files do not count.

    Args:
        folder: which is to be written to, and may not be there yet.
        instead: what it is not, as "is not a run's folder".

    Raises:
        InfoplaneError: where that is so.
    """
    others = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    for name in others:
        if not name.startswith("."):
            raise InfoplaneError(
                f"{folder} {instead} (it holds {name!r}); choose a new or empty one with --out."
            )


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        DamagedError: where it is missing or damaged.
        InfoplaneError: for a symbolic link out of its folder.
    """
    refuse_link_out(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedError(
            f"{path} cannot be read ({error}); name the folder of a run, or delete this one and "
            "run again."
        ) from error
    if not isinstance(content, dict):
        raise DamagedError(f"{path} holds no JSON object; delete the folder and run again.")
    return content


def read_table(path: Path) -> pd.DataFrame:
    """Read a table.

    Raises:
        DamagedError: where it is missing or damaged.
        InfoplaneError: for a symbolic link out of its folder.
    """
    import pandas as pd

    refuse_link_out(path)
    try:
        return pd.read_parquet(path, page_checksum_verification=True)
    except READING as error:
        raise DamagedError(
            f"{path} cannot be read ({_first_line(error)}); run the same configuration again to "
            "repair it."
        ) from error


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
