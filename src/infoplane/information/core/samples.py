"""Samples as estimators take them: arrays as rows, labels and values, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Sized
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Num
from torch import Tensor

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.core.arrays import as_array, as_tensor, check_units

REPEATING = 0.01  # of the rows: with more of them equal to another, there are atoms
FIRST = 8  # columns: rows that they tell apart need no others


def as_rows(values: Any, name: str) -> Float[Tensor, "n d"]:
    """Return samples as rows of floats.

    Raises:
        InfoplaneError: for what is no numbers, no samples or no units (see ``core.arrays``).
    """
    t = as_tensor(values, name)
    if t.ndim == 0:
        raise InfoplaneError(f"{name} is a single number; give samples along the first axis.")
    if len(t) == 0:
        raise InfoplaneError(f"{name} has no samples to measure; give at least one.")
    if not t.is_floating_point():
        t = t.to(torch.float64)
    check_units(t, name)
    return t.reshape(len(t), -1)


def as_labels(y: Any, name: str = "y") -> np.ndarray | None:
    """Return labels, None where these are continuous values.

    Raises:
        InfoplaneError: for objects that are not all text or all whole numbers.
    """
    values = as_array(y, name)
    if values.ndim != 1 or values.dtype.kind not in "iubUSO":
        return None
    return _of_objects(values, name) if values.dtype.kind == "O" else values


def _of_objects(values: np.ndarray, name: str) -> np.ndarray:
    """Return labels that an array of objects holds: all text, or all whole numbers."""
    for kinds, dtype in (((str,), np.str_), ((int, np.integer), np.int64)):
        if all(isinstance(value, kinds) for value in values):
            return values.astype(dtype)
    odd = next((v for v in values if not isinstance(v, str | int)), values[0])
    raise InfoplaneError(
        f"{name} holds {type(odd).__name__} ({odd!r:.40}); give class numbers or names, one for "
        "each sample, or continuous values as numbers."
    )


def as_labels_or_rows(y: Any) -> Tensor:
    """Return labels as 0, 1, … [n], anything continuous as rows [n, c]."""
    labels = as_labels(y)
    if labels is None:
        return as_rows(y, "y")
    return torch.from_numpy(np.unique(labels, return_inverse=True)[1].astype(np.int64))


def class_labels(values: Any, name: str) -> Int[Tensor, " n"]:
    """Return labels of any kind as 0, 1, …; whole numbers may be floats.

    Raises:
        InfoplaneError: for fractions, missing ones, and several for each sample.
    """
    array = as_array(values, name)
    if array.dtype.kind == "f" and array.ndim == 1:
        fractions = array[~(np.isfinite(array) & (array == np.round(array)))]
        if len(fractions):
            raise InfoplaneError(
                f"{name} holds values such as {fractions[0]:g} that are no classes; give class "
                "numbers or names (of a continuous target, say, its quartile)."
            )
        array = array.astype(np.int64)
    labels = as_labels(array, name)
    if labels is None or not len(labels):
        raise InfoplaneError(
            f"{name} has the shape {list(array.shape)}; give one label for each sample."
        )
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


def check_lengths(t: Sized, y: Sized, name: str = "y") -> None:
    """Refuse samples that are not paired."""
    if len(t) != len(y):
        raise InfoplaneError(f"t has {len(t)} samples and {name} has {len(y)}; give as many.")


def check_pairs(t: Tensor, y: Tensor, *, least: int = 2) -> None:
    """Refuse samples that differ in number, are fewer than ``least`` or are not finite."""
    check_lengths(t, y)
    check_samples(t, "t", least=least)
    check_samples(y, "y", least=least)


def check_samples(t: Tensor, name: str = "t", *, least: int = 2) -> None:
    """Refuse fewer samples than ``least``, and values that are not finite."""
    if len(t) < least:
        raise InfoplaneError(f"{name} has {len(t)} samples; give {least} or more.")
    check_finite(t, name)


def check_finite(t: Tensor, name: str = "t") -> None:
    """Refuse values that are not finite; the sum tells all but those that overflow."""
    if t.is_floating_point() and not torch.isfinite(t.sum()) and not torch.isfinite(t).all():
        raise NonFiniteError(f"{name} has values that are NaN or infinite; give finite ones.")


def check_choice(argument: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a name that is not known."""
    if value not in allowed:
        raise InfoplaneError(f"{argument} is {value!r}; give one of: {', '.join(allowed)}.")


def check_positive(argument: str, value: float) -> None:
    """Refuse a number that is zero, negative or not finite."""
    if not (value > 0 and math.isfinite(value)):
        raise InfoplaneError(f"{argument} is {value}; give a finite number above 0.")


def is_discrete(y: Tensor) -> bool:
    """Tell labels [n], whole numbers, from continuous values."""
    return not y.is_floating_point()


def flat(t: Tensor) -> Float[Tensor, "n d"]:
    """Return samples as rows: [n] as one column, [n, c, h, w] as c h w columns."""
    return t.reshape(len(t), -1)


def finite_rows(t: Tensor, name: str, *, at_least: int = 1) -> Float[Tensor, "n d"]:
    """Return samples [n] or [n, ...] as rows [n, d] of floats, refusing too few or not finite."""
    if t.ndim == 0 or len(t) < at_least or t.numel() == 0:
        raise InfoplaneError(
            f"{name} has shape {list(t.shape)}; give {at_least} or more samples of one or more "
            "numbers, along the first axis."
        )
    rows = t.reshape(len(t), -1)
    check_finite(rows, name)
    return rows if rows.is_floating_point() else rows.double()


def class_numbers(t: Tensor, y: Tensor) -> Tensor:
    """Return labels [n] as 0, 1, …, one for each row of t, on the device of t."""
    if y.ndim != 1 or y.is_floating_point():
        raise InfoplaneError(
            f"y is {str(y.dtype).removeprefix('torch.')} of shape {list(y.shape)}; give whole "
            "numbers [n], the classes."
        )
    check_lengths(t, y)
    return torch.unique(y, return_inverse=True)[1].to(t.device)


def renumbered(y: Tensor) -> tuple[Int[Tensor, " n"], Int[Tensor, " c"]]:
    """Return labels as 0, 1, …, and how many samples each class has."""
    _, labels, counts = torch.unique(y.flatten(), return_inverse=True, return_counts=True)
    return labels, counts


def entropy_ceiling(y: Tensor) -> float:
    """Return H(Y) of labels, above which nothing can be known of them, bits; inf for values."""
    return label_entropy(renumbered(y)[1]) if is_discrete(y) else math.inf


def label_entropy(counts: Int[Tensor, " c"]) -> float:
    """Return H(Y), plug-in, bits."""
    p = counts.double() / counts.sum()
    return float(torch.special.entr(p).sum()) / math.log(2)
