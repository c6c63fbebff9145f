"""Measure the memorized part and the learned part of every layer of a run."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Int
from torch import Tensor

from infoplane import seeds
from infoplane.data.labels import corrupt
from infoplane.data.split import Split, balanced_subset
from infoplane.information.decoders.folds import copies, within
from infoplane.information.decoders.usable import decoded
from infoplane.memorization.decoded_layers import DecodedLayers, Part, SubsetEstimate, decoding_of
from infoplane.names import TEST, TRAIN
from infoplane.runs.config import RunConfig


class MemorizationProbe(DecodedLayers):
    """Examples on which M is measured: of training, and as many of test with fresh noise."""

    def __init__(self, config: RunConfig, train: Split, test: Split) -> None:
        options = config.memorization
        size = min(options.probe_size, len(train), len(test))
        of_train, of_test = (
            balanced_subset(split, size, seeds.generator(config.seed, "memorization probe", i))
            for i, split in enumerate((train, test))
        )
        many, seed = options.permutations, config.seed
        groups = copies(of_train.inputs)
        shuffled = within(of_train.seen_labels, of_train.labels, groups, many, seed)
        seen = torch.cat([of_train.seen_labels[None], shuffled])
        self.train = Part(TRAIN, of_train.inputs, of_train.labels, groups, seen=seen)
        labels, groups = of_test.labels, copies(of_test.inputs)
        self.control = Part(
            TEST,
            of_test.inputs,
            labels,
            groups,
            seen=self._fresh(config, of_test),
            shuffled=torch.cat([labels[None], within(labels, None, groups, many, seed)]),
        )
        super().__init__(decoding_of(options, seed), (self.train, self.control))

    @staticmethod
    def _fresh(config: RunConfig, test: Split) -> Int[Tensor, "m n"]:
        """Draw the known noise anew: the control's labels, and those of its exact null."""
        data, noise = config.data, seeds.generator(config.seed, "control noise")
        draws = [
            corrupt(
                test.labels,
                data.labels,
                rate=data.rate,
                classes=test.classes,
                generator=noise,
                transition=data.transition,
            )
            for _ in range(1 + config.memorization.permutations)
        ]
        return torch.stack(draws)

    def of_train(self, t: Tensor) -> list[SubsetEstimate]:
        """Return M of the training examples, by each decoder."""
        return self.train.measured(t, self.decoding)

    def of_test(self, t: Tensor) -> list[SubsetEstimate]:
        """Return the control and the learned part of the test examples, by each decoder."""
        return self.control.measured(t, self.decoding)

    def memorized_bits(self, t: Tensor) -> float:
        """Return M of the training examples by the first decoder, without its null."""
        first = self.decoding.decoders[0]
        only = replace(self.decoding, decoders=(first,))
        part, seen = self.train, self.train.seen
        assert seen is not None
        return decoded(t, seen[:1], only, given=part.labels, groups=part.groups)[first].bits


def memorization_probe(config: RunConfig, train: Split, test: Split) -> MemorizationProbe | None:
    """Return the probe of a run on corrupted labels, None of any other."""
    wanted = config.memorization.decoder != "none" and bool(train.corrupted.any()) and len(test)
    return MemorizationProbe(config, train, test) if wanted else None
