"""The bytes there are, and what is refused before it would take more."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from infoplane.errors import InfoplaneError

CGROUPS = Path("/sys/fs/cgroup")
OF_PROCESS = Path("/proc/self/cgroup")
OF_MACHINE = Path("/proc/meminfo")
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def total_memory() -> int:
    """Return the bytes that this process can have: of the machine, of its group, of its limit."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *(limit for limit, _ in _groups()), *_own_limit()])


def free_memory() -> int:
    """Return the bytes that this process can still have: what only caches files is free."""
    free = [limit - used for limit, used in _groups()]
    return max(0, min([_of_machine(), *free, *_own_limit()]))


def check_fits(parts: Mapping[str, int], advice: str, *, free: int | None = None) -> None:
    """Refuse work that takes more memory than there is, before it starts.

    Args:
        parts: bytes that are held at the same time, under the name of what they are for.
        advice: what to do instead.
        free: bytes there are; those of this process unless given.

    Raises:
        InfoplaneError: with the largest part, the bytes of all, and those there are.
    """
    needed = sum(parts.values())
    free = free_memory() if free is None else free
    if needed > free:
        largest = max(parts, key=lambda name: parts[name])
        raise InfoplaneError(
            f"{largest} would take {in_words(parts[largest])}, and all at once "
            f"{in_words(needed)}, of {in_words(free)} that are free here; {advice}."
            if len(parts) > 1
            else f"{largest} would take {in_words(needed)}, of {in_words(free)} that are free "
            f"here; {advice}."
        )


def check_permutations(permutations: int, n: int, size: int = 8) -> None:
    """Refuse more shuffles of n labels of so many bytes than can be held.

    Raises:
        InfoplaneError: where that is so.
    """
    what = f"permutations is {permutations:,}: so many shuffles of {n:,} labels"
    check_fits({what: permutations * n * size}, "give fewer (20 is usual)")


def in_words(count: float) -> str:
    """Return bytes in the unit that leaves few digits."""
    for unit in UNITS[:-1]:
        if count < 1024:
            return f"{count:.3g} {unit}" if count < 1000 else f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.3g} {UNITS[-1]}"


def _of_machine() -> int:
    try:
        lines = dict(line.split(":", 1) for line in OF_MACHINE.read_text().splitlines())
        return 1024 * int(lines["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError, IndexError):  # no Linux
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _groups() -> list[tuple[int, int]]:
    """Return limit and use, without cached files, of each control group this process is in."""
    try:
        lines = OF_PROCESS.read_text().splitlines()
    except OSError:
        return []
    groups = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            names = ("memory.max", "memory.current", "inactive_file")
            root = CGROUPS
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            root = CGROUPS / "memory"
        else:
            continue
        own = root / path.lstrip("/")
        for folder in (own, *own.parents):
            found = _group(folder, *names)
            groups += [] if found is None else [found]
            if folder == root:
                break
    return groups


def _group(folder: Path, limit: str, used: str, cached: str) -> tuple[int, int] | None:
    """Return limit and use of one group; None where it has none, or is not seen from here."""
    try:
        most, now = int((folder / limit).read_text()), int((folder / used).read_text())
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return most, max(0, now - int(stat.get(cached, 0)))
    except (OSError, ValueError):  # "max" is no number: there is no limit
        return None


def _own_limit() -> list[int]:
    """Return what is left of the address space of this process, where that is limited."""
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit == resource.RLIM_INFINITY:
            return []
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        return [max(0, limit - used)]
    except (ImportError, OSError, ValueError):
        return []
