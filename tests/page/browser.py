"""A browser to look at pages with: Debian's Chromium, driven by playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """Return where a browser is; INFOPLANE_BROWSER names another one."""
    found = (shutil.which(name) for name in NAMES)
    return os.environ.get("INFOPLANE_BROWSER") or next(filter(None, found), None)


@contextmanager
def browser() -> Iterator[Any]:
    """Start a browser, or skip with the reason why there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install playwright"
    )
    path = executable()
    if path is None:
        pytest.skip("no browser: apt-get install chromium, or name one in INFOPLANE_BROWSER")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield launched
        finally:
            launched.close()


class Opened:
    """A page that was opened, what it complained of, and what it asked for."""

    def __init__(
        self,
        launched: Any,
        path: Path | str,
        *,
        ready: str = "#epoch:not(:empty)",
        **options: Any,
    ) -> None:
        self.context = launched.new_context(**options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.resolve().as_uri() if isinstance(path, Path) else path)
        self.page.wait_for_selector(ready)

    def text(self, selector: str) -> str:
        """Return the text of the first element that fits."""
        return self.page.locator(selector).first.inner_text()

    def figure(self, title: str) -> Any:
        """Return the picture of this title."""
        heading = self.page.get_by_role("heading", name=title, exact=True)
        return self.page.locator("figure").filter(has=heading)

    def marks(self, title: str) -> list[str]:
        """Return the paths of the marks of the chosen epoch in a picture."""
        found = self.figure(title).locator(".at path.now")
        return found.evaluate_all("marks => marks.map(mark => mark.getAttribute('d'))")

    def until(self, holds: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until something holds; the page's own policy forbids playwright to wait in it."""
        for _ in range(int(seconds * 20)):
            if holds():
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"it did not hold within {seconds} s")

    def slide(self, step: int) -> None:
        """Move the slider."""
        self.page.locator("#slider").fill(str(step))
