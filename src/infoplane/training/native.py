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

    The library is kept in the folder of the cache, under a name that says of which source it is
    and what the compiler knows of this machine: homes are shared by machines that differ. The
    compiler is that of the environment's CC, else cc.
    """
    command = [*shlex.split(os.environ.get("CC", "cc")), *FLAGS]
    if platform.machine().lower() in ("x86_64", "amd64"):  # elsewhere vectors need no asking
        command.append("-march=native")
    try:
        # with what it includes, and all macros: what the compiler knows of this machine
        whole = _run([*command, "-E", "-dD", str(source)])
        key = hashlib.sha256(" ".join(command).encode() + whole)
        path = cache_folder() / f"{source.stem}-{key.hexdigest()[:24]}.so"
        if not path.exists():
            _compile(command, source, path)
        return ctypes.CDLL(str(path))
    # no compiler, a folder that cannot be written, a library that cannot be loaded, no home
    except (OSError, RuntimeError, subprocess.SubprocessError):
        return None


def _compile(command: list[str], source: Path, path: Path) -> None:
    """Write under another name first, so that nobody loads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / path.name
        _run([*command, "-shared", str(source), "-o", str(made)])
        os.replace(made, path)


def _run(command: list[str]) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, timeout=SECONDS).stdout
