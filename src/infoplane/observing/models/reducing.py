"""From activations of several positions, channels or tokens to one row of units a sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError

Reduction = Literal["flatten", "mean", "max", "positions", "first", "last", "all"]
How = str | Callable[..., Any]
NAMES = get_args(Reduction)


def check_reduction(how: Any) -> How:
    """Return a reduction.

    Raises:
        InfoplaneError: for a name that is not known.
    """
    if not callable(how) and how not in NAMES:
        raise InfoplaneError(
            f"reduce is {how!r}; give one of {', '.join(NAMES)}, a function of a layer's "
            "[n, ...] that returns [n, units], or a dictionary of these by layer."
        )
    return how


def reduced(
    t: Tensor, how: How, *, channels_at: int, seed: int, rows: slice, mask: Tensor | None = None
) -> Float[Tensor, "n d"]:
    """Return one row a sample.

    Args:
        t: activations [n, ...], of 3 axes [n, tokens, d] or [n, channels, l], of 4 [n, c, h, w].
        how: "flatten" and "all" keep every value; "mean", "max" are taken over positions or tokens
            of each channel; "positions" reads one position of each sample, drawn once for all; with
            "first" and "last" it is a token's. Samples without positions are as they are.
        channels_at: the axis of channels: 1 or -1.
        seed: of the positions drawn.
        rows: which samples these are, of all.
        mask: which tokens there are [n, tokens]; others are left out of "mean", "max" and "last".
    """
    if callable(how):
        return _as_rows(how(t), len(t))
    if t.ndim < 3 or how in ("flatten", "all"):
        return t.reshape(len(t), -1)
    values = t.movedim(channels_at, -1).flatten(1, -2)  # [n, positions, channels]
    n, count, _ = values.shape
    if mask is None or mask.shape != (n, count) or t.ndim > 3:
        mask = torch.ones(n, count, dtype=torch.bool, device=t.device)
    mask = mask.to(t.device).bool()
    every = torch.arange(n, device=t.device)
    match how:
        case "mean":
            weights = mask[..., None].to(values.dtype)
            return (values * weights).sum(dim=1) / weights.sum(dim=1).clamp_min(1)
        case "max":
            return values.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)
        case "positions":
            order = _scores(rows, count, seed).to(t.device)
            return values[every, order.masked_fill(~mask, -1).argmax(dim=1)]
    if t.ndim > 3:  # an image has no first token
        return t.reshape(n, -1)
    if how == "first":
        return values[every, mask.int().argmax(dim=1)]
    return values[every, count - 1 - mask.flip(1).int().argmax(dim=1)]


def _scores(rows: slice, count: int, seed: int) -> Float[Tensor, "n p"]:
    """Return the random score of every position of these samples, whatever chunk they are in."""
    return torch.stack(
        [
            torch.rand(count, generator=seeds.generator(seed, "positions", i))
            for i in range(rows.start, rows.stop)
        ]
    )


def _as_rows(values: Any, n: int) -> Tensor:
    if not isinstance(values, Tensor) or values.ndim < 1 or len(values) != n:
        got = list(values.shape) if isinstance(values, Tensor) else type(values).__name__
        raise InfoplaneError(
            f"the function given as reduce returned {got} for {n} samples; return a tensor "
            "[n, units]."
        )
    return values.reshape(n, -1)
