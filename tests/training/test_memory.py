"""Keeping freed memory: a request to the allocator, and none where there is no such allocator."""

from __future__ import annotations

import sys

import pytest

from infoplane.training.memory import keep_freed_memory


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_any_platform_will_do(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    keep_freed_memory()
