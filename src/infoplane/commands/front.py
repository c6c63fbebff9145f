"""What every command checks before it starts, and the sentence for what no command expects."""

from __future__ import annotations

import select
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from infoplane.errors import InfoplaneError
from infoplane.runs.storage.remote import is_url

OF_FILES = ("FilmCommand", "GalleryCommand", "ReportCommand")  # whose --out is a file
FULL = ("out of memory", "can't allocate memory", "unable to allocate")


def check_arguments(arguments: Sequence[str]) -> None:
    """Refuse an empty argument, which would be taken for this folder or for no name.

    Raises:
        InfoplaneError: where there is one.
    """
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if not argument.strip():
            what = f"{before} is" if before.startswith("--") else "an argument is"
            raise InfoplaneError(f"{what} {argument!r}; give a value, or leave it out.")


def check_command(command: Any) -> None:
    """Refuse what a command could only fail on later: where it writes, and what it computes on.

    Raises:
        InfoplaneError: for a place that cannot be written, or a device that is not there.
    """
    out, device = getattr(command, "out", None), getattr(command, "device", None)
    if out is not None and not is_url(out):
        check_writable(Path(out), file=type(command).__name__ in OF_FILES)
    if device not in (None, "auto", "cpu") and getattr(command, "ray", None) is None:
        from infoplane.training.device import choose_device

        choose_device(device)


def check_writable(out: Path, *, file: bool = False) -> None:
    """Refuse a path at which no folder, or no file, can be made.

    Raises:
        InfoplaneError: where a part of it is a file, or a folder that is not to be written to.
    """
    if "\0" in str(out):
        raise InfoplaneError(f"{str(out)!r:.60} is no path; choose another place with --out.")
    try:
        there = next(path for path in (out, *out.parents) if path.exists())
        if there != out and not there.is_dir():
            raise InfoplaneError(
                f"{out} cannot be made, as {there} is a file; choose another place with --out."
            )
        if there == out and file == out.is_dir():
            is_one, wanted = ("folder", "file") if file else ("file", "folder")
            raise InfoplaneError(f"{out} is a {is_one}; give a {wanted} with --out.")
        folder = there if there.is_dir() else there.parent
        with tempfile.TemporaryFile(dir=folder):  # permissions alone do not tell
            pass
    except OSError as error:  # read-only, full, or a name that is too long
        raise InfoplaneError(
            f"{str(out)[:60]!r} cannot be written ({error.strerror}); choose another place with "
            "--out."
        ) from error


def nobody_reads(stream: TextIO) -> bool:
    """Whether whoever read a pipe has gone."""
    asked = select.poll()
    asked.register(stream, 0)  # of nothing but errors
    return bool(asked.poll(0))


def sentence(error: BaseException) -> str | None:
    """Return a sentence for an error of the machine; None for one of this code."""
    if isinstance(error, MemoryError) or any(told in str(error).lower() for told in FULL):
        return (
            "there is not enough memory for this; ask for fewer examples, members or narrower "
            "layers."
        )
    if isinstance(error, BrokenPipeError):  # whoever read what is printed has gone
        return None
    if isinstance(error, OSError) and error.strerror:
        where = error.filename if isinstance(error.filename, str) else "a file"
        return f"{where} cannot be used ({error.strerror}); check the path and its permissions."
    return None
