"""One part of a data set: inputs, with the true and the seen labels always side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError


@dataclass(frozen=True)
class Split:
    """The examples of one part (train or test).

    ``labels`` are true (y); ``seen_labels`` are what the network is trained on (ỹ); ``corrupted``
    marks where a corruption changed the label; ``ids`` stay with an example through any subset.
    """

    inputs: Float[Tensor, "n ..."]
    labels: Int[Tensor, " n"]
    seen_labels: Int[Tensor, " n"]
    ids: Int[Tensor, " n"]
    classes: int

    @property
    def corrupted(self) -> Bool[Tensor, " n"]:
        """Where the seen label differs from the true one."""
        return self.seen_labels != self.labels

    def __len__(self) -> int:
        return len(self.labels)

    def with_seen_labels(self, seen_labels: Int[Tensor, " n"]) -> Split:
        """Return the same examples with other seen labels."""
        return replace(self, seen_labels=seen_labels)

    def select(self, index: Tensor) -> Split:
        """Return the examples at ``index`` (positions or a mask), ids and both labels with them."""
        return Split(
            inputs=self.inputs[index],
            labels=self.labels[index],
            seen_labels=self.seen_labels[index],
            ids=self.ids[index],
            classes=self.classes,
        )


def together(first: Split, second: Split) -> Split:
    """Return both parts of a data set as one; ids are of the part an example came from."""
    joined = {
        key: torch.cat([getattr(first, key), getattr(second, key)])
        for key in ("inputs", "labels", "seen_labels", "ids")
    }
    return Split(**joined, classes=first.classes)


def clean_split(inputs: Tensor, labels: Tensor, classes: int) -> Split:
    """Return a split whose seen labels are the true ones and whose ids are the positions."""
    if len(inputs) != len(labels):
        raise InfoplaneError(
            f"inputs and labels differ in length: {len(inputs)} and {len(labels)}; "
            "give one label for each input."
        )
    labels = labels.to(torch.int64)
    return Split(inputs, labels, labels, torch.arange(len(labels)), classes)


def without_fifth(whole: Split, generator: torch.Generator) -> tuple[Split, Split]:
    """Return four fifths of each class, and a fifth that is held out as test part."""
    test = torch.zeros(len(whole), dtype=torch.bool)
    for c in range(whole.classes):
        of_class = torch.nonzero(whole.labels == c).flatten()
        shuffled = of_class[torch.randperm(len(of_class), generator=generator)]
        test[shuffled[: len(of_class) // 5]] = True
    return whole.select(~test), whole.select(test)


def balanced_subset(split: Split, size: int, generator: torch.Generator) -> Split:
    """Return a seeded subset of ``size`` examples whose classes differ by at most one example.

    Raises:
        InfoplaneError: where ``size`` is not in 1..n, or a class has too few examples to balance.
    """
    if not 1 <= size <= len(split):
        raise InfoplaneError(
            f"a subset of {size} examples was asked of {len(split)}; ask for 1 to {len(split)}."
        )
    if size == len(split):
        return split
    order = torch.randperm(len(split), generator=generator)
    labels = split.labels[order]
    counts = torch.bincount(labels, minlength=split.classes)
    quota = _quotas(counts, size)
    # rank of each example within its class, in the shuffled order
    rank = torch.empty_like(labels)
    for c in range(split.classes):
        of_class = labels == c
        rank[of_class] = torch.arange(int(counts[c]))
    return split.select(order[rank < quota[labels]].sort().values)


def _quotas(counts: Tensor, size: int) -> Tensor:
    """Share ``size`` among classes as evenly as their counts allow: fill them to one level."""
    filled = [(int(counts.clamp(max=level).sum()), level) for level in range(int(counts.max()) + 1)]
    level = max(level for total, level in filled if total <= size)
    quota = counts.clamp(max=level)
    above = torch.nonzero(counts > level).flatten()[: size - int(quota.sum())]
    quota[above] += 1
    return quota
