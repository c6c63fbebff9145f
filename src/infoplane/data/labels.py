"""Corruptions of labels: what the network is told instead of the truth."""

from __future__ import annotations

import math

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
) -> Int[Tensor, " n"]:
    """Return the seen labels ỹ of a kind of corruption; ``true`` leaves them as they are.

    Raises:
        InfoplaneError: for another kind, a rate outside [0, 1], or flips where there is one class.
    """
    _check_rate(rate)
    match kind:
        case "true":
            return labels
        case "resampled":
            return resample(labels, rate=rate, classes=classes, generator=generator)
        case "flipped":
            return flip(labels, rate=rate, classes=classes, generator=generator)
        case "permuted":
            return permute(labels, rate=rate, generator=generator)
    raise InfoplaneError(
        f"no corruption {kind!r}; give 'true', 'resampled', 'flipped' or 'permuted'."
    )


def resample(
    labels: Int[Tensor, " n"], *, rate: float, classes: int, generator: torch.Generator
) -> Int[Tensor, " n"]:
    """Replace each label with chance ``rate`` by a uniform class, perhaps the same one.

    Raises:
        InfoplaneError: for a rate outside [0, 1].

    Source: Zhang et al. 2017, §2.1, "partially corrupted labels".
    """
    _check_rate(rate)
    other = torch.randint(classes, labels.shape, generator=generator)
    return torch.where(_chosen(labels, rate, generator), other, labels)


def flip(
    labels: Int[Tensor, " n"], *, rate: float, classes: int, generator: torch.Generator
) -> Int[Tensor, " n"]:
    """Replace each label with chance ``rate`` by a uniform *other* class.

    Raises:
        InfoplaneError: for a rate outside [0, 1], or where there is one class.
    """
    _check_rate(rate)
    _check_flippable(classes)
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
    _check_rate(rate)
    n = len(labels)
    moved = torch.randperm(n, generator=generator)[: round(rate * n)]
    seen = labels.clone()
    seen[moved] = labels[moved[torch.randperm(len(moved), generator=generator)]]
    return seen


def realised_rate(labels: Int[Tensor, " n"], seen_labels: Int[Tensor, " n"]) -> float:
    """Return the share of examples whose seen label is not the true one."""
    return float((labels != seen_labels).double().mean())


def transition_matrix(kind: LabelKind, *, rate: float, classes: int) -> Float[Tensor, "c c"]:
    """Return Q[y, ỹ] = p(ỹ|y) of true, resampled or flipped labels.

    Raises:
        InfoplaneError: for another kind, a rate outside [0, 1], or flips where there is one class.
    """
    _check_rate(rate)
    same = torch.eye(classes, dtype=torch.float64)
    if kind == "resampled":
        return (1 - rate) * same + rate / classes
    if kind == "flipped":
        _check_flippable(classes)
        return (1 - rate) * same + rate / (classes - 1) * (1 - same)
    if kind == "true":
        return same
    raise InfoplaneError(
        f"labels that are {kind} have no transition matrix: it depends on the class counts; give "
        "'resampled', 'flipped' or 'true'."
    )


def label_noise_bits(
    matrix: Float[Tensor, "c c"], class_counts: Int[Tensor, " c"]
) -> tuple[float, float]:
    """Return the exact H(Ỹ|Y) and I(Y;Ỹ), in bits, of a transition matrix and class counts.

    H(Ỹ|Y) is the ceiling of what can be memorized, I(Y;Ỹ) of what can be said of ỹ without it.

    Raises:
        InfoplaneError: where no class has an example.
    """
    if not class_counts.sum() > 0:
        raise InfoplaneError(
            f"class_counts is {class_counts.tolist()}; give at least one example of a class."
        )
    p = class_counts.double() / class_counts.sum()
    given = float((p * _entropy(matrix)).sum())
    return given, float(_entropy(p @ matrix)) - given


def _check_rate(rate: float) -> None:
    if not 0 <= rate <= 1:
        raise InfoplaneError(f"rate is {rate}; give a chance between 0 and 1.")


def _check_flippable(classes: int) -> None:
    if classes < 2:
        raise InfoplaneError(f"labels of {classes} class cannot be flipped; need two.")


def _chosen(labels: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    return torch.rand(labels.shape, generator=generator) < rate


def _entropy(p: Float[Tensor, "*b c"]) -> Float[Tensor, "*b"]:
    return torch.special.entr(p).sum(dim=-1) / math.log(2)
