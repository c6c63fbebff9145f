"""Keeping freed memory: a request to the allocator, and none where there is no such allocator."""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

import pytest

from infoplane.training.memory import LARGE_PAGE, RESERVED, keep_freed_memory

LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
GLIBC = sys.platform.startswith("linux") and hasattr(ctypes.CDLL(None), "mallopt")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_any_platform_will_do(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    keep_freed_memory()


def in_large_pages() -> int:
    """Return the bytes of the largest stretch of memory that is to be in large pages."""
    said = Path("/proc/self/smaps").read_text()
    stretches = re.findall(r"^Size: +(\d+) kB$.*?^VmFlags:([^\n]*)", said, re.M | re.S)
    return max((1024 * int(size) for size, flags in stretches if "hg" in flags.split()), default=0)


def resident() -> int:
    """Return the bytes of memory that this process has taken."""
    return 1024 * int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])


@pytest.mark.skipif(not (GLIBC and LARGE_PAGES.exists()), reason="no large pages on request here")
def test_what_is_kept_is_in_large_pages_and_takes_no_memory_before_it_is_used() -> None:
    before = resident()
    for _ in range(3):  # as often as a training starts
        keep_freed_memory()
    assert in_large_pages() >= RESERVED - 2 * LARGE_PAGE
    assert resident() - before < RESERVED // 8
