"""From examples to the labels that decoders predict: for M, its control, and I(T;Y)."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.data.labels import draw
from infoplane.information.decoders.folds import within
from infoplane.memorization.config import MemorizationConfig
from infoplane.memorization.decoded_layers import Part
from infoplane.names import TEST, TRAIN
from infoplane.user_models.examples import Examples


def decoded_parts(
    train: Examples, test: Examples | None, options: MemorizationConfig, *, seed: int
) -> list[Part]:
    """Return the parts that are decoded.

    With seen labels of which some are wrong, M of the training examples; of a test part the control
    (M of labels drawn anew by the same noise) and what is learned, I(T;Y). Without one, or without
    wrong labels, I(T;Y) of the training examples too.
    """
    many = options.permutations
    groups = train.inputs.groups()
    y, seen = train.labels, None
    if train.seen is not None and train.wrong:
        shuffled = within(train.seen, y, groups, many, seed)
        seen = torch.cat([train.seen[None], shuffled])
    learned = None
    if seen is None or test is None:
        learned = torch.cat([y[None], within(y, None, groups, many, seed)])
    parts = [Part(TRAIN, train.inputs, y, groups, seen=seen, shuffled=learned)]
    if test is not None:
        of_test, labels = test.inputs.groups(), test.labels
        control = None
        if seen is not None and train.seen is not None:
            noise = noise_matrix(y, train.seen, classes=int(max(y.max(), labels.max())) + 1)
            control = fresh(labels, noise, 1 + many, seed)
        learned = torch.cat([labels[None], within(labels, None, of_test, many, seed)])
        part = Part(TEST, test.inputs, labels, of_test, seen=control, shuffled=learned)
        parts.append(part)
    return parts


def noise_matrix(
    labels: Int[Tensor, " n"], seen: Int[Tensor, " n"], *, classes: int
) -> Float[Tensor, "c s"]:
    """Return how often each seen label goes with each true one; a class that is missing is kept."""
    number = max(classes, int(seen.max()) + 1)
    counts = torch.zeros(classes, number, dtype=torch.float64)
    counts.index_put_((labels, seen), torch.ones(len(seen), dtype=torch.float64), accumulate=True)
    none = counts.sum(dim=1) == 0
    counts[none] += torch.eye(classes, number, dtype=torch.float64)[none]
    return counts / counts.sum(dim=1, keepdim=True)


def fresh(
    labels: Int[Tensor, " n"], noise: Float[Tensor, "c s"], times: int, seed: int
) -> Int[Tensor, "m n"]:
    """Draw noise for labels anew, several times."""
    generator = seeds.generator(seed, "control noise")
    return torch.stack([draw(labels, matrix=noise, generator=generator) for _ in range(times)])
