"""A live page served for a test, and the requests a stranger might make."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TOKEN = "a-token"


@dataclass(frozen=True)
class Served:
    """Where a live page is served."""

    port: int

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.port}/{TOKEN}/"

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
        """Return status and body of the answer to a request for exactly this path."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=sent)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def changes(self, since: int = 0) -> dict[str, Any] | None:
        """Return what the page would learn."""
        status, body = self.ask(f"/{TOKEN}/changes?since={since}")
        return json.loads(body) if status == 200 else None


@contextmanager
def served(paths: Sequence[Path]) -> Iterator[Served]:
    """Serve the live page of folders; skip where the packages for it are missing."""
    for package in ("starlette", "uvicorn"):
        pytest.importorskip(package, reason=f"no {package}: pip install 'infoplane[watch]'")
    from infoplane.watching.growing import GrowingRuns
    from infoplane.watching.server import application, free_socket, server_of

    server = server_of(application(GrowingRuns(paths), TOKEN))
    with free_socket(0) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Served(bound.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(20)
    assert not thread.is_alive()
