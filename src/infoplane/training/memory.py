"""Keep the memory of one step for the next: a page given back has to be zeroed to come again."""

from __future__ import annotations

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # names of glibc's malloc.h
KEPT = 2**31 - 1  # bytes at the end of the heap that are not given back
OWN_MAPPING = 2**30  # smallest block with a mapping of its own, which is given back when freed


def keep_freed_memory() -> None:
    """Let the allocator keep what a step frees: on small networks half of the time goes there.

    With glibc; elsewhere nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, OWN_MAPPING)
        mallopt(TRIM_THRESHOLD, KEPT)
