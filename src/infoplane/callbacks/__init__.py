"""Callbacks of training frameworks: ``InformationPlaneCallback``, ``TransformersCallback``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infoplane.callbacks.lightning import InformationPlaneCallback as InformationPlaneCallback
    from infoplane.callbacks.transformers import TransformersCallback as TransformersCallback

_HOME = {  # loaded on first use: each needs a framework of its own
    "InformationPlaneCallback": "infoplane.callbacks.lightning",
    "TransformersCallback": "infoplane.callbacks.transformers",
}
__all__ = list(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'infoplane.callbacks' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
