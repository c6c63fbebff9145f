"""Members with data of their own: each is looked at on its own data, as if it were alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pandas as pd

from infoplane.data.label_noise import LabelNoise, label_noise
from infoplane.data.load import load_each
from infoplane.data.split import Split
from infoplane.names import TEST, TRAIN
from infoplane.networks.own_stack import OwnStack
from infoplane.networks.stack import Stack
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.look import Looks, Rows
from infoplane.training.early_stopping import hold_out
from infoplane.training.gradients import gradient_rows

Parts = tuple[Split, Split]
"""The training and the test part."""


def load_members(config: RunConfig) -> list[Parts]:
    """Return the parts that all members of a run share, or those of each where they differ.

    The training part is what is trained on: early stopping holds some of it out.

    Raises:
        InfoplaneError: as ``load``.
    """
    return load_with_held_out(config)[0]


def load_with_held_out(config: RunConfig) -> tuple[list[Parts], list[Split]]:
    """Return the parts as ``load_members``, and what each holds out (nothing without patience)."""
    count = config.members if config.each.differs_in_data else 1
    alone = [config.alone(member) for member in range(count)]
    parts = load_each([(c.data, c.seed) for c in alone])
    if config.training.patience is None:
        return parts, []
    cut = [hold_out(train, c.seed) for (train, _), c in zip(parts, alone, strict=True)]
    reduced = [(train, test) for (train, _), (_, test) in zip(cut, parts, strict=True)]
    return reduced, [held for _, held in cut]


def label_noises(config: RunConfig, trains: list[Split]) -> list[LabelNoise]:
    """Return the label noise of each training part, in order; of true labels there is none."""
    if config.data.labels == "true":
        return []
    return [label_noise(config.alone(m).data, train) for m, train in enumerate(trains)]


def looks_of(config: RunConfig, parts: list[Parts], model: Stack) -> Looks | LooksAtEachMember:
    """Return the looks at a run: at all members at once, or at each alone.

    Alone are members on data of their own, and networks of the user's own.
    """
    if config.each.differs_in_data or isinstance(model, OwnStack):
        return LooksAtEachMember(config, parts, model)
    train, test = parts[0]
    return Looks(config, {TRAIN: train, TEST: test}, model)


class LooksAtEachMember:
    """A look at each member in turn, through views of its parameters, on its own data."""

    def __init__(self, config: RunConfig, parts: list[Parts], model: Stack) -> None:
        self.id = config.id
        self.looks = [
            Looks(config.alone(m), {TRAIN: train, TEST: test}, model.member(m))
            for m, (train, test) in zip(range(config.members), cycle(parts), strict=False)
        ]
        self.epochs, self.decoded_epochs = self.looks[0].epochs, self.looks[0].decoded_epochs

    def look(
        self, epoch: int, step: int, scores: list[pd.DataFrame] | None = None, *, last: bool = False
    ) -> Rows:
        """Measure as ``Looks.look``, with the scores of each member's own examples."""
        rows: Rows = {}
        for member, looks in enumerate(self.looks):
            member_scores = None if scores is None else [scores[member]]
            place = {"run": self.id, "member": member}
            for table, seen in looks.look(epoch, step, member_scores, last=last).items():
                rows.setdefault(table, []).extend(row | place for row in seen)
        return rows


def gradients(
    config: RunConfig, parts: list[Parts], model: Stack, epoch: int
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the gradients table, of each member on the examples it is trained on."""
    training = config.training
    options = {"loss": training.loss, "batch_size": training.batch_size, "epoch": epoch}
    if not config.each.differs_in_data:
        yield from gradient_rows(model, parts[0][0], seed=config.seed, **options)
        return
    for member, (train, _) in enumerate(parts):
        seed = config.alone(member).seed
        for row in gradient_rows(model.member(member), train, seed=seed, **options):
            yield row | {"member": member}
