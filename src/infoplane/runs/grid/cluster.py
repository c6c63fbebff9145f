"""Whether anybody answers at the address of a Ray cluster: Ray itself would wait for minutes."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

from infoplane.errors import InfoplaneError

CONNECT_SECONDS = 5.0


def check_cluster(address: str) -> None:
    """Refuse the address of a cluster where nobody answers.

    Args:
        address: ``HOST:PORT``, ``ray://HOST:PORT``, or "auto". Others that Ray knows are left to
            it, as is "auto" where it finds none: that it says at once.

    Raises:
        InfoplaneError: for an address without a host or port, or where none can be connected to
            within five seconds.
    """
    found = cluster_found() if address == "auto" else address
    if found in (None, "auto", "local") or ("://" in found and not found.startswith("ray://")):
        return
    for_auto = "" if found == address else ", which auto stands for"
    try:
        place = urlsplit(found if "://" in found else f"ray://{found}")
        host, port = place.hostname, place.port
    except ValueError:  # no number, or brackets that do not match
        host = port = None
    if not host or not port:
        raise InfoplaneError(
            f"ray is {found!r}{for_auto}; give HOST:PORT, ray://HOST:PORT or auto."
        )
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except (OSError, UnicodeError) as error:  # the latter for what can be no name of a host
        raise InfoplaneError(
            f"no Ray at {found}{for_auto} ({getattr(error, 'strerror', None) or error}); give the "
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
