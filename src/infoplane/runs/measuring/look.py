"""One look at a network in training: everything the configuration asks to be measured."""

from __future__ import annotations

from typing import Any

import pandas as pd
from torch import Tensor

from infoplane.data.split import Split, together
from infoplane.networks.stack import Stack
from infoplane.observing.bins import make_bins
from infoplane.observing.estimating import Estimating
from infoplane.observing.geometry import Geometric
from infoplane.observing.observer import Observer, make_probe
from infoplane.observing.schedule import thinned
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.memorization import memorization_probe
from infoplane.training.evaluate import Evaluation

Rows = dict[str, list[dict[str, Any]]]


class Looking:
    """What is looked at, and in which epochs; holds no state that a look changes."""

    def __init__(self, config: RunConfig, splits: dict[str, Split], model: Stack) -> None:
        self.config = config
        self.splits = {subset: split for subset, split in splits.items() if len(split)}
        device = next(model.parameters()).device
        options = config.observing
        example = splits["train"].inputs
        self.observer = Observer(model, example, make_bins(options), layers=options.layers)
        measured = dict(self.splits)
        if "all" in options.subsets:  # a copy of everything: only where it is asked for
            measured["all"] = together(splits["train"], splits["test"])
        self.probes = {
            subset: make_probe(
                subset,
                split.inputs.to(device),
                split.labels,
                split.seen_labels,
                permutations=options.permutations,
                seed=config.seed,
            )
            for subset, split in measured.items()
            if subset in options.subsets
        }
        self.estimating = self._estimating(measured) if options.estimators else None
        self.geometric = self._geometric(measured) if options.geometry else None
        self.memorization = memorization_probe(config, splits["train"], splits["test"])
        self.epochs = options.epochs(config.training.epochs)
        self.decoded_epochs = set(thinned(self.epochs, config.memorization.looks))

    def _estimating(self, splits: dict[str, Split]) -> Estimating:
        options = self.config.observing
        return Estimating(
            *self._some(splits),
            estimators=options.estimators,
            examples=options.estimator_examples,
            seed=self.config.seed,
        )

    def _geometric(self, splits: dict[str, Split]) -> Geometric:
        options = self.config.observing
        return Geometric(
            *self._some(splits),
            measures=options.geometry,
            bins=self.observer.bins,
            examples=options.estimator_examples,
            seed=self.config.seed,
        )

    def _some(self, splits: dict[str, Split]) -> tuple[str, Tensor, dict[str, Tensor]]:
        """Return the first subset, its inputs and its label sets."""
        subset = self.config.observing.subsets[0]
        split = splits[subset]
        seen = {"Ỹ": split.seen_labels} if split.corrupted.any() else {}
        return subset, split.inputs, {"Y": split.labels} | seen

    def look(
        self, epoch: int, step: int, scores: list[pd.DataFrame] | None = None, *, last: bool = False
    ) -> Rows:
        """Measure every layer on every probe, with loss and accuracy of both parts.

        The last look adds the examples, with the ``scores`` of those of training.
        """
        rows: Rows = {"measurements": [], "training": [], "examples": []}
        for subset, split in self.splits.items():
            evaluation = Evaluation(split, subset, self.config.training.loss, self.config.members)
            if subset in self.probes:
                probe = self.probes[subset]
                measured = self.observer.observe(probe, epoch=epoch, on_logits=evaluation)
                rows["measurements"] += measured
            else:
                self.observer.pass_logits(split.inputs, evaluation)
            rows["training"] += evaluation.rows(epoch)
            if last:
                rows["examples"] += _with_scores(evaluation, scores)
        if "all" in self.probes:
            rows["measurements"] += self.observer.observe(self.probes["all"], epoch=epoch)
        if self.estimating is not None:
            rows["measurements"] += self.estimating.observe(self.observer, epoch=epoch)
        if self.geometric is not None:
            rows["geometry"] = list(self.geometric.observe(self.observer, epoch=epoch))
        if self.memorization is not None and (last or epoch in self.decoded_epochs):
            rows["measurements"] += self.memorization.observe(self.observer, epoch=epoch)
        place = {"run": self.config.id, "step": step}
        return {table: [place | row for row in each] for table, each in rows.items()}


def _with_scores(evaluation: Evaluation, scores: list[pd.DataFrame] | None) -> list[dict[str, Any]]:
    rows = evaluation.examples()
    if scores is None or evaluation.subset != "train":
        return rows
    said = [record for each in scores for record in each.to_dict(orient="records")]
    return [row | {str(k): v for k, v in s.items()} for row, s in zip(rows, said, strict=True)]
