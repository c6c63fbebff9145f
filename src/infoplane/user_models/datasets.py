"""Samples from a Dataset or a DataLoader, read once, without touching anybody's random state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, default_collate

from infoplane.errors import InfoplaneError
from infoplane.observing.collect import check_memory
from infoplane.observing.models.inputs import labels_key
from infoplane.seeds import random_state_kept

FEW = 64  # items that tell how much memory all take


def is_dataset(values: Any) -> bool:
    """Whether values are read item by item: a Dataset, a DataLoader, or like one."""
    if isinstance(values, DataLoader | IterableDataset | torch.utils.data.Dataset):
        return True
    return hasattr(values, "column_names") and hasattr(values, "__getitem__")


def size_of(values: Any) -> int | None:
    """Return how many items there are; None where only reading them would tell."""
    dataset: Any = values.dataset if isinstance(values, DataLoader) else values
    try:
        return None if isinstance(dataset, IterableDataset) else len(dataset)
    except TypeError:
        return None


def read(values: Any, index: Int[Tensor, " m"] | None, most: int, name: str) -> tuple[Any, Any]:
    """Read items as one batch: what a model is given, and labels, None where there are none.

    A DataLoader is not iterated, which would draw from its sampler: its data set is read, and
    batches are put together as it does.

    Args:
        values: the Dataset or DataLoader.
        index: which items; of a stream, None: the first.
        most: how many at most.
        name: of the values, for errors.

    Raises:
        InfoplaneError: where items are no inputs, or do not fit in memory.
    """
    loader = isinstance(values, DataLoader)
    dataset = values.dataset if loader else values
    collate = values.collate_fn if loader else default_collate
    with random_state_kept():
        try:
            batch = _batch(dataset, collate, index, most)
        except InfoplaneError:
            raise
        except Exception as error:
            raise InfoplaneError(
                f"{name} cannot be read ({type(error).__name__}: {_first_line(error)}); give a "
                "Dataset of (input, label) pairs, or of dictionaries, of equal shapes."
            ) from error
    if batch is None:
        raise InfoplaneError(f"{name} holds no samples; give at least one.")
    return _pair(batch, name)


def _batch(
    dataset: Any, collate: Callable[[list[Any]], Any], index: Tensor | None, most: int
) -> Any:
    """Return items as one batch, which pads them to one length where the loader pads; or None."""
    if index is None:
        items: Iterator[Any] = islice(iter(dataset), most)
        count = most
    else:
        items = (dataset[i] for i in index[:most].tolist())
        count = min(most, len(index))
    first = list(islice(items, FEW))
    if not first:
        return None
    values = sum(t.numel() for t in _tensors(collate(first))) // len(first)
    check_memory("what is read of the data set", (count, values))
    return collate(first + list(items))


def _tensors(batch: Any) -> Iterator[Tensor]:
    if isinstance(batch, Tensor):
        yield batch
    parts = batch.values() if isinstance(batch, Mapping) else batch
    if isinstance(parts, tuple | list) or isinstance(batch, Mapping):
        for part in parts:
            yield from _tensors(part)


def _pair(batch: Any, name: str) -> tuple[Any, Any]:
    """Return inputs and labels of a batch."""
    if isinstance(batch, Mapping):
        key = labels_key(batch)
        inputs = {k: v for k, v in batch.items() if k != key and isinstance(v, Tensor)}
        if not inputs:
            raise InfoplaneError(
                f"{name} holds {', '.join(batch) or 'nothing'}, and no tensor among them; give a "
                "transform that makes tensors of the inputs."
            )
        return inputs, None if key is None else batch[key]
    if isinstance(batch, tuple | list) and len(batch) in (1, 2):
        return batch[0], batch[-1] if len(batch) == 2 else None
    if isinstance(batch, Tensor):
        return batch, None
    what = f"{len(batch)} values" if isinstance(batch, tuple | list) else type(batch).__name__
    raise InfoplaneError(
        f"an item of {name} is {what}, and which of them is the label is not plain; give a "
        "Dataset of (input, label) pairs or of dictionaries with labels, or tensors."
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]
