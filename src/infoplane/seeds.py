"""Every random choice has its own named generator, so none depends on what was drawn before it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import TYPE_CHECKING, Any

from infoplane.errors import InfoplaneError

if TYPE_CHECKING:
    import torch


def number(seed: int, name: str, *indices: int) -> int:
    """Return the 63-bit seed of a purpose, such as ``number(0, "batch order", member, epoch)``.

    Raises:
        InfoplaneError: for a seed that is no whole number.
    """
    check(seed)
    text = "/".join([str(seed), name, *map(str, indices)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def check(seed: Any) -> None:
    """Refuse a seed that is no whole number.

    Raises:
        InfoplaneError: for it.
    """
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise InfoplaneError(f"seed is {seed!r:.40}; give a whole number, such as 0.")


def generator(seed: int, name: str, *indices: int) -> torch.Generator:
    """Return a fresh torch generator for one purpose; the global one is never touched."""
    import torch

    return torch.Generator().manual_seed(number(seed, name, *indices))


@contextmanager
def random_state_kept(device: torch.device | None = None) -> Iterator[None]:
    """Give Python's, NumPy's and torch's random generators their state back."""
    import numpy as np
    import torch

    of_python, of_numpy = random.getstate(), np.random.get_state()
    devices = [device] if device is not None and device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices):
            yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
