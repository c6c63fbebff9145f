"""Hooks on the calls of modules: each layer is one call, or a part of what it puts out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from infoplane.observing.models.layers import Layer
from infoplane.observing.models.outputs import at


@contextmanager
def calls_hooked(layers: list[Layer], keep: Callable[[Layer, Any], None]) -> Iterator[None]:
    """Hand over what each layer puts out in its call; no hook outlives the block."""
    by_module: dict[nn.Module, list[Layer]] = defaultdict(list)
    for layer in layers:
        assert layer.module is not None
        by_module[layer.module].append(layer)
    calls: Counter[nn.Module] = Counter()
    handles = []

    def receive(module: nn.Module, _given: Any, out: Any) -> None:
        for layer in by_module[module]:
            if layer.call == calls[module]:
                keep(layer, at(out, layer.path))
        calls[module] += 1

    try:
        for module in by_module:
            handles.append(module.register_forward_hook(receive))  # noqa: PERF401
        yield
    finally:
        for handle in handles:
            handle.remove()
