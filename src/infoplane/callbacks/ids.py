"""Which examples are in a batch: read from the sampler of a data loader, in the order they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import BatchSampler, Sampler

from infoplane.errors import InfoplaneError


class _Recorded(Sampler[int]):
    """A sampler whose choices are kept until their batch has come."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler
        self.chosen: deque[int] = deque()

    def __iter__(self) -> Iterator[int]:
        self.chosen.clear()  # what was read ahead at the end of the epoch before
        for index in self.sampler:
            self.chosen.append(int(index))
            yield index

    def __len__(self) -> int:
        return len(self.sampler)

    def __getattr__(self, name: str) -> Any:  # set_epoch, …
        return getattr(vars(self)["sampler"], name)


class SampledIds:
    """The places in its data set of the examples of each batch that a loader gives."""

    def __init__(self) -> None:
        self._recorded: _Recorded | None = None
        self._owner: Any = None
        self._skipped = 0

    def attach(self, loader: Any) -> None:
        """Record what a loader's sampler chooses from its next pass on; nothing else changes.

        Raises:
            InfoplaneError: where it has no sampler of single examples, as for streams.
        """
        self.detach()
        owner = getattr(loader, "batch_sampler", None)
        if not isinstance(owner, BatchSampler) or not hasattr(owner, "sampler"):
            raise InfoplaneError(
                f"which examples a batch of {type(loader).__name__} holds is not known, as it has "
                "no batch sampler of torch over a data set"
            )
        self._owner = owner
        self._recorded = _Recorded(owner.sampler)
        owner.sampler = self._recorded

    def detach(self) -> None:
        """Give the loader its own sampler back."""
        if self._owner is not None:
            self._owner.sampler = self._recorded.sampler if self._recorded else None
        self._owner = self._recorded = None

    def next(self, count: int) -> Int[Tensor, " b"]:
        """Return the ids of the next batch.

        Raises:
            InfoplaneError: where the loader did not choose as many, as the batch is of another.
        """
        chosen = deque() if self._recorded is None else self._recorded.chosen
        for _ in range(min(self._skipped, len(chosen))):
            chosen.popleft()
        self._skipped = 0
        if len(chosen) < count:
            raise InfoplaneError(
                f"a batch has {count} examples, and the loader chose {len(chosen)}: batches are "
                "not those of its sampler"
            )
        return torch.tensor([chosen.popleft() for _ in range(count)])

    def skip(self, batches: int) -> None:
        """Leave out batches at the start of the next pass, which are chosen but not presented."""
        self._skipped = batches * (self._owner.batch_size if self._owner is not None else 0)
