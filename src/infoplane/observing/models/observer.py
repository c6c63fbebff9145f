"""An observer of any model: its layers through hooks, reduced to rows, chunk by chunk."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infoplane.chunks import examples_at_once
from infoplane.errors import InfoplaneError
from infoplane.information.binned.rules import Bins
from infoplane.names import INPUT, LOGITS
from infoplane.observing.capture import Visitor
from infoplane.observing.collect import SKETCHED, WholeLayer
from infoplane.observing.models.functions import operations_seen
from infoplane.observing.models.hooks import calls_hooked
from infoplane.observing.models.inputs import Inputs
from infoplane.observing.models.layers import Layer, find_layers, modules_of
from infoplane.observing.models.outputs import Chosen, logits_of
from infoplane.observing.models.processes import Processes
from infoplane.observing.models.reducing import How, check_reduction, reduced
from infoplane.observing.models.selecting import Layers, check_selector, matches, select
from infoplane.observing.models.unwrapped import device_and_type, untouched, unwrapped
from infoplane.observing.observer import CHUNK, PASSED, Observer, Probe, both

AHEAD = 1 << 29  # bytes of layers that are gathered beside the bins: a pass costs more than memory
CHANNELS_FIRST = (nn.Conv1d, nn.ConvTranspose1d)


@dataclass
class _Gathered:
    """Layers of some inputs that one pass has gathered, or is to gather."""

    inputs: Any
    layers: dict[str, WholeLayer]
    full: bool = False


class ModelObserver(Observer):
    """Watches the layers of any model; measuring leaves the model as it was.

    Args:
        model: the network, perhaps in wrappers.
        inputs: samples, of which three are run to find the layers.
        bins: the resolution.
        layers: which to watch (see ``select``); blocks and what is outside them unless given.
        output: which part of the model's output the logits are.
        reduce: how layers of several positions are read, or how by layer.
        seed: of positions that are drawn.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Inputs,
        bins: Bins,
        *,
        layers: Any = (),
        output: Chosen = None,
        reduce: Any = "flatten",
        seed: int = 0,
    ) -> None:
        self.processes = Processes.of(model)
        self.model = unwrapped(model)
        self.bins, self.output, self.seed = bins, output, seed
        inputs = inputs.fitted_to(self.model)
        self.all_layers = find_layers(self.model, inputs, output)
        chosen = select(self.all_layers, layers)
        self.places = {layer.name: layer for layer in chosen}
        self.how = {layer.name: _how(layer, reduce) for layer in self.all_layers if layer.possible}
        watched = [x.name for x in self.all_layers if not x.note or x.name in self.places]
        self.known_layers = watched
        self.members = 1
        self.gathers_ahead = False
        """Whether the pass of bins gathers what decoders read of the same inputs."""
        self.gathered: _Gathered | None = None
        self.constant: set[str] = set()
        """Layers whose units were all the same for every input of the last pass."""
        widest = max(math.prod(layer.shape) for layer in self.all_layers if layer.possible)
        device, _ = device_and_type(self.model)
        self.chunk = examples_at_once(device, max(widest, 1), cached=PASSED, most=CHUNK)
        self.channels_first = any(isinstance(m, CHANNELS_FIRST) for m in self.model.modules())
        self.units = self._units(inputs[:1])
        self.layers = Layers([*self.places], self.all_layers, self._notes())

    def stream(self, inputs: Any, visitors: Mapping[str, Visitor]) -> None:
        """Run the model over inputs and hand each named layer's rows to its visitor."""
        ahead = self.gathered
        if ahead is not None and ahead.inputs is inputs and not ahead.full:
            collectors = {name: both(c, visitors.get(name)) for name, c in ahead.layers.items()}
            visitors = {**visitors, **collectors}
            ahead.full = True
        names = list(visitors)
        first: dict[str, Tensor] = {}
        self.constant |= set(names) if len(inputs) > 1 else set()

        def hand_over(name: str, rows: slice, t: Tensor) -> None:
            like = first.setdefault(name, t[0].clone())
            if name in self.constant and not torch.equal(t, like.expand_as(t)):
                self.constant.discard(name)
            visitors[name](rows, t)

        chunks = [
            slice(start, min(start + self.chunk, len(inputs)))
            for start in range(0, len(inputs), self.chunk)
        ]
        if self.processes.count == 1:  # at once, in the pass: nothing is held, nothing written over
            for rows in chunks:
                self.run(inputs[rows], rows, names, partial(hand_over, rows=rows))
            return
        for local, together in self.processes.rounds(chunks):
            copies: dict[str, Tensor] = {}
            for rows in local:
                self.run(inputs[rows], rows, names, partial(_keep_copy, copies))
            for owner, rows in together:
                for name in names:
                    sent = self.processes.shared(copies.get(name), self._empty(name, rows), owner)
                    hand_over(name, rows, sent)

    def run(
        self, inputs: Inputs, rows: slice, names: list[str], receive: Callable[..., None]
    ) -> None:
        """Run one chunk and hand over ``name`` and ``t`` [n, d] of some layers, as they come."""
        inputs = inputs.fitted_to(self.model)
        device, floats = device_and_type(self.model)
        missing = set(names)

        def take(layer: Layer, value: Any) -> None:
            missing.discard(layer.name)
            receive(name=layer.name, t=self._rows(layer, value, rows, inputs.mask))

        if INPUT in names:
            missing.discard(INPUT)
            receive(name=INPUT, t=inputs.rows())
        wanted = [self._place(name) for name in names if name != INPUT]
        if wanted:
            inside = [layer for layer in wanted if layer.module is not None]
            args, kwargs = inputs.arguments(device, floats)
            with untouched(self.model), calls_hooked(inside, take), self._operations(wanted, take):
                out = self.model(*args, **kwargs)
                for layer in wanted:
                    if layer.module is None and not layer.operation:
                        take(layer, logits_of(out, self.output))
        for name in missing:
            raise InfoplaneError(
                f"layer {name!r} was not called in a pass, though it was when the layers were "
                "found; watch layers that every pass runs through."
            )

    def _operations(
        self, wanted: list[Layer], take: Callable[[Layer, Any], None]
    ) -> AbstractContextManager[None]:
        """Hand over operations without a module, where some are watched; else cost nothing."""
        places = {(layer.operation, layer.call): layer for layer in wanted if layer.operation}
        if not places:
            return nullcontext()

        def receive(name: str, call: int, value: Any) -> None:
            if (name, call) in places:
                take(places[name, call], value)

        return operations_seen(modules_of(self.model), receive)

    def observe(
        self, probe: Probe, *, epoch: int, on_logits: Visitor | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield rows of bins; layers that decoders read next are gathered in the same pass."""
        self.gathered = None
        if self.gathers_ahead and not self.bins.whole_layer:
            self.gathered = _Gathered(probe.inputs, self._ahead(len(probe.inputs)))
        yield from super().observe(probe, epoch=epoch, on_logits=on_logits)

    def whole_layers(
        self,
        inputs: Any,
        *,
        most_units: int | None = None,
        layers: Sequence[str] | None = None,
    ) -> Iterator[tuple[str, int, Float[Tensor, "k n d"]]]:
        """Yield each layer whole; of several processes, each those that are its own to measure."""
        wanted = self.layers if layers is None else layers
        whole = self._whole_layers(inputs, most_units, wanted)
        for i, layer in enumerate(whole):
            if self.processes.is_own(i):
                yield layer

    def _whole_layers(
        self, inputs: Any, most_units: int | None, layers: Sequence[str]
    ) -> Iterator[tuple[str, int, Float[Tensor, "k n d"]]]:
        """Yield first those that were gathered already, then the others, in passes of their own."""
        ready = self.gathered
        rest = list(layers)
        if ready is not None and ready.inputs is inputs and ready.full and most_units == SKETCHED:
            self.gathered = None
            for name in [name for name in layers if name in ready.layers]:
                layer = ready.layers.pop(name)
                rest.remove(name)
                yield name, layer.width, layer.take()
        if rest:
            yield from super().whole_layers(inputs, most_units=most_units, layers=rest)

    def _ahead(self, n: int) -> dict[str, WholeLayer]:
        """Return collectors of the first layers, as many as may be held at once."""
        collectors, room = {}, AHEAD
        for name in self.layers:
            room -= 4 * min(self.units[name], SKETCHED) * n
            if room < 0:
                break
            collectors[name] = WholeLayer(name, n, SKETCHED)
        return collectors

    def bytes_each(self, inputs: Any, most_units: int | None) -> dict[str, int]:
        """Return how many bytes each layer, or its sketch, takes for one input."""
        del inputs
        return {n: 4 * min(self.units[n], most_units or self.units[n]) for n in self.layers}

    def memory(self, examples: int) -> int:
        """Return the bytes of layers that are held at once, at most, while decoders read them."""
        layer_bytes = [4 * min(self.units[name], SKETCHED) * examples for name in self.layers]
        return max(max(layer_bytes), min(sum(layer_bytes), AHEAD))

    def _place(self, name: str) -> Layer:
        if name in self.places:
            return self.places[name]
        return next(layer for layer in self.all_layers if layer.name == name)

    def _rows(self, layer: Layer, value: Any, rows: slice, mask: Tensor | None) -> Tensor:
        """Return what a layer put out with one row a sample, float32 or float64."""
        n = rows.stop - rows.start
        at_axis = layer.rows_at
        if not isinstance(value, Tensor) or value.ndim <= at_axis or value.shape[at_axis] != n:
            got = list(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise InfoplaneError(
                f"layer {layer.name!r} puts out {got} for {n} samples; watch a layer that gives "
                "one tensor with a row for each sample."
            )
        value = value.detach().movedim(at_axis, 0)
        value = value if value.dtype in (torch.float32, torch.float64) else value.float()
        channels_at = 1 if value.ndim > 3 or self.channels_first else -1
        return reduced(
            value,
            self.how[layer.name],
            channels_at=channels_at,
            seed=self.seed,
            rows=rows,
            mask=mask,
        )

    def _empty(self, name: str, rows: slice) -> Tensor:
        dtype = self._place(name).dtype
        dtype = dtype if dtype in (torch.float32, torch.float64) else torch.float32
        return torch.empty(rows.stop - rows.start, self.units[name], dtype=dtype)

    def _units(self, one: Inputs) -> dict[str, int]:
        names = list(dict.fromkeys([*self.places, LOGITS]))
        units: dict[str, int] = {}
        self.run(one, slice(0, 1), names, lambda name, t: units.update({name: t.shape[1]}))
        return units

    def _notes(self) -> dict[str, str]:
        """Say how each layer watched is read, where it is not read whole."""
        notes = {}
        for name, layer in self.places.items():
            how = self.how[name]
            parts = []
            if self.units[name] != math.prod(layer.shape) or callable(how):
                parts.append(
                    f"{'own function' if callable(how) else how}: {self.units[name]:,} units"
                )
            if self.units[name] > SKETCHED:
                parts.append(f"decoded from a sketch of {SKETCHED:,} units")
            notes[name] = ", ".join(parts)
        return notes


def _keep_copy(copies: dict[str, Tensor], *, name: str, t: Tensor) -> None:
    copies[name] = t.clone()


def _how(layer: Layer, reduce: Any) -> How:
    """Return the reduction of a layer; of a dictionary, that of the first entry that matches."""
    if not isinstance(reduce, Mapping):
        return check_reduction(reduce)
    for selector in reduce:
        check_selector(selector)
        if matches(selector, layer):
            return check_reduction(reduce[selector])
    return "flatten"
