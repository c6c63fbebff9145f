"""The C code of this package, compiled once for this machine where there is a compiler."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shlex
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from infoplane.data.cache import cache_folder

FLAGS = ("-O3", "-std=gnu11", "-fPIC", "-ffp-contract=fast", "-fno-math-errno")
SECONDS = 60  # a compiler that takes longer is taken for none


@cache
def library(source: Path) -> ctypes.CDLL | None:
    """Return what a C file defines, or None where it cannot be compiled and loaded.

    The library is kept in a folder of the cache that only this user can write, under a name that
    is a digest of the source and of what the compiler knows of this machine: homes are shared by
    machines that differ. The compiler is that of the environment's CC, else cc.
    """
    try:
        command = [*shlex.split(os.environ.get("CC", "cc")), *FLAGS]
        if platform.machine().lower() in ("x86_64", "amd64"):  # elsewhere vectors need no asking
            command.append("-march=native")
        # with what it includes, and all macros: what the compiler knows of this machine
        whole = _run([*command, "-E", "-dD", str(source)])
        key = hashlib.sha256(" ".join(command).encode() + whole)
        path = _own_folder() / f"{source.stem}-{key.hexdigest()[:24]}.so"
        if not path.exists():
            _compile(command, source, path)
        return ctypes.CDLL(str(path))
    # no compiler, a CC that is no command, a folder of others or one that cannot be written, a
    # library that cannot be loaded, no home
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError):
        return None


def _own_folder() -> Path:
    """Return the folder of libraries; what others could have written there is never loaded."""
    folder = (cache_folder() / "compiled").absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix":
        status = folder.stat()
        if status.st_uid != os.getuid() or status.st_mode & 0o022:
            raise PermissionError(f"others can write to {folder}")
    return folder


def _compile(command: list[str], source: Path, path: Path) -> None:
    """Write under another name first, and to the disk, so that nobody loads half a file."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        _run([*command, "-shared", str(source), "-o", str(temporary)])
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)


def _run(command: list[str]) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, timeout=SECONDS).stdout
