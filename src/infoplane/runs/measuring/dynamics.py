"""Follow every training example of a run through every epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.data.split import Split
from infoplane.information.decoders.usable import conditional_entropy, cross_fitted_log2_p
from infoplane.memorization.examples import ExampleTracker
from infoplane.memorization.label_bits import (
    fano_floor,
    label_bits,
    memorized_bits,
    three_way_split,
)
from infoplane.names import (
    BITS_PER_PARAMETER,
    FANO_FLOOR,
    LABEL_BITS,
    MEMORIZED_BITS,
    MEMORIZED_BITS_MIXTURE,
    RUNNING_ACCURACY,
    RUNNING_LOSS,
    SPLIT,
)
from infoplane.runs.config import RunConfig
from infoplane.tables import HISTORIES
from infoplane.training.loop import Training
from infoplane.training.passes import Pass


class Dynamics:
    """One tracker for the examples of all members, fed by the training loop."""

    def __init__(self, config: RunConfig, trains: list[Split], training: Training) -> None:
        self.config, self.trains, self.training = config, trains, training
        self.n, self.members = len(trains[0]), config.members
        self.tracker = ExampleTracker(self.n * self.members)
        self._offset = torch.arange(self.members)[:, None] * self.n
        self.at_once = training.device.type == "cpu"
        self._waiting: list[tuple[Tensor, ...]] = []  # presentations of an epoch, else
        self._epoch = 0
        self._noise = [conditional_entropy(s.seen_labels, s.labels) for s in trains]

    @contextmanager
    def following(self) -> Iterator[None]:
        """Listen to the training loop; nothing is left on it afterwards."""
        self.training.on_presentation = self._present
        try:
            yield
        finally:
            self.training.on_presentation = None
            self._waiting.clear()

    def _present(self, positions: Tensor | slice, targets: Tensor, outputs: Pass) -> None:
        """Keep a presentation where it is: a GPU is asked for all of them once an epoch."""
        if isinstance(positions, slice):
            positions = torch.arange(self.n, device=targets.device)[positions]
            positions = positions.expand(self.members, -1)
        self._waiting.append((positions, outputs.logits.mT, targets, outputs.squared_features))
        self._epoch = self.training.epoch
        if self.at_once:
            self._take_waiting()

    def _take_waiting(self) -> None:
        if not self._waiting:
            return
        parts = (torch.cat(part, dim=1).cpu() for part in zip(*self._waiting, strict=True))
        positions, logits, targets, squared = parts
        self._waiting.clear()
        self.tracker.update(
            (positions + self._offset).flatten(),
            logits.flatten(0, 1),
            targets.flatten(),
            self._epoch,
            squared_features=squared.flatten(),
        )

    def rows(self, epoch: int) -> Iterator[dict[str, Any]]:
        """Yield the rows of the dynamics table of the epoch that has just ended."""
        self._take_waiting()
        for member in range(self.members):
            for quantity, value in self._values(member).items():
                yield {"member": member, "epoch": epoch, "quantity": quantity, "value": value}

    def _values(self, member: int) -> dict[str, float]:
        index = member % len(self.trains)  # one split for all members, or one for each
        train, seen = self.trains[index], self.trains[index].seen_labels
        log2_p = self.tracker.last_log2_p.view(self.members, self.n)[member]
        predictions = self.tracker.last_prediction.view(self.members, self.n)[member]
        total = label_bits(log2_p, seen)
        memorized = memorized_bits(log2_p, self.references[index])
        error = float((predictions != seen).double().mean())
        split = three_way_split(predictions, train.labels, seen)
        return {
            RUNNING_LOSS: -float(log2_p.mean()),
            RUNNING_ACCURACY: 1 - error,
            LABEL_BITS: total / self.n,
            MEMORIZED_BITS: memorized.positive / self.n,
            MEMORIZED_BITS_MIXTURE: memorized.mixture / self.n,
            FANO_FLOOR: fano_floor(error, classes=train.classes, noise_entropy=self._noise[index]),
            BITS_PER_PARAMETER: total / self._parameters(),
            **dict(zip(SPLIT, split, strict=True)),
        }

    @cached_property
    def references(self) -> list[Float[Tensor, " n"]]:
        """log2 p(ỹ|x) of a predictor that has not seen ỹ: exact at rate 1, else cross-fitted."""
        return [reference_log2_p(self.config.alone(m), s) for m, s in enumerate(self.trains)]

    def scores(self) -> list[pd.DataFrame]:
        """Return the scores of the training examples, one table a member."""
        scores = self.tracker.scores()
        return [scores.iloc[m * self.n : (m + 1) * self.n] for m in range(self.members)]

    def histories(self) -> pd.DataFrame:
        """Return confidence and prediction of every training example at the epochs kept."""
        epochs, confidence, predictions = self.tracker.courses()
        members = [self.trains[m % len(self.trains)] for m in range(self.members)]
        return pd.DataFrame(
            {
                "run": self.config.id,
                "member": np.repeat(np.arange(self.members), self.n),
                "id": np.concatenate([split.ids.numpy() for split in members]),
                "epochs": [epochs] * (self.members * self.n),
                "confidence": list(confidence.T),
                "predictions": list(predictions.T),
            }
        ).astype(HISTORIES)

    def _parameters(self) -> int:
        return sum(p.numel() for p in self.training.model.parameters()) // self.members


def reference_log2_p(config: RunConfig, train: Split) -> Float[Tensor, " n"]:
    """Return the reference of memorized bits.

    Labels resampled or permuted at rate 1 have nothing to do with the input: the reference is
    uniform, or the class frequencies. Elsewhere it is a nearest-neighbour decoder on the inputs,
    cross-fitted.
    """
    labels, n = config.data.labels, len(train)
    if config.data.rate == 1 and labels == "resampled":
        return torch.full((n,), -math.log2(train.classes), dtype=torch.float64)
    if config.data.rate == 1 and labels == "permuted":
        return torch.log2(_frequencies(train.seen_labels))
    return cross_fitted_log2_p(train.inputs.flatten(1), train.seen_labels, seed=config.seed)


def _frequencies(labels: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
    return (torch.bincount(labels).double() / len(labels))[labels]


def dynamics(config: RunConfig, trains: list[Split], training: Training) -> Dynamics | None:
    """Return the dynamics of a run that asks for them.

    ``trains`` is the one training part of all members, or that of each.
    """
    wanted = config.memorization.examples
    corrupted = any(bool(train.corrupted.any()) for train in trains)
    follow = wanted == "always" or (wanted == "corrupted" and corrupted)
    return Dynamics(config, trains, training) if follow else None
