"""Capture the activations of named layers through hooks, without a trace left on the model."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.information.core.arrays import refuse_unusual
from infoplane.names import INPUT, LOGITS

Visitor = Callable[[slice, Tensor], None]
"""Takes the rows of a chunk and its activations ``[n, d]``, or ``[K, n, d]`` of a stack."""


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put every module in eval mode and give each its own mode back, also after an error."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def hooked(model: nn.Module, receivers: Mapping[str, Callable[[Any], None]]) -> Iterator[None]:
    """Call a receiver with the output of each named module; no hook outlives the block."""
    handles = []
    try:
        for name, receive in receivers.items():
            module = model if name == LOGITS else model.get_submodule(name)
            handles.append(
                module.register_forward_hook(lambda _m, _i, out, receive=receive: receive(out))
            )
        yield
    finally:
        for handle in handles:
            handle.remove()


def layer_names(model: nn.Module, example: Tensor) -> list[str]:
    """Return the layers that can be watched, in the order in which they run.

    The input, then the leaf modules (of a stack: its layers) whose output is a tensor with one row
    a sample, then the logits, which are the output of the model. Modules called more than once in
    a pass and the one whose output is the model's own are left out.
    """
    candidates = [name for name, _ in model.named_modules() if name and _is_layer(model, name)]
    seen: list[tuple[str, Any]] = []
    receivers = {
        name: (lambda out, name=name: seen.append((name, out))) for name in [*candidates, LOGITS]
    }
    with torch.inference_mode(), evaluating(model), hooked(model, receivers):
        model(example)
    calls = Counter(name for name, _ in seen)
    output = seen[-1][1]
    return [
        INPUT,
        *(
            name
            for name, out in seen[:-1]
            if calls[name] == 1 and out is not output and isinstance(out, Tensor) and out.ndim > 1
        ),
        LOGITS,
    ]


def check_layers(names: tuple[str, ...], layers: list[str]) -> list[str]:
    """Return the layers asked for in the order of the network; all where none is named."""
    for name in names:
        if name not in layers:
            near = difflib.get_close_matches(name, layers, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise InfoplaneError(f"no layer {name!r}{hint}; give some of: {', '.join(layers)}.")
    return [name for name in layers if not names or name in names]


def stream(
    model: nn.Module, inputs: Tensor, visitors: Mapping[str, Visitor], *, chunk: int
) -> None:
    """Run the model over inputs in chunks and hand each named layer's activations to its visitor.

    No activation is kept: a visitor that wants them whole copies them. The model is in eval mode,
    without gradients, and is left as it was.

    Args:
        model: any module; a stack has ``members`` K, and ``samples_at``, which says whether its
            hidden layers put out ``[K, width, n]`` (2) or ``[K, n, ...]`` (1); its logits are
            ``[K, classes, n]``.
        inputs: ``[n, ...]``.
        visitors: by layer name; ``input`` and ``logits`` are layers too.
        chunk: samples a pass.

    Raises:
        InfoplaneError: where a layer's output is not one tensor with a row for each sample.
    """
    device = next((p.device for p in model.parameters()), inputs.device)
    here = slice(0, 0)

    def receiver(name: str, visit: Visitor) -> Callable[[Any], None]:
        at = rows_at(model, name)
        return lambda out: visit(here, as_rows(out, name, here.stop - here.start, rows_at=at))

    receivers = {n: receiver(n, visit) for n, visit in visitors.items() if n != INPUT}
    with torch.inference_mode(), evaluating(model), hooked(model, receivers):
        for start in range(0, len(inputs), chunk):
            here = slice(start, min(start + chunk, len(inputs)))
            part = inputs[here].to(device)
            if INPUT in visitors:
                visitors[INPUT](here, part.flatten(1))
            if receivers:
                model(part)


def rows_at(model: nn.Module, name: str) -> int:
    """Return which dimension of a layer's output counts samples."""
    if not hasattr(model, "members"):
        return 0
    return 2 if name == LOGITS else getattr(model, "samples_at", 2)


def as_rows(
    output: Any, name: str, n: int, *, rows_at: int
) -> Float[Tensor, "n d"] | Float[Tensor, "k n d"]:
    """Return a layer's output with one row a sample, float32 or float64."""
    if not isinstance(output, Tensor) or output.ndim <= rows_at or output.shape[rows_at] != n:
        got = list(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise InfoplaneError(
            f"layer {name!r} puts out {got} for {n} samples; watch a layer that gives one tensor "
            "with a row for each sample."
        )
    refuse_unusual(output, f"layer {name!r}")
    rows = output.mT if rows_at == 2 else output.flatten(rows_at + 1)
    return rows if rows.dtype in (torch.float32, torch.float64) else rows.float()


def _is_layer(model: nn.Module, name: str) -> bool:
    """Whether a module is watched by default: a layer of a stack, or a leaf elsewhere."""
    if hasattr(model, "members"):
        return "." not in name
    return not any(model.get_submodule(name).children())
