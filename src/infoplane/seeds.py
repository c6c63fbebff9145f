"""Every random choice has its own named generator, so none depends on what was drawn before it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def number(seed: int, name: str, *indices: int) -> int:
    """Return the 63-bit seed of a purpose, such as ``number(0, "batch order", member, epoch)``."""
    text = "/".join([str(seed), name, *map(str, indices)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, name: str, *indices: int) -> torch.Generator:
    """Return a fresh torch generator for one purpose; the global one is never touched."""
    import torch

    return torch.Generator().manual_seed(number(seed, name, *indices))
