"""Rows that are equal: each is searched from once, as a tree looks at all its copies every time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from infoplane.information.core.samples import row_hashes

MANY = 0.1  # of the rows are copies: from here on they are searched from once


def copies_of(points: Float[Tensor, "n d"]) -> Int[np.ndarray, " n"] | None:
    """Return a number for each row, the same for equal ones; None where few are."""
    hashes = row_hashes(points).numpy()
    distinct, numbers = np.unique(hashes, return_inverse=True)
    return numbers if len(distinct) < (1 - MANY) * len(hashes) else None


def few_copies(numbers: Int[np.ndarray, " n"], most: int) -> Int[np.ndarray, " m"]:
    """Return the places of at most so many copies of each row."""
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    first = np.searchsorted(ordered, ordered)  # the place of the first copy of each
    return np.sort(order[np.arange(len(order)) - first < most])


def of_distinct(
    keys: tuple[Shaped[np.ndarray, " n"], ...],
    search: Callable[[Int[np.ndarray, " m"]], Shaped[np.ndarray, " m"]],
) -> Shaped[np.ndarray, " n"]:
    """Return the result of a search from each row, which is made once where all keys are equal.

    Args:
        keys: what the result depends on.
        search: makes it from the rows at some places.
    """
    order = np.lexsort(keys)
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[order[1:]] != key[order[:-1]]
    results = search(order[new])
    found = np.empty(len(order), dtype=results.dtype)
    found[order] = results[np.cumsum(new) - 1]
    return found
