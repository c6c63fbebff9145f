"""``infoplane watch``: the page of runs, live while they train."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from infoplane.errors import InfoplaneError
from infoplane.runs.storage.remote import is_url


@dataclass(frozen=True)
class WatchCommand:
    """Show the page of runs live while they train, in a browser on this machine.

    Runs that have not begun yet are waited for; those that have ended stay. Nobody on another
    machine can open the page.
    """

    runs: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN ...")]
    """Folders of runs or studies, or folders that hold some or will."""
    port: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """The port of the page (default: the first that is free from 8765 on; 0: any)."""

    def __call__(self) -> None:
        if not self.runs:
            raise InfoplaneError("no run was named; name the folder of a run, or one to hold runs.")
        for path in filter(is_url, self.runs):
            raise InfoplaneError(f"{path} is a URL, and runs are watched in folders; name one.")
        watch([Path(path) for path in self.runs], self.port)


def watch(runs: Sequence[Path], port: int | None) -> None:
    """Serve the live page of runs until it is interrupted.

    Raises:
        InfoplaneError: where a package is missing, or the port is taken.
    """
    try:
        from infoplane.watching.server import application, free_socket, server_of
    except ImportError as error:
        raise InfoplaneError(
            f"watching needs {error.name}; install it with: pip install 'infoplane[watch]'"
        ) from error
    from secrets import token_urlsafe

    from infoplane.watching.growing import GrowingRuns

    token = token_urlsafe(16)
    server = server_of(application(GrowingRuns(runs), token))
    with free_socket(port) as bound:
        at = bound.getsockname()[1]
        print(f"http://127.0.0.1:{at}/{token}/", flush=True)
        print("Ctrl-C ends it, and no run. On a remote machine, first run this on yours:")
        print(f"ssh -L {at}:127.0.0.1:{at} {socket.gethostname()}", flush=True)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[bound])
    print("No longer watching; what trains goes on.")
