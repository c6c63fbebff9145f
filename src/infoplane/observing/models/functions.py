"""Operations without a module, as F.relu and +: seen while they run, by the module they run in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Receive = Callable[[str, int, Any], None]
"""Takes the name of an operation, which of its calls in the pass it is, and what it puts out."""

ARITHMETIC = "add sub mul div matmul bmm mm einsum cat stack where maximum minimum clamp mean amax"
ACTIVATIONS = (
    "relu relu6 gelu silu elu selu celu leaky_relu prelu mish softplus hardtanh hardswish sigmoid "
    "tanh softmax log_softmax glu scaled_dot_product_attention"
)
LAYERS = (
    "linear embedding conv1d conv2d conv3d conv_transpose1d conv_transpose2d interpolate normalize "
    "layer_norm batch_norm group_norm instance_norm rms_norm max_pool1d max_pool2d max_pool3d "
    "avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool2d"
)
OPERATIONS = f"{ARITHMETIC} {ACTIVATIONS} {LAYERS}"
HOLDERS = (functional, torch, Tensor, torch._C._nn)  # pyright: ignore[reportAttributeAccessIssue]


def _by_function() -> dict[Any, str]:
    """Return the name of every function that is such an operation: also in place, and +."""
    names = {}
    for name in OPERATIONS.split():
        plain = {"div": "truediv"}.get(name, name)
        forms = (name, f"{name}_", f"__{plain}__", f"__r{plain}__", f"__i{plain}__")
        for holder in HOLDERS:
            for form in forms:
                function = getattr(holder, form, None)
                if callable(function):
                    names[function] = name
    return names


NAMES = _by_function()


class _Operations(TorchFunctionMode):
    """Hands over what operations put out, unless it is torch's own module that runs them."""

    def __init__(self, receive: Receive) -> None:
        super().__init__()
        self.receive = receive
        self.calls: Counter[str] = Counter()
        self.running: list[tuple[str, bool]] = [("", False)]

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        operation = NAMES.get(func)
        module, of_torch = self.running[-1]
        if operation is not None and not of_torch and isinstance(out, Tensor):
            name = f"{module}.{operation}()".lstrip(".")
            call, self.calls[name] = self.calls[name], self.calls[name] + 1
            self.receive(name, call, out)
        return out


@contextmanager
def operations_seen(named: Mapping[str, nn.Module], receive: Receive) -> Iterator[None]:
    """Hand over what operations put out in a pass: ``blocks.0.add()``, ``relu()`` of the network.

    Args:
        named: the modules of the network, by name.
        receive: is given each.
    """
    seen = _Operations(receive)
    handles = []

    def entered(name: str, of_torch: bool) -> Callable[..., None]:
        return lambda *_: seen.running.append((name, of_torch))

    def left(*_: Any) -> None:
        seen.running.pop()

    try:
        for name, module in named.items():
            of_torch = type(module).__module__.startswith("torch.")
            handles.append(module.register_forward_pre_hook(entered(name, of_torch)))
            handles.append(module.register_forward_hook(left))
        with seen:
            yield
    finally:
        for handle in handles:
            handle.remove()
