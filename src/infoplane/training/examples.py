"""What a stack is trained on: examples that all members share, or each its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from infoplane.data.split import Split
from infoplane.errors import InfoplaneError


class StackedExamples:
    """Inputs and targets of K members as whole tensors on a device.

    Inputs are ``[n, d]`` where all members share them, else ``[K, n, d]``; targets ``[n]`` or
    ``[K, n]``. Members whose splits hold the same tensor of inputs share it.

    Args:
        train: one split for all members, or K splits of as many examples, one for each.
        members: K.
        device: where to keep them.

    Raises:
        InfoplaneError: where the splits are neither one nor K, or differ in length.
    """

    def __init__(
        self, train: Split | Sequence[Split], *, members: int, device: torch.device
    ) -> None:
        splits = [train] if isinstance(train, Split) else list(train)
        _check(splits, members)
        self.members, self.n = members, len(splits[0])
        first = splits[0]
        self.shape = first.inputs.shape[1:]
        if all(split.inputs is first.inputs for split in splits):
            inputs = first.inputs.flatten(1)
        else:
            inputs = torch.stack([split.inputs.flatten(1) for split in splits])
        one = len(splits) == 1
        targets = first.seen_labels if one else torch.stack([s.seen_labels for s in splits])
        self.inputs, self.targets = inputs.to(device), targets.to(device)

    def take(self, batch: Int[Tensor, "k b"] | None, chunk: slice) -> tuple[Tensor, Tensor]:
        """Return inputs ([b, d] where shared by all, else [K, b, d]) and targets [K, b].

        Args:
            batch: indices of a batch for every member; None stands for all examples.
            chunk: which part of the batch.
        """
        if batch is None:
            inputs = self.inputs[..., chunk, :]
            return inputs, self.targets[..., chunk].expand(self.members, -1)
        index = batch[:, chunk]
        return self._pick(self.inputs, index, 2), self._pick(self.targets, index, 1)

    def _pick(self, values: Tensor, index: Int[Tensor, "k b"], shared: int) -> Tensor:
        """Return the values at the indices of each member; shared ones have so many dimensions."""
        if values.ndim > shared:
            index = index + torch.arange(self.members, device=index.device)[:, None] * self.n
            values = values.flatten(0, 1)
        if values.device.type == "cpu":  # by NumPy, on this thread: torch's others, once woken,
            # keep their cores for a while, and the threads of the compiled pass want them
            return torch.from_numpy(values.numpy().take(index.numpy(), axis=0))
        return values[index]


def check_batches(n: int, size: int | None) -> None:
    """Refuse a batch of one example, which batch norm cannot normalise.

    Raises:
        InfoplaneError: where n examples leave one alone in a batch.
    """
    if n % (size or n) == 1 or n == 1 or size == 1:
        raise InfoplaneError(
            f"batch norm needs two examples in every batch, and batch_size {size} leaves one of "
            f"{n} alone; choose another batch_size."
        )


def _check(splits: list[Split], members: int) -> None:
    if len(splits) not in (1, members):
        raise InfoplaneError(
            f"train holds {len(splits)} splits for {members} members; give one for all, or one "
            "for each."
        )
    sizes = sorted({len(split) for split in splits})
    if len(sizes) > 1:
        raise InfoplaneError(
            f"the splits of the members hold from {sizes[0]} to {sizes[-1]} examples; give as many "
            "to each."
        )
