"""Shapes and types, checked at every call while tests run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from beartype import BeartypeConf, beartype
from jaxtyping import config

check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is a float


@contextmanager
def unchecked() -> Iterator[None]:
    """Let calls through whose types are wrong on purpose."""
    config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        config.update("jaxtyping_disable", False)
