"""The network inside its wrappers, and passes through it that leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

from infoplane.errors import InfoplaneError
from infoplane.observing.capture import evaluating
from infoplane.seeds import random_state_kept

COMPILED = "_orig_mod"
PARALLEL = (nn.DataParallel, nn.parallel.DistributedDataParallel)


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the network inside torch.compile, DataParallel and DistributedDataParallel.

    Raises:
        InfoplaneError: where it is no module, or has parameters that are not made yet.
    """
    if not isinstance(model, nn.Module):
        raise InfoplaneError(
            f"model is {type(model).__name__}; give a torch.nn.Module, the network itself."
        )
    while True:
        inner = getattr(model, COMPILED, None)
        if isinstance(inner, nn.Module):
            model = inner
        elif isinstance(model, PARALLEL):
            model = model.module
        else:
            break
    lazy = [n for n, p in model.named_parameters() if isinstance(p, nn.UninitializedParameter)]
    if lazy:
        raise InfoplaneError(
            f"parameter {lazy[0]!r} of the model is not made yet (a lazy module); run the model "
            "once on a batch before it is watched."
        )
    return model


def clean_name(name: str) -> str:
    """Return a module's name without the prefixes of wrappers inside the network."""
    return ".".join(part for part in name.split(".") if part != COMPILED)


def device_and_type(model: nn.Module) -> tuple[torch.device | None, torch.dtype | None]:
    """Return where the model is and which floats it computes with; None of one without weights."""
    for values in (model.parameters(), model.buffers()):
        for tensor in values:
            if tensor.is_floating_point():
                return tensor.device, tensor.dtype
    return None, None


@contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Run a model in evaluation, without gradients, and leave it and all randomness as they were.

    Gradients are switched off and not inference mode on: what a model keeps of a pass, as tables of
    positions, it could not train with afterwards. Compiled parts run as they are written.
    """
    device, _ = device_and_type(model)
    with ExitStack() as stack:
        stack.enter_context(random_state_kept(device))
        stack.enter_context(_buffers_kept(model))
        stack.enter_context(evaluating(model))
        stack.enter_context(torch.no_grad())
        if is_compiled(model):
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        yield


@contextmanager
def _buffers_kept(model: nn.Module) -> Iterator[None]:
    """Give every buffer its own tensor and values back, where a pass has changed them."""
    copies = [
        (module, name, buffer, buffer.detach().clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    try:
        yield
    finally:
        for module, name, buffer, values in copies:
            if not _same(buffer, values):
                with torch.no_grad():
                    buffer.copy_(values)
            module._buffers[name] = buffer


def _same(a: Tensor, b: Tensor) -> bool:
    return torch.equal(a.isnan(), b.isnan()) and torch.equal(a.nan_to_num(), b.nan_to_num())


def is_compiled(model: nn.Module) -> bool:
    """Return whether a network is compiled, whole or in part: hooks on it break its graph."""
    return any(
        hasattr(module, COMPILED) or getattr(module, "_compiled_call_impl", None) is not None
        for module in model.modules()
    )
