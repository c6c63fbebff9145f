"""Loss and accuracy of the examples watched, from the logits that pass by."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from infoplane.user_models.examples import Examples


class Accuracy:
    """Loss and accuracy from logits that come chunk by chunk, one score a class."""

    def __init__(self, examples: Examples, names: list[Any]) -> None:
        self.examples = examples
        self.outputs = torch.tensor(names)  # the output that stands for each class
        self.loss = self.right = self.true = 0.0

    def __call__(self, rows: slice, logits: Tensor) -> None:
        """Take the logits of some rows."""
        y = self.outputs[self.examples.labels[rows]]
        seen = y if self.examples.seen is None else self.outputs[self.examples.seen[rows]]
        logits = logits.detach().cpu().double()
        guess = logits.argmax(dim=1)
        self.loss += float(cross_entropy(logits, seen, reduction="sum")) / math.log(2)
        self.right += float((guess == seen).sum())
        self.true += float((guess == y).sum())

    def row(self, epoch: int) -> dict[str, Any]:
        """Return a row of the training table."""
        n = len(self.examples)
        return {
            "member": 0,
            "epoch": epoch,
            "subset": self.examples.subset,
            "loss": self.loss / n,
            "accuracy": self.right / n,
            "true_accuracy": self.true / n,
            "n": n,
        }
