"""Read an image set from the hub, or from what its client has kept of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from infoplane.data.cache import cached
from infoplane.data.image_decoding import Arrays, decode_images
from infoplane.data.names import hub_id
from infoplane.errors import InfoplaneError

SECONDS_TO_CONNECT = 3.0


def hub_part(name: str, part: str) -> Arrays:
    """Return pixels and labels of a part, decoded once for each version on the hub.

    Raises:
        InfoplaneError: where the name is none, or the set is neither on the hub nor kept.
    """
    identity = hub_id(name)
    loaded = _loaded(name, identity, part)

    def decode() -> Arrays:
        from datasets.table import embed_table_storage

        # sets kept as folders of image files hold paths: fetch the bytes
        return decode_images(embed_table_storage(loaded.with_format("arrow")[:]), identity)

    return cached(f"hub {identity} {part} {loaded._fingerprint}", decode)


def _loaded(name: str, identity: str, part: str) -> Any:
    import datasets
    from datasets import config

    offline = False
    try:
        with offline_if_unreachable() as offline:
            return datasets.load_dataset(identity, split=part)
    except Exception as error:  # the hub's client raises many kinds, from many libraries
        raise InfoplaneError(
            f"{name!r} is neither at hand nor to be had: no folder was given, the hub's "
            f"{identity!r} ({part}) is not in the cache {config.HF_DATASETS_CACHE}, and "
            f"{_why(error, offline)}; connect once, or give a folder with train-*.parquet and "
            "test-*.parquet by --data-root DIR (--data.root DIR in infoplane run)."
        ) from error


def _why(error: Exception, offline: bool) -> str:
    """Return why the hub did not deliver a data set."""
    from datasets.exceptions import DatasetNotFoundError

    if offline:
        return "the hub cannot be reached"
    if isinstance(error, DatasetNotFoundError):
        return "the hub has no set of that name, or none open to you"
    if isinstance(error, OSError):  # its text names a folder nobody asked for
        return f"the hub did not answer ({type(error).__name__})"
    first_line = (str(error).splitlines() or [""])[0]
    return f"its client says {type(error).__name__}: {first_line}".rstrip(".: ")


@contextmanager
def offline_if_unreachable() -> Iterator[bool]:
    """Ask only the cache where the hub does not answer: its client would try for half a minute.

    Yields whether only the cache is asked.
    """
    from datasets import config
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE, config.HF_HUB_OFFLINE
    offline = any(before) or not _answers(constants.ENDPOINT)
    constants.HF_HUB_OFFLINE = config.HF_HUB_OFFLINE = offline
    try:
        yield offline
    finally:
        constants.HF_HUB_OFFLINE, config.HF_HUB_OFFLINE = before


@contextmanager
def offline_if_remote(place: str) -> Iterator[bool]:
    """Ask as ``offline_if_unreachable``; of a folder, which needs no hub, nobody is asked.

    Args:
        place: a folder, or a name on the hub.
    """
    if Path(place).is_dir():
        yield False
    else:
        with offline_if_unreachable() as offline:
            yield offline


def _answers(endpoint: str) -> bool:
    """Whether the endpoint, or the proxy in front of it, accepts a connection."""
    url = urlsplit(endpoint)
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if proxy and not proxy_bypass(url.hostname or ""):
        url = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    port = url.port or (80 if url.scheme == "http" else 443)
    try:
        socket.create_connection((url.hostname, port), timeout=SECONDS_TO_CONNECT).close()
    except OSError:
        return False
    return True
