"""Collect a layer from the chunks of a pass: as hashes of its rows, or whole."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.binned.hashing import hash_activations
from infoplane.information.binned.rules import Bins
from infoplane.information.core.sketching import sketch
from infoplane.memory import total_memory

Hashes = Int[np.ndarray, "k n"] | Int[Tensor, "k n"]
"""One of each sample and member; a tensor on CUDA, where they are counted as well."""

MEMORY_SHARE = 0.8
SKETCHED = 4096  # units; wider layers are sketched so far, or neighbours would take hours to find


def hash_layer(t: Float[Tensor, "*k n d"], bins: Bins, name: str, epoch: int) -> Tensor:
    """Hash the rows of a coded layer; errors name layer and epoch."""
    try:
        return hash_activations(t, bins)
    except InfoplaneError as error:
        raise type(error)(f"layer {name!r} at epoch {epoch}: {error}") from error


class HashedLayer:
    """Hashes the rows of a layer chunk by chunk: nothing of the layer itself is kept."""

    def __init__(self, name: str, bins: Bins, n: int, epoch: int) -> None:
        self.name, self.bins, self.n, self.epoch = name, bins, n, epoch
        self.width = 0

    def __call__(self, rows: slice, activations: Tensor) -> None:
        """Take the activations of some rows."""
        hashes = hash_layer(activations, self.bins, self.name, self.epoch)  # [k, chunk] or [chunk]
        if rows.start == 0:
            self.hashes = hashes.new_empty((*hashes.shape[:-1], self.n))
            self.width = activations.shape[-1]
        self.hashes[..., rows] = hashes

    def hashes_by_member(self) -> Hashes:
        """Return one hash a sample, for each member (one row for a layer they share)."""
        hashes = torch.atleast_2d(self.hashes)
        return hashes if hashes.is_cuda else hashes.cpu().numpy()


class WholeLayer:
    """Gathers one layer; of one that is wider than ``most_units`` a sketch so wide."""

    def __init__(self, name: str, n: int, most_units: int | None = None) -> None:
        self.name, self.n, self.most_units = name, n, most_units
        self.width = 0

    def __call__(self, rows: slice, activations: Tensor) -> None:
        """Take the activations of some rows."""
        self.width = activations.shape[-1]
        if self.most_units is not None:
            activations = sketch(activations, self.most_units)
        if rows.start == 0:
            shape = (*activations.shape[:-2], self.n, activations.shape[-1])
            check_memory(f"layer {self.name!r}", shape)
            self.whole = torch.empty(shape, dtype=activations.dtype)
        self.whole[..., rows, :] = activations.cpu()

    def take(self) -> Float[Tensor, "k n d"]:
        """Return the layer."""
        return self.whole if self.whole.ndim == 3 else self.whole[None]


def check_memory(what: str, shape: tuple[int, ...], *, copies: int = 3) -> None:
    """Refuse values that, with their copies, would not fit in memory."""
    needed = 4 * copies * int(np.prod(shape))
    available = MEMORY_SHARE * total_memory()
    if needed > available:
        raise InfoplaneError(
            f"{what} of shape {list(shape)} needs {needed / 2**30:.1f} GiB whole, of "
            f"{available / 2**30:.1f} GiB here; use fewer samples, fewer members or bins of "
            "fixed width, which need no whole layer."
        )
