"""The layers of any network: found by running it, before anything is measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.names import INPUT, LOGITS
from infoplane.observing.models.blocks import Structure
from infoplane.observing.models.functions import operations_seen
from infoplane.observing.models.inputs import Inputs
from infoplane.observing.models.outputs import Chosen, Path, described, logits_of, tensors_of
from infoplane.observing.models.unwrapped import COMPILED, clean_name, device_and_type, untouched

MOST_CALLS = 16  # of one module in a pass: more, as of a recurrent cell, are watched by name alone
MOST_LAYERS = 32  # watched unless some are named
SAMPLES = (3, 2)  # in the two passes that tell the axis of samples from all others


@dataclass(frozen=True)
class Layer:
    """One place of a network that can be watched."""

    name: str
    type: str
    shape: tuple[int, ...]
    """Of one sample."""
    module: nn.Module | None = None
    call: int = 0
    """Which call of the module in a pass."""
    path: Path = ()
    """Keys to a part of what it puts out."""
    rows_at: int = 0
    """The axis of samples."""
    dtype: torch.dtype = torch.float32
    operation: str = ""
    """Of an operation without a module, its name without the number of its call."""
    note: str = ""
    """Why it is left out unless it is named; empty where it is watched."""
    possible: bool = True
    """Whether it can be watched at all."""


@dataclass
class _Seen:
    """What one module put out in one pass, in one call, at one place of its output."""

    name: str
    call: int
    path: Path
    shape: tuple[int, ...]
    floats: bool
    dtype: torch.dtype
    values: tuple[int, int, int]  # where they lie, their version, how many: the same are the same
    keep: Tensor  # so that no other tensor can lie there
    operation: bool = False


def find_layers(model: nn.Module, inputs: Inputs, output: Chosen = None) -> list[Layer]:
    """Return every layer in the order in which it runs, then the modules that never do.

    A module called several times has a layer for each call, ``relu#0``, ``relu#1``; parts of a
    tuple or dictionary have their keys, ``lstm[1][0]``. Blocks (modules of several parts that are
    repeated) are watched and what is inside them is not, unless it is named.

    Raises:
        InfoplaneError: where the model cannot be run on the inputs, or puts out no logits with a
            row for each sample.
    """
    named = modules_of(model)
    sizes = [b for b in SAMPLES if b <= len(inputs)] or [1]
    passes = [_pass(model, named, inputs[:b], output) for b in sizes]
    first, input_key, result = passes[0]
    rows_at = {
        (s.name, s.call, s.path): _rows_at(s.shape, o.shape, sizes) for s, o in _matched(passes)
    }
    ran = {s.name for s in first if not s.operation}
    structure = Structure(named, ran)
    layers = [_input(inputs)]
    calls = Counter((s.name, s.path) for s in first)
    taken = {input_key: INPUT}
    whole = _key(result)
    primary: set[tuple[str, int]] = set()
    for s in first:
        at = rows_at.get((s.name, s.call, s.path))
        further = (s.name, s.call) in primary
        layer = Layer(
            name=_name(s, calls[s.name, s.path], short=not further and not _impossible(s, at)),
            type="operation" if s.operation else type(named[s.name]).__name__,
            shape=_without(s.shape, at),
            module=named.get(s.name),
            call=s.call,
            path=s.path,
            rows_at=at or 0,
            dtype=s.dtype,
            operation=s.name if s.operation else "",
        )
        note = _impossible(s, at)
        if note:
            layers += [] if s.operation else [replace(layer, note=note, possible=False)]
            continue
        if further:
            note = f"another part of what {s.name!r} puts out"
        elif s.values == whole:
            note = "what it puts out are the logits"
        elif calls[s.name, s.path] > MOST_CALLS:
            note = f"called {calls[s.name, s.path]} times in a pass"
        elif s.operation:
            note = "watched where it is named"
        else:
            note = structure.note(s.name)
        if not note and s.values in taken:
            note = f"holds the values of {taken[s.values]!r}"
        if not note:
            taken[s.values] = layer.name
        primary.add((s.name, s.call))
        layers.append(replace(layer, note=note))
    layers.append(_logits(result, sizes[0], passes, sizes))
    layers += [
        Layer(name, type(module).__name__, (), module, note="is not called", possible=False)
        for name, module in named.items()
        if name not in ran and not isinstance(module, nn.ModuleList | nn.ModuleDict)
    ]
    return _thinned(layers)


def modules_of(model: nn.Module) -> dict[str, nn.Module]:
    """Return the modules inside a network by name, without wrappers and parametrizations."""
    return {
        clean_name(name): module
        for name, module in model.named_modules()
        if name and not hasattr(module, COMPILED) and "parametrizations" not in name
    }


def _pass(
    model: nn.Module, named: dict[str, nn.Module], inputs: Inputs, output: Chosen
) -> tuple[list[_Seen], tuple[int, int, int], Any]:
    """Run a model on a few samples; return what modules put out, the input's place, the logits."""
    seen: list[_Seen] = []
    calls: Counter[str] = Counter()
    handles = []

    def receiver(name: str) -> Callable[..., None]:
        def receive(_module: nn.Module, _given: Any, out: Any) -> None:
            call, calls[name] = calls[name], calls[name] + 1
            parts = list(tensors_of(out))
            if not parts:
                nothing = torch.empty(0)
                seen.append(
                    _Seen(name, call, ("?",), (), False, nothing.dtype, (0, 0, -1), nothing)
                )
            for path, t in parts:
                seen.append(
                    _Seen(name, call, path, tuple(t.shape), _is_plain(t), t.dtype, _key(t), t)
                )

        return receive

    def operated(name: str, call: int, t: Tensor) -> None:
        seen.append(_Seen(name, call, (), tuple(t.shape), _is_plain(t), t.dtype, _key(t), t, True))

    device, floats = device_and_type(model)
    args, kwargs = inputs.arguments(device, floats)
    try:
        with untouched(model):
            for name, module in named.items():
                handles.append(module.register_forward_hook(receiver(name)))
            input_key = _key(args[0]) if len(args) == 1 and not kwargs else (0, 0, 0)
            with operations_seen(named, operated):
                out = model(*args, **kwargs)
    except InfoplaneError:
        raise
    except Exception as error:
        told = (str(error).strip().splitlines() or [""])[0][:200]
        shapes = ", ".join(f"{k} {list(t.shape[1:])}" for k, t in inputs.tensors.items())
        raise InfoplaneError(
            f"the model cannot be run on {len(inputs)} of the inputs ({shapes} each, by place or "
            f"name): {type(error).__name__}: {told}; give what its forward takes."
        ) from error
    finally:
        for handle in handles:
            handle.remove()
    return seen, input_key, logits_of(out, output)


