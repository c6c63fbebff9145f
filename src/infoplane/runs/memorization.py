"""Measure the memorized part and the learned part of every layer of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from infoplane import seeds, tables
from infoplane.data.labels import corrupt
from infoplane.data.split import Split, balanced_subset
from infoplane.information.estimate import Estimate
from infoplane.memorization.plane import Decoding, learned_part, memorized_part
from infoplane.observing.capture import INPUT
from infoplane.observing.observer import Observer, estimate_row
from infoplane.runs.config import RunConfig

SKETCHED = 4096  # units; wider layers are sketched so far, or neighbours would take hours to find
DECODERS = {"knn": "k-NN decoder", "logistic": "logistic decoder"}

Found = tuple[str, str, Estimate]  # subset, quantity, estimate


class MemorizationProbe:
    """Fixed examples on which M is measured: of training, and of test with fresh noise."""

    def __init__(self, config: RunConfig, train: Split, test: Split) -> None:
        options = config.memorization
        self.decoding = Decoding(DECODERS[options.decoder], options.k, options.folds, config.seed)
        noise = seeds.generator(config.seed, "control noise")
        fresh = corrupt(
            test.labels,
            config.data.labels,
            rate=config.data.rate,
            classes=test.classes,
            generator=noise,
            transition=config.data.transition,
        )
        splits = (train, test.with_seen_labels(fresh))
        self.train, self.control = (
            balanced_subset(
                split,
                min(options.probe_size, len(split)),
                seeds.generator(config.seed, "memorization probe", i),
            )
            for i, split in enumerate(splits)
        )
        self._input: dict[str, list[Found]] = {}  # the input never changes: measured once

    def observe(self, observer: Observer, *, epoch: int) -> Iterator[dict[str, Any]]:
        """Yield a row for each member, layer and quantity."""
        for part, measure in ((self.train, self._of_train), (self.control, self._of_test)):
            wide = observer.whole_layers(part.inputs, most_units=SKETCHED)
            for layer, width, members in wide:
                found = [self._measured(layer, t, measure) for t in members]
                sketched = f", sketch of {SKETCHED:,} units" if width > SKETCHED else ""
                for member in range(observer.members):
                    for subset, quantity, estimate in found[member % len(found)]:
                        yield {
                            "member": member,
                            "epoch": epoch,
                            "subset": subset,
                            "width": width,
                            **observer.place(layer),
                            **estimate_row(quantity, estimate),
                            "resolution": estimate.resolution + sketched,
                        }

    def _measured(self, layer: str, t: Tensor, measure: Any) -> list[Found]:
        if layer != INPUT:
            return measure(t)
        key = measure.__name__
        if key not in self._input:
            self._input[key] = measure(t)
        return self._input[key]

    def _of_train(self, t: Tensor) -> list[Found]:
        memorized = memorized_part(t, self.train.labels, self.train.seen_labels, self.decoding)
        return [("train", tables.M, memorized)]

    def _of_test(self, t: Tensor) -> list[Found]:
        part = self.control
        control = memorized_part(t, part.labels, part.seen_labels, self.decoding)
        learned = learned_part(t, part.labels, self.decoding)
        return [("test", tables.M, control), ("test", tables.I_TY, learned)]


def memorization_probe(config: RunConfig, train: Split, test: Split) -> MemorizationProbe | None:
    """Return the probe of a run on corrupted labels, None of any other."""
    wanted = config.memorization.decoder != "none" and bool(train.corrupted.any()) and len(test)
    return MemorizationProbe(config, train, test) if wanted else None
