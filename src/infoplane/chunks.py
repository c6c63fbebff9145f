"""How many examples a pass takes: what a processor's cache holds, or what a GPU's memory does."""

from __future__ import annotations

import torch

FLOAT = 4  # bytes
SHARE = 64  # of a GPU's memory, this part for the widest layer: a pass keeps all of them


def examples_at_once(
    device: torch.device | None, values: int, *, cached: int, most: int, least: int = 1
) -> int:
    """Return the examples of a pass.

    On a GPU they depend on the memory it has, not on what is free: sums are taken in the same order
    whatever else runs there.

    Args:
        device: where the network is, None of one without weights.
        values: of its widest layer, of one example, of all members.
        cached: values of that layer at most, elsewhere than on a GPU.
        most: examples at most, elsewhere than on a GPU.
        least: examples at least.
    """
    if device is not None and device.type == "cuda":
        memory = torch.cuda.get_device_properties(device).total_memory
        return max(least, memory // (SHARE * FLOAT * values))
    return max(least, min(most, cached // values))
