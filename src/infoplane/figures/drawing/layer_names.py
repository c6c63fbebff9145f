"""One name for layers that lie together: ``input, layer1–3``."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def merged_name(names: Sequence[str]) -> str:
    """Return one name for several layers, in order of depth: ``input, layer1–3, logits``."""
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{_number(run[-1])}" for run in runs)


def together(
    places: NDArray[np.float64], distance: float, *, neighbours: bool = False
) -> list[list[int]]:
    """Return groups of places [n, d], each place within a distance of the middle of its group.

    With ``neighbours``, a group holds only layers that follow each other.
    """
    groups: list[list[int]] = []
    for i, place in enumerate(places):
        for group in groups:
            near = np.linalg.norm(places[group].mean(axis=0) - place) < distance
            if near and (not neighbours or group[-1] == i - 1):
                group.append(i)
                break
        else:
            groups.append([i])
    return groups


def _number(name: str) -> str:
    """The digits a name ends with, or nothing."""
    match = re.search(r"\d+$", name)
    return match.group() if match else ""


def _follows(before: str, after: str) -> bool:
    """Whether two names differ only in that the number at the end goes up by one."""
    first, second = _number(before), _number(after)
    same = before.removesuffix(first) == after.removesuffix(second)
    return bool(first and second) and same and int(second) == int(first) + 1
