"""The examples a network is watched on: inputs and labels of any kind, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from infoplane import seeds
from infoplane.data.split import Split, balanced_subset
from infoplane.errors import InfoplaneError
from infoplane.names import TEST, TRAIN
from infoplane.observing.models.inputs import Inputs, as_inputs, labels_key
from infoplane.user_models.datasets import is_dataset, read, size_of
from infoplane.user_models.labels import Classes, as_array, as_classes
from infoplane.user_models.planting import Planted


@dataclass(frozen=True)
class Examples:
    """Examples of one part, with their labels as classes."""

    subset: str  # train | test
    inputs: Inputs
    labels: Int[Tensor, " n"]
    seen: Int[Tensor, " n"] | None
    """The labels trained on; None where they are not known to differ."""
    planted: Tensor | None
    """Which labels were flipped on purpose."""
    of: int | None
    """How many there were, of which these are some; None of a stream."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def wrong(self) -> int:
        """How many seen labels are not the true ones."""
        return 0 if self.seen is None else int((self.seen != self.labels).sum())

    def some(self, index: Tensor) -> Examples:
        """Return the examples at some places."""
        seen = None if self.seen is None else self.seen[index]
        planted = None if self.planted is None else self.planted[index]
        return replace(
            self, inputs=self.inputs[index], labels=self.labels[index], seen=seen, planted=planted
        )

    def balanced(self, size: int, seed: int, part: int) -> Examples:
        """Return a seeded subset, balanced by label; of planted labels those that were flipped."""
        candidates = self
        if self.planted is not None:
            candidates = self.some(torch.nonzero(self.planted).flatten())
        n, y = len(candidates), candidates.labels
        split = Split(torch.zeros(n), y, y, torch.arange(n), int(y.max()) + 1)
        draw = seeds.generator(seed, "memorization probe", part)
        return candidates.some(balanced_subset(split, min(size, n), draw).ids)


@dataclass(frozen=True)
class _Loaded:
    """One part as it was read: inputs, and arrays of labels."""

    inputs: Inputs
    labels: np.ndarray
    seen: np.ndarray | None
    planted: np.ndarray | None
    of: int | None


def gather(
    inputs: Any, labels: Any, seen_labels: Any, test: Any, *, most: int, seed: int
) -> tuple[Examples, Examples | None, Classes]:
    """Return the examples of training and of test, and the classes of all labels together.

    Of data sets, which are read, at most ``most`` of each part are taken, seeded.

    Raises:
        InfoplaneError: for inputs or labels that cannot be read, or do not belong together.
    """
    train = _part(TRAIN, inputs, labels, seen_labels, most, seed)
    held_out = None
    if test is not None:
        held_out = _part(TEST, *_pair(test), None, most, seed)
    classes = as_classes(
        [
            ("labels", train.labels),
            ("seen_labels", train.seen),
            ("the labels of test", None if held_out is None else held_out.labels),
        ]
    )
    y, seen, of_test = classes.sets
    assert y is not None
    of_train = Examples(TRAIN, train.inputs, y, seen, _tensor(train.planted), train.of)
    if held_out is None or of_test is None:
        return of_train, None, classes
    return of_train, Examples(TEST, held_out.inputs, of_test, None, None, held_out.of), classes


def _pair(test: Any) -> tuple[Any, Any]:
    if is_dataset(test):
        return test, None
    if not isinstance(test, tuple | list) or len(test) != 2:
        raise InfoplaneError(
            f"test is {type(test).__name__}; give (inputs, labels), or a Dataset or DataLoader."
        )
    return test[0], test[1]


def _part(name: str, inputs: Any, labels: Any, seen_labels: Any, most: int, seed: int) -> _Loaded:
    planted = None
    if isinstance(labels, Planted):
        if seen_labels is not None:
            raise InfoplaneError(
                "labels are planted ones, which have their seen_labels with them; leave "
                "seen_labels out."
            )
        planted, seen_labels, labels = labels.planted, labels.seen_labels, labels.labels
    arrays = {
        "labels": None if labels is None else as_array("labels", labels),
        "seen_labels": None if seen_labels is None else as_array("seen_labels", seen_labels),
    }
    if is_dataset(inputs):
        return _read(name, inputs, arrays, planted, most, seed)
    if labels is None and isinstance(inputs, Mapping):
        key = labels_key(inputs)
        if key is not None:
            arrays["labels"] = as_array("labels", inputs[key])
            inputs = {k: v for k, v in inputs.items() if k != key}
    ready = as_inputs(inputs, "inputs" if name == TRAIN else "the inputs of test")
    y, seen = arrays["labels"], arrays["seen_labels"]
    if y is None:
        raise InfoplaneError(
            f"{name} has no labels; give one for each input, or a Dataset that holds them."
        )
    _check_lengths(name, len(ready), y, seen)
    return _Loaded(ready, y, seen, planted, len(y))


def _read(
    name: str,
    source: Any,
    arrays: dict[str, np.ndarray | None],
    planted: np.ndarray | None,
    most: int,
    seed: int,
) -> _Loaded:
    """Read some items of a data set, and their labels where it holds them."""
    n, y, seen = size_of(source), arrays["labels"], arrays["seen_labels"]
    if n is not None:
        _check_lengths(name, n, *(labels for labels in (y, seen) if labels is not None))
        some = np.arange(n) if planted is None else np.flatnonzero(planted)
        order = torch.randperm(len(some), generator=seeds.generator(seed, "read", len(name)))
        index = torch.from_numpy(some)[order[:most].sort().values]
    else:
        index = None
    values, held = read(source, index, most, name)
    ready = as_inputs(values, name)
    places = np.arange(len(ready)) if index is None else index.numpy()
    y, seen = (None if labels is None else labels[places] for labels in (y, seen))
    if held is not None:
        held_labels = as_array(f"the labels of {name}", held)
        if y is None:
            y = held_labels
        elif seen is None and (held_labels.dtype.kind != y.dtype.kind or (held_labels != y).any()):
            seen = held_labels  # what it is trained on
    if y is None:
        raise InfoplaneError(
            f"{name} holds no labels; give labels, or a Dataset of (input, label) pairs."
        )
    planted = None if planted is None else planted[places]
    return _Loaded(ready, y, seen, planted, n)


def _check_lengths(name: str, n: int, *sets: np.ndarray | None) -> None:
    for labels in sets:
        if labels is not None and not n == len(labels) > 0:
            raise InfoplaneError(
                f"{name} has {n} inputs and {len(labels)} labels; give one for each, at least one."
            )


def _tensor(values: np.ndarray | None) -> Tensor | None:
    return None if values is None else torch.from_numpy(values)
