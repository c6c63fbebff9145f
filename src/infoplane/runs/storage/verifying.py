"""Whether a run's folder holds what was written, in words."""

from __future__ import annotations

from infoplane.errors import InfoplaneError
from infoplane.runs.storage.folder import CONFIG, RunFolder, tables_of
from infoplane.runs.storage.manifest import check_files

DAMAGED = "damaged"


def verdict(folder: RunFolder) -> str:
    """Return ``verified``, ``unverified`` with the reason, or ``damaged`` with what is."""
    try:
        if not (folder / CONFIG).exists():  # of an audit, or of a part of an ensemble
            return f"verified: {check_files(folder.path)} files"
        state = folder.status()["state"]
        config = folder.config()
        if state != "complete":
            return f"unverified: it is {state}, and digests are written at the end"
        if folder.verify():
            return f"verified: {len(folder.digests())} files"
        for name in tables_of(config):
            folder.read(name)
    except InfoplaneError as error:
        return f"{DAMAGED}: {error}"
    return "unverified: written without digests; its tables can be read"
