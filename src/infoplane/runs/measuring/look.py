"""One look at a network in training: everything the configuration asks to be measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from infoplane.data.split import Split, together
from infoplane.names import ALL, SEEN_LABELS, TEST, TRAIN, TRUE_LABELS
from infoplane.networks.stack import Stack
from infoplane.observing.estimators import EstimatorMeasurer
from infoplane.observing.geometry import GeometryMeasurer
from infoplane.observing.measurer import BinnedProbe, Measurer
from infoplane.observing.observer import make_probe
from infoplane.observing.schedule import thinned
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.memorization import memorization_probe
from infoplane.runs.measuring.own_observer import observer_of
from infoplane.training.evaluate import Evaluation

Rows = dict[str, list[dict[str, Any]]]


class Looks:
    """What is measured, and at which epochs; holds no state that measuring changes."""

    def __init__(self, config: RunConfig, splits: dict[str, Split], model: Stack) -> None:
        self.config = config
        self.splits = {subset: split for subset, split in splits.items() if len(split)}
        device = next(model.parameters()).device
        options = config.observing
        example = splits[TRAIN].inputs
        self.observer = observer_of(model, example, options)
        measured = dict(self.splits)
        if ALL in options.subsets:  # a copy of everything: only where it is asked for
            measured[ALL] = together(splits[TRAIN], splits[TEST])
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
        self.epochs = options.epochs(config.training.epochs)
        self.decoded_epochs = set(thinned(self.epochs, config.memorization.looks))
        self.measurers = list(self._measurers(measured))
        self.decoding = memorization_probe(config, splits[TRAIN], splits[TEST])

    def _measurers(self, splits: dict[str, Split]) -> Iterator[Measurer]:
        """Yield the measurers that are used at every look."""
        options = self.config.observing
        if ALL in self.probes:
            yield BinnedProbe(self.probes[ALL])
        if not (options.estimators or options.geometry):
            return
        subset = options.subsets[0]
        split = splits[subset]
        seen = {SEEN_LABELS: split.seen_labels} if split.corrupted.any() else {}
        labels = {TRUE_LABELS: split.labels} | seen
        sampling = {"examples": options.estimator_examples, "seed": self.config.seed}
        if options.estimators:
            yield EstimatorMeasurer(
                subset, split.inputs, labels, estimators=options.estimators, **sampling
            )
        if options.geometry:
            bins = self.observer.bins
            yield GeometryMeasurer(
                subset, split.inputs, labels, measures=options.geometry, bins=bins, **sampling
            )

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
        decoding = self.decoding if last or epoch in self.decoded_epochs else None
        for measurer in (*self.measurers, *([] if decoding is None else [decoding])):
            rows.setdefault(measurer.table, []).extend(measurer.observe(self.observer, epoch=epoch))
        place = {"run": self.config.id, "step": step}
        return {table: [place | row for row in table_rows] for table, table_rows in rows.items()}


def _with_scores(evaluation: Evaluation, scores: list[pd.DataFrame] | None) -> list[dict[str, Any]]:
    rows = evaluation.examples()
    if scores is None or evaluation.subset != TRAIN:
        return rows
    records = [record for frame in scores for record in frame.to_dict(orient="records")]
    return [row | {str(k): v for k, v in s.items()} for row, s in zip(rows, records, strict=True)]
