"""Measure every layer of a network on a fixed probe set, in bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from infoplane.chunks import examples_at_once
from infoplane.information.binned.counting import Labels, make_labels
from infoplane.information.binned.estimator import statements
from infoplane.information.binned.plug_in import each_binned_information
from infoplane.information.binned.rules import Bins
from infoplane.information.core.estimate import Estimate
from infoplane.names import LOGITS, SEEN_LABELS, TRUE_LABELS
from infoplane.observing.capture import Visitor, check_layers, layer_names, stream
from infoplane.observing.collect import HashedLayer, Hashes, WholeLayer, hash_layer

CHUNK = 1024  # samples a pass: the activations of a chunk stay in the cache until they are hashed
GATHERED = 1 << 28  # bytes of layers gathered in one pass: one for each costs as many passes
PASSED = 1 << 24  # values of the widest layer a pass, at most: K wide ones would fill the memory


@dataclass(frozen=True)
class Probe:
    """The samples a network is watched on, with the label sets it is measured against."""

    subset: str  # train | test
    inputs: Any  # [n, ...], as the observer that is asked takes them
    labels: Mapping[str, Labels]  # "Y", and "Ỹ" where the seen labels differ


def make_probe(
    subset: str,
    inputs: Any,
    labels: Tensor,
    seen_labels: Tensor | None = None,
    *,
    permutations: int = 20,
    seed: int = 0,
) -> Probe:
    """Return a probe; the permutations of its nulls are drawn once, from (seed, "null")."""
    sets = {TRUE_LABELS: labels}
    if seen_labels is not None and not torch.equal(labels, seen_labels):
        sets[SEEN_LABELS] = seen_labels
    label_sets = {
        name: make_labels(values.cpu().numpy(), permutations=permutations, seed=seed)
        for name, values in sets.items()
    }
    return Probe(subset, inputs, label_sets)


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
        widest = self.members * getattr(model, "widest", 1)
        self.chunk = examples_at_once(device, widest, cached=PASSED, most=CHUNK)

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
            information = each_binned_information(
                hashes[name], probe.labels, resolution=self.bins.resolution
            )
            by_member = list(information)  # of each member, or one of a layer they share
            place = {"epoch": epoch, "subset": probe.subset, "width": widths[name]}
            place |= self.place(name)
            for member in range(self.members):
                member_place = {"member": member, **place}
                for quantity, estimate in by_member[member % len(by_member)]:
                    stated = self.statements.get(estimate.estimator, {})
                    yield member_place | estimate_row(quantity, estimate) | stated

    @cached_property
    def statements(self) -> dict[str, dict[str, Any]]:
        """The columns of rows that state the parameters of the bins, by estimator."""
        return statements(self.bins)

    def _hash(
        self, inputs: Any, epoch: int, on_logits: Visitor | None
    ) -> tuple[dict[str, Hashes], dict[str, int]]:
        """Reduce each layer to one hash a row: in one pass, or layer by layer if rules need it."""
        if self.bins.whole_layer:
            return self._hash_whole(inputs, epoch, on_logits)
        collectors = {n: HashedLayer(n, self.bins, len(inputs), epoch) for n in self.layers}
        visitors: dict[str, Visitor] = dict(collectors)
        if on_logits is not None:
            visitors[LOGITS] = both(on_logits, visitors.get(LOGITS))
        self.stream(inputs, visitors)
        hashes: dict[str, Hashes] = {
            name: collector.hashes_by_member() for name, collector in collectors.items()
        }
        return hashes, {name: collector.width for name, collector in collectors.items()}

    def _hash_whole(
        self, inputs: Any, epoch: int, on_logits: Visitor | None
    ) -> tuple[dict[str, Hashes], dict[str, int]]:
        hashes: dict[str, Hashes] = {}
        widths: dict[str, int] = {}
        for name, width, members in self.whole_layers(inputs):
            hashed = [hash_layer(t, self.bins, name, epoch).numpy() for t in members]
            hashes[name], widths[name] = np.stack(hashed), width
        if on_logits is not None:
            self.pass_logits(inputs, on_logits)
        return hashes, widths

    def pass_logits(self, inputs: Any, on_logits: Visitor) -> None:
        """Hand over the logits alone."""
        self.stream(inputs, {LOGITS: on_logits})

    def stream(self, inputs: Any, visitors: Mapping[str, Visitor]) -> None:
        """Run the model over inputs and hand each named layer's activations to its visitor."""
        stream(self.model, inputs, visitors, chunk=self.chunk)

    def whole_layers(
        self,
        inputs: Any,
        *,
        most_units: int | None = None,
        layers: Sequence[str] | None = None,
    ) -> Iterator[tuple[str, int, Float[Tensor, "k n d"]]]:
        """Yield each layer whole, after its name and width (k = 1 for the input, which is shared).

        Of layers wider than ``most_units`` come sketches of that many units (see ``sketch``). All
        layers that are watched unless ``layers`` are named, in their order.

        Layers that are small together come out of one pass; a large one is alone in memory.

        Raises:
            InfoplaneError: where a layer would not fit in memory.
        """
        for names in self._groups(inputs, most_units, self.layers if layers is None else layers):
            gathered = {name: WholeLayer(name, len(inputs), most_units) for name in names}
            self.stream(inputs, gathered)
            for name in names:
                layer = gathered.pop(name)
                yield name, layer.width, layer.take()

    def bytes_each(self, inputs: Any, most_units: int | None) -> dict[str, int]:
        """Return how many bytes each layer, or its sketch, takes for one input."""
        sizes: dict[str, int] = {}
        measures = {
            name: (lambda _, t, name=name: sizes.update({name: t[..., :most_units].nbytes}))
            for name in self.layers
        }
        self.stream(inputs[:1], measures)
        return sizes

    def _groups(
        self, inputs: Any, most_units: int | None, layers: Sequence[str]
    ) -> list[list[str]]:
        """Return the layers, in order, in groups of at most so many bytes, or of one layer."""
        sizes = self.bytes_each(inputs, most_units)
        groups, room = [], 0
        for name in layers:
            needed = sizes[name] * len(inputs)
            if needed > room:
                groups.append([])
                room = GATHERED
            groups[-1].append(name)
            room -= needed
        return groups

    def place(self, layer: str) -> dict[str, Any]:
        """Return the columns that locate a layer: its name and depth."""
        return {"layer": layer, "depth": self.known_layers.index(layer)}


def both(first: Visitor, second: Visitor | None) -> Visitor:
    """Return a visitor that calls one or two."""

    def visit(rows: slice, activations: Tensor) -> None:
        first(rows, activations)
        if second is not None:
            second(rows, activations)

    return visit


def estimate_row(quantity: str, estimate: Estimate) -> dict[str, Any]:
    """Return the columns of the measurements table that an estimate fills."""
    return {"quantity": quantity, **vars(estimate), "flags": ", ".join(estimate.flags)}
