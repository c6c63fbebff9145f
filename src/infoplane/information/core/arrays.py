"""Anything a user may hold, array, tensor or list, as rows of floats and as labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Num
from torch import Tensor

from infoplane.errors import InfoplaneError

REPEATING = 0.01  # of the rows: with more of them equal to another, there are atoms
FIRST = 8  # columns: rows that they tell apart need no others


def as_rows(values: Any, name: str) -> Float[Tensor, "n d"]:
    """Return samples as rows of floats."""
    t = values.detach() if isinstance(values, Tensor) else _numbers(values, name)
    if t.ndim == 0:
        raise InfoplaneError(f"{name} is a single number; give samples along the first axis.")
    if len(t) == 0:
        raise InfoplaneError(f"{name} has no samples to measure; give at least one.")
    if not t.is_floating_point():
        t = t.to(torch.float64)
    elif t.dtype in (torch.float16, torch.bfloat16):
        t = t.to(torch.float32)
    return t.reshape(len(t), -1)


def _numbers(values: Any, name: str) -> Tensor:
    """Return what is no tensor yet as one."""
    try:
        return torch.as_tensor(np.asarray(values))
    except (TypeError, ValueError) as error:
        raise InfoplaneError(
            f"{name} holds text, objects or rows of different lengths; give samples × units."
        ) from error


def as_labels(y: Any) -> np.ndarray | None:
    """Return labels, None where these are continuous values."""
    values = y.detach().cpu() if isinstance(y, Tensor) else y
    if isinstance(values, Tensor) and values.is_floating_point():
        return None
    try:
        values = np.asarray(values)
    except ValueError:  # rows of different lengths
        return None
    return values if values.ndim == 1 and values.dtype.kind in "iubUSO" else None


def as_labels_or_rows(y: Any) -> Tensor:
    """Return labels as 0, 1, … [n], anything continuous as rows [n, c]."""
    labels = as_labels(y)
    if labels is None:
        return as_rows(y, "y")
    return torch.from_numpy(np.unique(labels, return_inverse=True)[1].astype(np.int64))


def has_atoms(rows: Float[Tensor, "n d"]) -> bool:
    """Whether more than a few rows are equal to another."""
    return repeat(rows, REPEATING)


def repeat(rows: Num[Tensor, "n d"], share: float) -> bool:
    """Whether more than a share of the rows are equal to another."""
    return all(
        len(some) - len(torch.unique(row_hashes(some))) > share * len(some)
        for some in (rows[:, :FIRST], rows)
    )


def row_hashes(rows: Num[Tensor, "n d"]) -> Int[Tensor, " n"]:
    """Hash the bits of each row, on the processor: equal rows (and only they) are equal.

    The bits of a float are folded first: those of small whole numbers end in zeros, and their
    multiples would fall on each other.
    """
    random = torch.Generator().manual_seed(0)
    odd = 2 * torch.randint(1 << 62, (rows.shape[1],), generator=random) + 1
    hashes = []
    for part in rows.detach().cpu().split(4096):
        bits = (part.double() + 0.0).view(torch.int64)
        hashes.append(((bits ^ (bits >> 31)) * odd).sum(dim=1))
    return torch.cat(hashes)
