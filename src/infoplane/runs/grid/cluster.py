"""Check that a Ray cluster answers at an address: Ray itself would wait for minutes."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

from infoplane.errors import InfoplaneError

CONNECT_SECONDS = 5.0


def check_cluster(address: str) -> None:
    """Refuse the address of a cluster that does not answer.

    Args:
        address: ``HOST:PORT``, ``ray://HOST:PORT``, or "auto". Others that Ray knows are left to
            it, as is "auto" where it finds none, which it reports at once.

    Raises:
        InfoplaneError: for an address without a host or port, or where none can be connected to
            within five seconds.
    """
    target = cluster_found() if address == "auto" else address
    if target in (None, "auto", "local") or ("://" in target and not target.startswith("ray://")):
        return
    for_auto = "" if target == address else ", which auto stands for"
    try:
        place = urlsplit(target if "://" in target else f"ray://{target}")
        host, port = place.hostname, place.port
    except ValueError:  # no number, or brackets that do not match
        host = port = None
    if not host or not port:
        raise InfoplaneError(
            f"ray is {target!r}{for_auto}; give HOST:PORT, ray://HOST:PORT or auto."
        )
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except (OSError, UnicodeError) as error:  # the latter for what can be no name of a host
        raise InfoplaneError(
            f"no Ray at {target}{for_auto} ({getattr(error, 'strerror', None) or error}); give the "
            "address that ray start says, and check that this machine can reach it."
        ) from error


def cluster_found() -> str | None:
    """Return what Ray takes "auto" for: RAY_ADDRESS, a cluster here, or the last one joined."""
    try:
        from ray._private.services import get_ray_address_from_environment

        return get_ray_address_from_environment("auto", None)
    except ConnectionError:  # there is none
        return None
    except (ImportError, TypeError):  # private: another Ray may not have it
        return os.environ.get("RAY_ADDRESS") or None
