"""The server of the live page: two answers, on this machine alone, to those who know the address.

It answers at ``/TOKEN/`` with the page and at ``/TOKEN/changes`` with what is new in it. No path of
a request becomes a path of a file. Requests that name another host (as after DNS rebinding), and
those of another site's page, get nothing; nor does anybody without the token, as other users of
this machine.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Awaitable, Callable

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infoplane.errors import InfoplaneError
from infoplane.page.content import page_frame
from infoplane.page.document import report_html
from infoplane.visible import json_in_html
from infoplane.watching.growing import GrowingRuns

LOOPBACK = "127.0.0.1"
HOSTS = [LOOPBACK, "localhost"]
FIRST_PORT, PORTS = 8765, 50
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",  # the page has the rest of it
}


def application(runs: GrowingRuns, token: str) -> Starlette:
    """Return the application that shows these runs at ``/TOKEN/``."""
    page = report_html(page_frame([]) | {"title": "Watching", "runs": []}, live=True)

    def known(request: Request) -> bool:
        return secrets.compare_digest(request.path_params["token"].encode(), token.encode())

    def show(request: Request) -> Response:
        if not known(request):
            return Response(status_code=404)
        return Response(page, media_type="text/html")

    def changes(request: Request) -> Response:
        if not known(request):
            return Response(status_code=404)
        since = request.query_params.get("since", "0")
        content = runs.changes(int(since) if since.isdecimal() else 0)
        if content is None:
            return Response(status_code=204)
        return Response(json_in_html(content), media_type="application/json")

    answers = Starlette(
        routes=[Route("/{token}/", show), Route("/{token}/changes", changes)],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False),
            Middleware(BaseHTTPMiddleware, dispatch=_own_requests_only),
            Middleware(GZipMiddleware, compresslevel=1),
        ],
    )
    answers.router.redirect_slashes = False
    return answers


def free_socket(port: int | None) -> socket.socket:
    """Return a socket at a port of this machine; None: the first free one of a few, 0: any.

    Raises:
        InfoplaneError: where the port is taken.
    """
    error: OSError | None = None
    for each in range(FIRST_PORT, FIRST_PORT + PORTS) if port is None else [port]:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((LOOPBACK, each))
            bound.listen()  # until then another process may bind it too
            return bound
        except (OSError, OverflowError) as failed:
            bound.close()
            error = OSError(str(failed))
    raise InfoplaneError(f"port {port} cannot be had ({error}); give another --port, or 0 for any.")


def server_of(application: Starlette) -> uvicorn.Server:
    """Return the server of an application; it ends at once when it is told to."""
    config = uvicorn.Config(
        application, log_level="error", access_log=False, server_header=False, lifespan="off",
        timeout_graceful_shutdown=1, proxy_headers=False, ws="none",
    )  # fmt: skip
    return uvicorn.Server(config)


async def _own_requests_only(
    request: Request, answer: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Answer requests of the page itself and of a person who opens it, which browsers tell."""
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin")
    same_origin = origin is None or origin == f"http://{request.headers['host']}"
    if site not in ("same-origin", "none") or not same_origin:
        return Response(status_code=403)
    response = await answer(request)
    response.headers.update(HEADERS)
    return response
