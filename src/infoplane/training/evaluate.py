"""Loss and accuracy from logits that come in chunks."""

from __future__ import annotations

import math
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from infoplane.data.split import Split
from infoplane.training.losses import example_losses


class Evaluation:
    """Collects loss, accuracy on the seen and on the true labels, for parts of a split.

    A corrupted training split is reported whole ("train") and by its "clean" and "corrupted" part.
    """

    def __init__(self, split: Split, subset: str, loss: str, members: int) -> None:
        self.split, self.subset, self.loss, self.members = split, subset, loss, members
        n = len(split)
        self.targets = split.seen_labels
        self.losses = torch.zeros(members, n)
        self.predictions = torch.zeros(members, n, dtype=torch.int64)
        self.parts: dict[str, Bool[Tensor, " n"]] = {subset: torch.ones(n, dtype=torch.bool)}
        if split.corrupted.any():
            self.parts |= {"clean": ~split.corrupted, "corrupted": split.corrupted}

    def __call__(self, rows: slice, logits: Float[Tensor, "k n c"] | Float[Tensor, "n c"]) -> None:
        """Take the logits of some rows, those of a network alone without members."""
        logits = logits if logits.ndim == 3 else logits[None]
        if self.losses.device != logits.device:  # what is collected stays there until all is
            self.losses = self.losses.to(logits.device)
            self.predictions, self.targets = (
                part.to(logits.device) for part in (self.predictions, self.targets)
            )
        targets = self.targets[rows].expand(self.members, -1)
        self.losses[:, rows] = example_losses(logits.mT, targets, self.loss) / math.log(2)
        self.predictions[:, rows] = logits.max(dim=-1).indices  # argmax takes ten times as long

    def rows(self, epoch: int) -> list[dict[str, Any]]:
        """Return rows of the training table, one a member and part; loss in bits an example."""
        self.losses, self.predictions = self.losses.cpu(), self.predictions.cpu()
        seen = self.predictions == self.split.seen_labels
        true = self.predictions == self.split.labels
        columns = {"loss": self.losses, "accuracy": seen, "true_accuracy": true}
        means = {
            subset: {
                name: values[:, part].double().mean(dim=1).tolist()
                for name, values in columns.items()
            }
            for subset, part in self.parts.items()
            if part.any()
        }
        return [
            {
                "member": member,
                "epoch": epoch,
                "subset": subset,
                **{name: by_member[member] for name, by_member in subset_means.items()},
                "n": int(self.parts[subset].sum()),
            }
            for member in range(self.members)
            for subset, subset_means in means.items()
        ]

    def examples(self) -> list[dict[str, Any]]:
        """Return rows of the examples table, one a member and example."""
        split = self.split
        columns = {
            "id": split.ids,
            "label": split.labels,
            "seen_label": split.seen_labels,
            "corrupted": split.corrupted,
        }
        fixed = {name: values.tolist() for name, values in columns.items()}
        rows = []
        for member in range(self.members):
            member_columns = {
                "prediction": self.predictions[member].tolist(),
                "loss": self.losses[member].double().tolist(),
            }
            per_example = zip(*fixed.values(), *member_columns.values(), strict=True)
            names = [*fixed, *member_columns]
            rows += [
                {"member": member, "subset": self.subset, **dict(zip(names, values, strict=True))}
                for values in per_example
            ]
        return rows
