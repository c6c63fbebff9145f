"""Whether a network is compiled, whole or in part."""

from __future__ import annotations

from torch import nn


def is_compiled(model: nn.Module) -> bool:
    """Return whether hooks on a network would break a compiled graph, or see nothing."""
    return getattr(model, "_compiler_ctx", None) is not None or any(  # Lightning's own mark
        hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None
        for module in model.modules()
    )
