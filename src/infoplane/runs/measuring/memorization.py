"""Measure the memorized part and the learned part of every layer of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from infoplane import seeds
from infoplane.data.labels import corrupt
from infoplane.data.split import Split, balanced_subset
from infoplane.information.core.estimate import Estimate
from infoplane.information.decoders.folds import copies, within
from infoplane.information.decoders.usable import Decoding, decoded
from infoplane.names import DECODERS, I_TY, INPUT, KNN, LINEAR, MLP, TEST, TRAIN, M
from infoplane.observing.observer import Observer, estimate_row
from infoplane.runs.config import RunConfig

SKETCHED = 4096  # units; wider layers are sketched so far, or neighbours would take hours to find
NAMED = {"strongest": DECODERS, "knn": (KNN,), "linear": (LINEAR,), "mlp": (MLP,)}

Found = tuple[str, str, Estimate]  # subset, quantity, estimate


@dataclass(frozen=True)
class Part:
    """Fixed examples, the labelings of them that are decoded, and which are copies of which."""

    split: Split
    seen: Int[Tensor, "m n"]  # the seen labels, and below them those of the null
    groups: Int[Tensor, " n"]


class MemorizationProbe:
    """Examples on which M is measured: of training, and as many of test with fresh noise."""

    table = "measurements"

    def __init__(self, config: RunConfig, train: Split, test: Split) -> None:
        options = config.memorization
        self.config = config
        self.decoding = Decoding(
            NAMED[options.decoder], k=options.k, folds=options.folds, seed=config.seed
        )
        size = min(options.probe_size, len(train), len(test))
        of_train, of_test = (
            balanced_subset(split, size, seeds.generator(config.seed, "memorization probe", i))
            for i, split in enumerate((train, test))
        )
        groups = copies(of_train.inputs)
        shuffled = within(
            of_train.seen_labels, of_train.labels, groups, options.permutations, config.seed
        )
        seen = torch.cat([of_train.seen_labels[None], shuffled])
        self.train = Part(of_train, seen, groups)
        self.control = Part(of_test, self._fresh(of_test), copies(of_test.inputs))
        labels = of_test.labels
        self.labels = torch.cat(
            [
                labels[None],
                within(labels, None, self.control.groups, options.permutations, config.seed),
            ]
        )
        self._input: dict[str, list[Found]] = {}  # the input never changes: measured once

    def _fresh(self, test: Split) -> Int[Tensor, "m n"]:
        """Draw the known noise anew: the control's labels, and those of its exact null."""
        data, noise = self.config.data, seeds.generator(self.config.seed, "control noise")
        draws = [
            corrupt(
                test.labels,
                data.labels,
                rate=data.rate,
                classes=test.classes,
                generator=noise,
                transition=data.transition,
            )
            for _ in range(1 + self.config.memorization.permutations)
        ]
        return torch.stack(draws)

    def observe(self, observer: Observer, *, epoch: int) -> Iterator[dict[str, Any]]:
        """Yield a row for each member, layer, quantity and decoder."""
        for part, measure in ((self.train, self.of_train), (self.control, self.of_test)):
            wide = observer.whole_layers(part.split.inputs, most_units=SKETCHED)
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

    def _measured(
        self, layer: str, t: Tensor, measure: Callable[[Tensor], list[Found]]
    ) -> list[Found]:
        if layer != INPUT:
            return measure(t)
        key = measure.__name__
        if key not in self._input:
            self._input[key] = measure(t)
        return self._input[key]

    def of_train(self, t: Tensor) -> list[Found]:
        """Return M of the training examples, by each decoder."""
        return [(TRAIN, M, each) for each in self._memorized(t, self.train)]

    def of_test(self, t: Tensor) -> list[Found]:
        """Return the control and the learned part of the test examples, by each decoder."""
        learned = decoded(t, self.labels, self.decoding, groups=self.control.groups)
        return [
            *((TEST, M, each) for each in self._memorized(t, self.control)),
            *((TEST, I_TY, each) for each in learned.values()),
        ]

    def _memorized(self, t: Tensor, part: Part) -> list[Estimate]:
        of = {"given": part.split.labels, "groups": part.groups}
        return list(decoded(t, part.seen, self.decoding, **of).values())

    def memorized_bits(self, t: Tensor) -> float:
        """Return M of the training examples by the first decoder, without its null."""
        of = {"given": self.train.split.labels, "groups": self.train.groups}
        first = self.decoding.decoders[0]
        decoding = replace(self.decoding, decoders=(first,))
        return decoded(t, self.train.seen[:1], decoding, **of)[first].bits


def memorization_probe(config: RunConfig, train: Split, test: Split) -> MemorizationProbe | None:
    """Return the probe of a run on corrupted labels, None of any other."""
    wanted = config.memorization.decoder != "none" and bool(train.corrupted.any()) and len(test)
    return MemorizationProbe(config, train, test) if wanted else None
