"""Corruptions of labels: what the network is told instead of the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.data.config import LabelKind
from infoplane.errors import InfoplaneError


def corrupt(
    labels: Int[Tensor, " n"],
    kind: LabelKind,
    *,
    rate: float,
    classes: int,
    generator: torch.Generator,
    transition: Sequence[float] = (),
) -> Int[Tensor, " n"]:
    """Return the seen labels ỹ of a kind of corruption; ``true`` leaves them as they are.

    Args:
        labels: the true labels y.
        kind: what is done to them.
        rate: the chance that a label is corrupted; ``true`` and ``matrix`` know none.
        classes: K.
        generator: of every random choice.
        transition: p(ỹ|y) of ``matrix``, K·K values row after row; of no effect on the others.

    Raises:
        InfoplaneError: for another kind, a rate outside [0, 1], flips or pairs where there is one
            class, or a transition matrix of another number of classes.
    """
    check_rate(rate)
    match kind:
        case "true":
            return labels
        case "resampled":
            return resample(labels, rate=rate, classes=classes, generator=generator)
        case "flipped":
            return flip(labels, rate=rate, classes=classes, generator=generator)
        case "permuted":
            return permute(labels, rate=rate, generator=generator)
        case "paired":
            return pair(labels, rate=rate, classes=classes, generator=generator)
        case "matrix":
            matrix = as_matrix(transition, classes=classes)
            return draw(labels, matrix=matrix, generator=generator)
    raise InfoplaneError(f"no corruption {kind!r}; give one of: {', '.join(get_args(LabelKind))}.")


def resample(
    labels: Int[Tensor, " n"], *, rate: float, classes: int, generator: torch.Generator
) -> Int[Tensor, " n"]:
    """Replace each label with chance ``rate`` by a uniform class, perhaps the same one.

    Raises:
        InfoplaneError: for a rate outside [0, 1].

    Source: Zhang et al. 2017, §2.1, "partially corrupted labels".
    """
    check_rate(rate)
    other = torch.randint(classes, labels.shape, generator=generator)
    return torch.where(_chosen(labels, rate, generator), other, labels)


def flip(
    labels: Int[Tensor, " n"], *, rate: float, classes: int, generator: torch.Generator
) -> Int[Tensor, " n"]:
    """Replace each label with chance ``rate`` by a uniform *other* class.

    Raises:
        InfoplaneError: for a rate outside [0, 1], or where there is one class.
    """
    check_rate(rate)
    check_flippable(classes)
    shift = torch.randint(1, classes, labels.shape, generator=generator)
    flipped = (labels + shift) % classes
    return torch.where(_chosen(labels, rate, generator), flipped, labels)


def permute(
    labels: Int[Tensor, " n"], *, rate: float, generator: torch.Generator
) -> Int[Tensor, " n"]:
    """Shuffle the labels of a random share ``rate`` of the examples; class counts are kept.

    Raises:
        InfoplaneError: for a rate outside [0, 1].
    """
    check_rate(rate)
    n = len(labels)
    moved = torch.randperm(n, generator=generator)[: round(rate * n)]
    seen = labels.clone()
    seen[moved] = labels[moved[torch.randperm(len(moved), generator=generator)]]
    return seen


def pair(
    labels: Int[Tensor, " n"], *, rate: float, classes: int, generator: torch.Generator
) -> Int[Tensor, " n"]:
    """Replace each label c with chance ``rate`` by its neighbour, c + 1 modulo K.

    Raises:
        InfoplaneError: for a rate outside [0, 1], or where there is one class.

    Source: pair flipping, Han et al. 2018 (Co-teaching), appendix A.
    """
    check_rate(rate)
    check_flippable(classes)
    return torch.where(_chosen(labels, rate, generator), (labels + 1) % classes, labels)


def draw(
    labels: Int[Tensor, " n"], *, matrix: Float[Tensor, "c c"], generator: torch.Generator
) -> Int[Tensor, " n"]:
    """Draw each seen label from its row p(ỹ|y) of a transition matrix, Q[y, ỹ]."""
    until = matrix.double().cumsum(dim=1)
    until = until / until[:, -1:]  # so that the last is 1, whatever rounding did
    u = torch.rand(len(labels), 1, generator=generator, dtype=torch.float64)
    return (u >= until[labels]).sum(dim=1)


def as_matrix(transition: Sequence[float], *, classes: int) -> Float[Tensor, "c c"]:
    """Return a transition matrix [K, K] from its values, row after row.

    Raises:
        InfoplaneError: where there are not K·K of them.
    """
    if len(transition) != classes**2:
        raise InfoplaneError(
            f"data.transition holds {len(transition)} values, but the data have {classes} "
            f"classes; give {classes} × {classes} values, the rows of p(ỹ|y) one after another."
        )
    return torch.tensor(transition, dtype=torch.float64).view(classes, classes)


def check_rate(rate: float) -> None:
    """Refuse a rate that is no chance."""
    if not 0 <= rate <= 1:
        raise InfoplaneError(f"rate is {rate}; give a chance between 0 and 1.")


def check_flippable(classes: int) -> None:
    """Refuse to flip labels that can be one thing only."""
    if classes < 2:
        raise InfoplaneError(f"labels of {classes} class cannot be flipped; need two.")


def _chosen(labels: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    return torch.rand(labels.shape, generator=generator) < rate
