"""The digests of a finished folder's files: what has changed since it was written is named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infoplane.errors import DamagedError
from infoplane.runs.storage.files import read_json, refuse_link_out, write_json

MANIFEST = "manifest.json"
AGAIN = "run the same configuration again to repair it."
ANEW = "delete the folder and run the configuration again."

Digests = dict[str, dict[str, Any]]  # of files by name: {"sha256": …, "bytes": …}


def write_manifest(
    folder: Path, names: Iterable[str], *, pending: Mapping[str, bytes] | None = None
) -> None:
    """Write the digests of files in a folder.

    Args:
        folder: the folder.
        names: files in it, those that are there.
        pending: the content of files that are written next.
    """
    there = {name: _digest_of(folder / name) for name in names if (folder / name).exists()}
    coming = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in (pending or {}).items()
    }
    write_json(folder / MANIFEST, {"files": there | coming})


def read_manifest(folder: Path) -> Digests:
    """Return the digests of a folder, none where it was written before there were any.

    Raises:
        DamagedError: where the file itself is damaged.
    """
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        files = read_json(path)["files"]
        return {name: {"sha256": of["sha256"], "bytes": of["bytes"]} for name, of in files.items()}
    except (DamagedError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{path} holds no digests of files; {AGAIN}") from error


def check_file(folder: Path, name: str, digests: Digests, advice: str = AGAIN) -> None:
    """Refuse a file that is not the one whose digest was written; one without a digest passes.

    Raises:
        DamagedError: where it has changed since, or is gone.
        InfoplaneError: for a name or a symbolic link that leads out of the folder.
    """
    expected = digests.get(name)
    if expected is None:
        return
    path = folder / name
    refuse_link_out(path, folder)
    try:
        size = path.stat().st_size
        changed = size != expected["bytes"] or _digest_of(path) != expected
    except OSError as error:
        raise DamagedError(f"{path} cannot be read ({error.strerror}); {advice}") from error
    if changed:
        what = f"{size} bytes instead of {expected['bytes']}"
        what = what if size != expected["bytes"] else "its SHA-256 is another"
        raise DamagedError(f"{path} has changed since it was written ({what}); {advice}")


def check_files(folder: Path) -> int:
    """Refuse a folder of which a file has changed since it was written; return how many it holds.

    Raises:
        DamagedError: for the first that has, or is gone.
    """
    digests = read_manifest(folder)
    for name in digests:
        check_file(folder, name, digests)
    return len(digests)


def _digest_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"sha256": digest, "bytes": file.tell()}
