"""axe-core, which finds what keeps people from using a page; MPL-2.0, for tests alone."""

from __future__ import annotations

from typing import Any

import pytest

SERIOUS = ("serious", "critical")


def faults(page: Any) -> list[str]:
    """Return the serious faults that axe-core finds in a page as it is now."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="no axe-core: pip install axe-playwright-python",
    )
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]
