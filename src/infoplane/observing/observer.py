"""Measure every layer of a network on a fixed probe set, in bits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.information.binned import Measured, binned_information
from infoplane.information.bins import Bins
from infoplane.information.counting import Labels, make_labels
from infoplane.information.hashing import hash_rows
from infoplane.observing.capture import LOGITS, Visitor, check_layers, layer_names, stream

CHUNK = 1024  # samples a pass: the activations of a chunk stay in the cache until they are hashed
MEMORY_SHARE = 0.8


@dataclass(frozen=True)
class Probe:
    """The samples a network is watched on, with the label sets it is measured against."""

    subset: str  # train | test
    inputs: Tensor  # [n, ...]
    labels: Mapping[str, Labels]  # "Y", and "Ỹ" where the seen labels differ


def make_probe(
    subset: str,
    inputs: Tensor,
    labels: Tensor,
    seen_labels: Tensor | None = None,
    *,
    permutations: int = 20,
    seed: int = 0,
) -> Probe:
    """Return a probe; the permutations of its nulls are drawn once, from (seed, "null")."""
    sets = {"Y": labels}
    if seen_labels is not None and not torch.equal(labels, seen_labels):
        sets["Ỹ"] = seen_labels
    made = {
        name: make_labels(values.cpu().numpy(), permutations=permutations, seed=seed)
        for name, values in sets.items()
    }
    return Probe(subset, inputs, made)


class Observer:
    """Watches the layers of one model; measuring leaves the model as it was.

    Args:
        model: any module, or a stack of K.
        example: inputs ``[n, ...]`` of which one is run to find the layers.
        bins: the resolution.
        layers: names to watch; all unless given.
    """

    def __init__(
        self, model: nn.Module, example: Tensor, bins: Bins, *, layers: tuple[str, ...] = ()
    ) -> None:
        device = next((p.device for p in model.parameters()), example.device)
        self.model = model
        self.bins = bins
        self.known_layers = layer_names(model, example[:1].to(device))
        self.layers = check_layers(layers, self.known_layers)
        self.members: int = getattr(model, "members", 1)

    def observe(
        self, probe: Probe, *, epoch: int, on_logits: Visitor | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield a row for each member, layer and quantity; ``on_logits`` sees the logits as well.

        Raises:
            NonFiniteError: where an activation is NaN or infinite, naming layer and epoch.
            InfoplaneError: where a whole layer is needed and would not fit in memory.
        """
        hashes, widths = self._hash(probe.inputs, epoch, on_logits)
        for name in self.layers:
            for member in range(self.members):
                rows = hashes[name]
                measured = binned_information(
                    rows[member % len(rows)], probe.labels, resolution=self.bins.resolution
                )
                place = {"member": member, "epoch": epoch, "subset": probe.subset, "layer": name}
                place |= {"depth": self.known_layers.index(name), "width": widths[name]}
                yield from (place | as_row(m) for m in measured)

    def _hash(
        self, inputs: Tensor, epoch: int, on_logits: Visitor | None
    ) -> tuple[dict[str, Int[np.ndarray, "k n"]], dict[str, int]]:
        """Reduce each layer to one hash a row: in one pass, or layer by layer if rules need it."""
        collect = _WholeLayer if self.bins.whole_layer else _Streaming
        passes = [[name] for name in self.layers] if self.bins.whole_layer else [self.layers]
        hashes, widths = {}, {}
        for names in passes:
            collectors = {n: collect(n, self.bins, len(inputs), epoch) for n in names}
            visitors: dict[str, Visitor] = dict(collectors)
            if on_logits is not None and names is passes[-1]:
                visitors[LOGITS] = both(on_logits, visitors.get(LOGITS))
            stream(self.model, inputs, visitors, chunk=CHUNK)
            for name, collector in collectors.items():
                hashes[name], widths[name] = collector.finish(), collector.width
        return hashes, widths


def both(first: Visitor, second: Visitor | None) -> Visitor:
    """Return a visitor that calls one or two."""

    def visit(rows: slice, activations: Tensor) -> None:
        first(rows, activations)
        if second is not None:
            second(rows, activations)

    return visit


class _Streaming:
    """Hashes the rows of a layer chunk by chunk: nothing of the layer itself is kept."""

    def __init__(self, name: str, bins: Bins, n: int, epoch: int) -> None:
        self.name, self.bins, self.n, self.epoch = name, bins, n, epoch
        self.hashes: Tensor | None = None
        self.width = 0

    def __call__(self, rows: slice, activations: Tensor) -> None:
        hashes = self._hash(activations)  # [k, chunk] or [chunk]
        if self.hashes is None:
            self.hashes = torch.empty((*hashes.shape[:-1], self.n), dtype=torch.int64)
            self.width = activations.shape[-1]
        self.hashes[..., rows] = hashes.cpu()

    def _hash(self, activations: Tensor) -> Tensor:
        try:
            return hash_rows(self.bins.codes(activations))
        except InfoplaneError as error:
            raise type(error)(f"layer {self.name!r} at epoch {self.epoch}: {error}") from error

    def finish(self) -> Int[np.ndarray, "k n"]:
        """Return one hash a sample, for each member (one row for a layer they share)."""
        assert self.hashes is not None
        return np.atleast_2d(self.hashes.numpy())


class _WholeLayer(_Streaming):
    """Gathers one layer, for rules whose bins depend on all of its values."""

    whole: Tensor | None = None

    def __call__(self, rows: slice, activations: Tensor) -> None:
        if self.whole is None:
            self.width = activations.shape[-1]
            shape = (*activations.shape[:-2], self.n, self.width)
            check_memory(f"layer {self.name!r}", shape)
            self.whole = torch.empty(shape, dtype=activations.dtype)
        self.whole[..., rows, :] = activations.cpu()

    def finish(self) -> Int[np.ndarray, "k n"]:
        assert self.whole is not None
        members = self.whole if self.whole.ndim == 3 else self.whole[None]
        hashes = [self._hash(member).numpy() for member in members]
        self.whole = None
        return np.stack(hashes)


def check_memory(what: str, shape: tuple[int, ...], *, copies: int = 3) -> None:
    """Refuse what would not fit: the values, and their copies while bins are found."""
    needed = 4 * copies * int(np.prod(shape))
    available = MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > available:
        raise InfoplaneError(
            f"{what} of shape {list(shape)} needs {needed / 2**30:.1f} GiB whole, of "
            f"{available / 2**30:.1f} GiB here; use fewer samples, fewer members or bins of "
            "fixed width, which need no whole layer."
        )


def as_row(measured: Measured) -> dict[str, Any]:
    """Return one row of the measurements table."""
    return {"quantity": measured.quantity, **asdict(measured.estimate)}
