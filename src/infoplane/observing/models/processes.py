"""One look shared by the processes of distributed training: each runs its chunks, all know all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from infoplane.errors import InfoplaneError

PATIENCE = timedelta(minutes=2)  # that processes may be apart in their training


class Round(NamedTuple):
    """Chunks that are run at the same time."""

    local: list[slice]
    all: list[tuple[int, slice]]  # process, samples


@dataclass(frozen=True)
class Processes:
    """The processes that share a look: one alone unless the model is DistributedDataParallel.

    Chunks are dealt in turn, so that each is run in the same shape as by one process alone, and
    what it puts out is sent to all: counts and rows are those of one process, bit for bit.
    """

    rank: int = 0
    count: int = 1
    device: torch.device | None = None
    """Where tensors must be to be sent; None for anywhere."""
    group: Any = None

    @staticmethod
    def of(model: nn.Module) -> Processes:
        """Return the processes that train a model together."""
        while isinstance(getattr(model, "_orig_mod", None), nn.Module):
            model = model._orig_mod  # pyright: ignore[reportAssignmentType]
        if not isinstance(model, DistributedDataParallel):
            return Processes()
        group = model.process_group
        cuda = dist.get_backend(group) == "nccl"
        device = torch.device("cuda", torch.cuda.current_device()) if cuda else None
        return Processes(dist.get_rank(group), dist.get_world_size(group), device, group)

    def is_own(self, i: int) -> bool:
        """Whether the i-th of several things is this process's to do."""
        return i % self.count == self.rank

    def rounds(self, chunks: list[slice]) -> Iterator[Round]:
        """Yield the chunks that are run at the same time."""
        for first in range(0, len(chunks), self.count):
            some = list(enumerate(chunks[first : first + self.count]))
            yield Round([rows for owner, rows in some if owner == self.rank], some)

    def shared(self, local: Tensor | None, empty: Tensor, owner: int) -> Tensor:
        """Return the owner's tensor, in every process."""
        if self.count == 1:
            assert local is not None
            return local
        values = local if owner == self.rank and local is not None else empty
        sent = values.to(self.device or "cpu").contiguous()
        dist.broadcast(sent, src=dist.get_global_rank(self.group, owner), group=self.group)
        return sent

    def meet(self) -> None:
        """Wait for all processes.

        Raises:
            InfoplaneError: where one does not come.
        """
        if self.count > 1 and self.device is None:
            try:
                dist.monitored_barrier(self.group, timeout=PATIENCE)
            except RuntimeError as error:
                raise InfoplaneError(
                    f"observe was called in process {self.rank} and not in all {self.count}; call "
                    "it in every process, or give the model inside DistributedDataParallel "
                    "(model.module) and observe in one."
                ) from error

    def together(self, rows: list[Any], error: Exception | None = None) -> list[Any]:
        """Return the rows of all processes, in every one; an error of one is raised in all."""
        if self.count == 1:
            if error is not None:
                raise error
            return rows
        told: list[Any] = [None] * self.count
        dist.all_gather_object(told, (rows, error), group=self.group)
        for _, met in told:
            if met is not None:
                raise met
        return [row for some, _ in told for row in some]
