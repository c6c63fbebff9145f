"""Samples that an estimator can take: rows of finite numbers, one label or value for each."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.errors import InfoplaneError, NonFiniteError


def finite_rows(t: Tensor, name: str, *, at_least: int = 1) -> Float[Tensor, "n d"]:
    """Return samples [n] or [n, ...] as rows [n, d] of floats, refusing too few or not finite."""
    if t.ndim == 0 or len(t) < at_least or t.numel() == 0:
        raise InfoplaneError(
            f"{name} has shape {list(t.shape)}; give {at_least} or more samples of one or more "
            "numbers, along the first axis."
        )
    rows = t.reshape(len(t), -1)
    rows = rows if rows.is_floating_point() else rows.double()
    if not torch.isfinite(rows.sum()) and not torch.isfinite(rows).all():
        raise NonFiniteError(f"{name} has values that are NaN or infinite; give finite ones.")
    return rows


def check_pairs(t: Tensor, y: Tensor) -> None:
    """Refuse two sets of samples that differ in length."""
    if len(t) != len(y):
        raise InfoplaneError(f"t has {len(t)} samples and y has {len(y)}; give one y for each t.")


def class_numbers(t: Tensor, y: Tensor) -> Tensor:
    """Return labels [n] as 0, 1, …, one for each row of t, on the device of t."""
    if y.ndim != 1 or y.is_floating_point():
        raise InfoplaneError(
            f"y is {str(y.dtype).removeprefix('torch.')} of shape {list(y.shape)}; give whole "
            "numbers [n], the classes."
        )
    check_pairs(t, y)
    return torch.unique(y, return_inverse=True)[1].to(t.device)
