"""Labels of any kind, as classes 0, 1, …: lists, arrays, tensors, text, one-hot rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.arrays import as_array as as_samples


class Classes(NamedTuple):
    """Several sets of labels as classes, numbered together."""

    sets: list[Int[Tensor, " n"] | None]
    names: list[Any]
    """Of each class, as it was given."""

    @property
    def are_outputs(self) -> bool:
        """Whether labels were whole numbers from 0 on, as losses of torch take them."""
        numbers = [n for n in self.names if isinstance(n, int) and not isinstance(n, bool)]
        return len(numbers) == len(self.names) and min(numbers, default=-1) >= 0


def as_classes(named_labels: Sequence[tuple[str, Any]]) -> Classes:
    """Return sets of labels, each under its name, as classes that are numbered together.

    Args:
        named_labels: names, and labels: anything one-dimensional, or one-hot rows; None stays None.

    Raises:
        InfoplaneError: for values that are no labels, and where some are text and others numbers.
    """
    arrays = [(name, as_array(name, labels)) for name, labels in named_labels if labels is not None]
    kinds = {name: values.dtype.kind == "U" for name, values in arrays}
    if len(set(kinds.values())) > 1:
        of = {True: "text", False: "numbers"}
        forms = " and ".join(f"{name} are {of[text]}" for name, text in kinds.items())
        raise InfoplaneError(f"{forms}; give all labels in the same form.")
    together = np.concatenate([values for _, values in arrays]) if arrays else np.zeros(0, int)
    names, numbers = np.unique(together, return_inverse=True)
    numbers = torch.from_numpy(numbers.astype(np.int64))
    parts = iter(numbers.split([len(values) for _, values in arrays])) if arrays else iter(())
    sets = [None if labels is None else next(parts) for _, labels in named_labels]
    return Classes(sets, names.tolist())


def as_array(name: str, labels: Any) -> np.ndarray:
    """Return labels as an array [n] of whole numbers or text.

    Raises:
        InfoplaneError: where they are neither, or there are several for each example.
    """
    if isinstance(labels, str | bytes) or not hasattr(labels, "__len__"):
        raise InfoplaneError(
            f"{name} is {type(labels).__name__}; give one label for each example, as a list, an "
            "array or a tensor."
        )
    values = as_samples(labels, name)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2:
        values = _of_one_hot(name, values)
    if values.ndim != 1:
        raise InfoplaneError(
            f"{name} has the shape {list(values.shape)}; give one label for each example."
        )
    return _discrete(name, values)


def _of_one_hot(name: str, rows: np.ndarray) -> np.ndarray:
    """Return the place of the one in every row."""
    if rows.dtype.kind in "biuf" and ((rows == 0) | (rows == 1)).all():
        if (rows.sum(axis=1) == 1).all():
            return rows.argmax(axis=1)
        raise InfoplaneError(
            f"{name} has rows of {rows.shape[1]} values of which several or none are 1: several "
            "labels an example are not measured together; give one column of them at a time."
        )
    raise InfoplaneError(
        f"{name} has the shape {list(rows.shape)} and is not one-hot; give one label for each "
        "example, as a column of class numbers or names."
    )


def _odd(values: np.ndarray) -> float:
    """Return the first value that is no whole number."""
    return values[~(np.isfinite(values) & (values == np.round(values)))][0]


def _discrete(name: str, values: np.ndarray) -> np.ndarray:
    if values.dtype.kind in "biu":
        return values.astype(np.int64)
    if values.dtype.kind in "US":
        return values.astype(str)
    if values.dtype.kind == "f":
        if np.isfinite(values).all() and (values == np.round(values)).all():
            return values.astype(np.int64)
        raise InfoplaneError(
            f"{name} holds values such as {_odd(values):g} that are no classes, or missing ones; "
            "give class numbers or names (of a continuous target, say, its quartile)."
        )
    if values.dtype.kind == "O" and all(isinstance(value, str) for value in values):
        return values.astype(str)
    if values.dtype.kind == "O" and all(isinstance(e, int | np.integer) for e in values):
        return values.astype(np.int64)
    if values.dtype.kind == "O" and all(isinstance(e, Tensor) and e.ndim == 0 for e in values):
        return _discrete(name, np.array([e.item() for e in values]))
    odd = next((e for e in values if not isinstance(e, str | int)), values[:1])
    raise InfoplaneError(
        f"{name} holds {type(odd).__name__} ({odd!r:.40}); give class numbers or names, one for "
        "each example."
    )
