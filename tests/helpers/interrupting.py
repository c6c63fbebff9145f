"""A process that dies just before its n-th file is moved into place."""

from __future__ import annotations

import math
import os
from collections.abc import Callable

import pytest


def interrupted(monkeypatch: pytest.MonkeyPatch, writes: int, work: Callable[[], object]) -> None:
    """Do the work until it is about to move its n-th file into place, and stop it there."""
    left = [writes]
    replace_file = os.replace

    def die(source: str, target: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        replace_file(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("infoplane.runs.session.STATUS_SECONDS", math.inf)  # none by the clock
        patch.setattr("infoplane.runs.storage.files.os.replace", die)
        with pytest.raises(KeyboardInterrupt):
            work()