def _is_plain(t: Tensor) -> bool:
    return t.is_floating_point() and t.layout is torch.strided and not t.is_nested


def _key(t: Any) -> tuple[int, int, int]:
    """Return a key that living tensors share only if they hold the same memory, unchanged."""
    if not isinstance(t, Tensor) or not _is_plain(t):
        return (0, 0, -1)
    return (t.data_ptr(), t._version, t.numel())


def _matched(passes: list[tuple[list[_Seen], Any, Any]]) -> Iterable[tuple[_Seen, _Seen]]:
    """Pair what was seen in the first pass with the same in the last."""
    last = {(s.name, s.call, s.path): s for s in passes[-1][0]}
    for s in passes[0][0]:
        other = last.get((s.name, s.call, s.path))
        if other is not None:
            yield s, other


def _rows_at(shape: tuple[int, ...], other: tuple[int, ...], sizes: list[int]) -> int | None:
    """Return the axis that counts samples: all others are the same for other numbers of them."""
    for axis, length in enumerate(shape[: len(other)]):
        counts = (length, other[axis]) == (sizes[0], sizes[-1])
        if counts and _without(shape, axis) == _without(other, axis):
            return axis
    return None


def _without(shape: tuple[int, ...], axis: int | None) -> tuple[int, ...]:
    return shape if axis is None else shape[:axis] + shape[axis + 1 :]


def _name(s: _Seen, calls: int, *, short: bool = False) -> str:
    number = f"#{s.call}" if calls > 1 or s.name in (INPUT, LOGITS) else ""
    return f"{s.name}{number}" + ("" if short else "".join(f"[{key}]" for key in s.path))


def _impossible(s: _Seen, at: int | None) -> str:
    if s.path == ("?",):
        return "puts out no tensor"
    if not s.floats:
        return "holds no floating-point values"
    return f"its {list(s.shape)} has no axis of samples" if at is None else ""


def _input(inputs: Inputs) -> Layer:
    rows = inputs[:1].rows()
    counted = "counts of token ids" if inputs.words else ""
    return Layer(INPUT, counted, tuple(rows.shape[1:]), dtype=rows.dtype)


def _logits(
    result: Any, b: int, passes: list[tuple[list[_Seen], Any, Any]], sizes: list[int]
) -> Layer:
    last = passes[-1][2]
    at = None
    if isinstance(result, Tensor) and isinstance(last, Tensor) and _is_plain(result):
        at = _rows_at(tuple(result.shape), tuple(last.shape), sizes)
    if at is None:
        raise InfoplaneError(
            f"the model puts out {described(result)} for {b} samples, which is no tensor of floats "
            "with a row for each; say with output= which part of its output are the logits."
        )
    shape = _without(tuple(result.shape), at)
    return Layer(LOGITS, "", shape, rows_at=at, dtype=result.dtype)


def _thinned(layers: list[Layer]) -> list[Layer]:
    """Leave out every second, or third, … of more layers than can be looked at."""
    watched = [layer.name for layer in layers if not layer.note]
    step = -(-len(watched) // MOST_LAYERS)
    if step == 1:
        return layers
    remaining = {*watched[::step], INPUT, LOGITS}
    note = f"one of {step} of {len(watched)} layers is watched; name those you want"
    return [replace(x, note=note) if not x.note and x.name not in remaining else x for x in layers]
