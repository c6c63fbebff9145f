"""Fewer units than a layer has, from which distances can still be told."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds


def sketch(t: Float[Tensor, "*k n d"], width: int) -> Float[Tensor, "*k n width"]:
    """Add up the units of a layer, each with a random sign, in ``width`` random groups.

    Inner products, and so squared distances, keep their expectation; the relative standard
    deviation of a squared distance is at most about √(2 / width) where no few units dominate it.
    The map is linear, fixed by d and ``width``, and acts on each row alone. Since it is a function
    of the layer, what a decoder reads of the sketch is still a lower bound for the layer.

    Returns the layer itself where it has no more than ``width`` units.

    Cost: two reads of the layer.

    Source: count sketch, Charikar et al. 2002; feature hashing, Weinberger et al. 2009 (lemma 2).
    """
    d = t.shape[-1]
    if d <= width:
        return t
    order, signs = _drawn(d, width, t.device)
    rows = (t * signs.to(t.dtype))[..., order]  # units of one group are width apart
    whole = d - d % width
    sums = rows[..., :whole].unflatten(-1, (-1, width)).sum(dim=-2)
    sums[..., : d - whole] += rows[..., whole:]
    return sums


@lru_cache(maxsize=64)
def _drawn(
    d: int, width: int, device: torch.device
) -> tuple[Int[Tensor, " d"], Float[Tensor, " d"]]:
    generator = seeds.generator(0, "sketch", d, width)
    order = torch.randperm(d, generator=generator)
    signs = torch.randint(2, (d,), generator=generator) * 2.0 - 1
    return order.to(device), signs.to(device)
