"""The names a data set may be asked for by."""

from __future__ import annotations

import difflib
import re

from infoplane.errors import InfoplaneError

MADE_HERE = ("digits", "12-bit")
HUB_IDS = {
    "mnist": "ylecun/mnist",
    "fashion-mnist": "zalando-datasets/fashion_mnist",
    "cifar10": "uoft-cs/cifar10",
}


def known_names() -> tuple[str, ...]:
    """Return the names that stand for a data set without an owner."""
    return (*MADE_HERE, *HUB_IDS)


def hub_id(name: str) -> str:
    """Return the id on the hub, owner/name, of a known name or of an id itself.

    Raises:
        InfoplaneError: where the name is neither.
    """
    if name in HUB_IDS:
        return HUB_IDS[name]
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return name
    near = difflib.get_close_matches(name, known_names(), n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise InfoplaneError(
        f"no data set {name!r}{hint}; give one of: {', '.join(known_names())}, the id of an "
        "image set on the hub, owner/name, or a name of your own with data.root."
    )
