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
        subsets: of one split for all, the positions [K, m] that each member is trained on. The
            split is kept once, whatever K; n is then m.

    Raises:
        InfoplaneError: where the splits are neither one nor K, or differ in length; subsets that
            are not of one split, not one for each member, or point outside of it.
    """

    def __init__(
        self,
        train: Split | Sequence[Split],
        *,
        members: int,
        device: torch.device,
        subsets: Int[Tensor, "k m"] | None = None,
    ) -> None:
        splits = [train] if isinstance(train, Split) else list(train)
        _check(splits, members)
        if subsets is not None:
            _check_subsets(subsets, splits, members)
        self.members, self.n = members, len(splits[0])
        self.subsets = None if subsets is None else subsets.to(device)
        first = splits[0]
        self.shape = first.inputs.shape[1:]
        if all(split.inputs is first.inputs for split in splits):
            inputs = first.inputs.flatten(1)
        else:
            inputs = torch.stack([split.inputs.flatten(1) for split in splits])
        one = len(splits) == 1
        targets = first.seen_labels if one else torch.stack([s.seen_labels for s in splits])
        self.inputs, self.targets = inputs.to(device), targets.to(device)
        if self.subsets is not None:
            self.n = self.subsets.shape[1]

    def take(self, batch: Int[Tensor, "k b"] | None, chunk: slice) -> tuple[Tensor, Tensor]:
        """Return inputs ([b, d] where shared by all, else [K, b, d]) and targets [K, b].

        Args:
            batch: indices of a batch for every member (into its subset, where it has one); None
                stands for all examples.
            chunk: which part of the batch.
        """
        if self.subsets is not None:
            batch = self.subsets if batch is None else self.subsets.gather(1, batch)
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


def _check_subsets(subsets: Tensor, splits: list[Split], members: int) -> None:
    if len(splits) != 1:
        raise InfoplaneError(
            f"subsets came with {len(splits)} splits; give the one split that all are subsets of."
        )
    if len(subsets) != members:
        raise InfoplaneError(
            f"{len(subsets)} subsets came for {members} members; give one for each."
        )
    if not subsets.shape[1] or subsets.min() < 0 or subsets.max() >= len(splits[0]):
        raise InfoplaneError(
            f"subsets are {list(subsets.shape)} positions that are not all of the "
            f"{len(splits[0])} examples; give one or more a member, from 0 on."
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
