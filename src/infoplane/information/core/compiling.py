"""Compile a function of tensors once it has done enough work for that to pay."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

PAYS_AFTER = 3_000_000_000  # values handled eagerly: by then compiling would have cost less
BLOCK = 1 << 18  # values an eager call handles at once: their copies stay in the cache
GPU_BLOCK = 1 << 25  # on a GPU, which has no such cache: few calls, of 1 GB of copies


class Fused:
    """A function that gives the same values eagerly and, after much work, compiled.

    Compiling takes seconds, so it waits until as long has been spent without it; where there is no
    compiler the function stays eager. Only for functions whose compiled values are exactly the
    same, as those of integers are.

    Args:
        function: takes a tensor [..., n, d] and others; returns a tuple of tensors [..., n].
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.handled = 0
        self._compiled: Callable[..., Any] | None = None
        self._works = True

    def __call__(self, t: Tensor, *others: Tensor) -> Any:
        """Call the function, by whichever way is cheaper from here on."""
        if not self._works or self.handled < PAYS_AFTER:
            self.handled += t.numel()
            return self._by_blocks(t, *others)
        try:
            if self._compiled is None:
                self._compiled = torch.compile(self.function, dynamic=True)
            with warnings.catch_warnings():  # the compiler's, of code that is not the user's
                warnings.simplefilter("ignore")
                return self._compiled(t, *others)
        except Exception:  # whatever a missing or broken compiler raises: the eager way is there
            self._works = False
            return self._by_blocks(t, *others)

    def _by_blocks(self, t: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
        block = GPU_BLOCK if t.is_cuda else BLOCK
        rows = max(1, block * t.shape[-2] // max(t.numel(), 1))
        # Results are whole from the start: small results left between freed blocks keep the
        # allocator from using those again, and memory grew to twice the tensor.
        whole: tuple[Tensor, ...] = ()
        for start in range(0, t.shape[-2], rows):
            parts = self.function(t[..., start : start + rows, :], *others)
            whole = whole or tuple(part.new_empty(t.shape[:-1]) for part in parts)
            for result, part in zip(whole, parts, strict=True):
                result[..., start : start + rows] = part
        return whole
