"""Corruptions of labels: what the network is told instead of the truth."""

from __future__ import annotations

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
    """Return the seen labels ỹ.

    ``resampled``: each with chance ``rate`` replaced by a uniform class, perhaps the same one
    (Zhang et al. 2017); ``flipped``: with chance ``rate`` by a uniform *other* class; ``permuted``:
    a random ``rate`` of the examples exchange their labels, so class counts are kept.

    Raises:
        InfoplaneError: for a rate outside [0, 1], or flips where there is one class.
    """
    if not 0 <= rate <= 1:
        raise InfoplaneError(f"rate is {rate}; give a chance between 0 and 1.")
    match kind:
        case "resampled":
            other = torch.randint(classes, labels.shape, generator=generator)
            return torch.where(_chosen(labels, rate, generator), other, labels)
        case "flipped":
            if classes < 2:
                raise InfoplaneError(f"labels of {classes} class cannot be flipped; need two.")
            shift = torch.randint(1, classes, labels.shape, generator=generator)
            flipped = (labels + shift) % classes
            return torch.where(_chosen(labels, rate, generator), flipped, labels)
        case "permuted":
            n = len(labels)
            moved = torch.randperm(n, generator=generator)[: round(rate * n)]
            seen = labels.clone()
            seen[moved] = labels[moved[torch.randperm(len(moved), generator=generator)]]
            return seen
        case _:
            return labels


def _chosen(labels: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    return torch.rand(labels.shape, generator=generator) < rate


def transition_matrix(kind: LabelKind, *, rate: float, classes: int) -> Float[Tensor, "c c"]:
    """Return Q[y, ỹ] = p(ỹ|y) of resampled or flipped labels."""
    same = torch.eye(classes, dtype=torch.float64)
    if kind == "resampled":
        return (1 - rate) * same + rate / classes
    if kind == "flipped":
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
    """
    p = class_counts.double() / class_counts.sum()
    given = float((p * _entropy(matrix)).sum())
    return given, float(_entropy(p @ matrix)) - given


def _entropy(p: Float[Tensor, "*b c"]) -> Float[Tensor, "*b"]:
    return torch.special.entr(p).sum(dim=-1) / torch.log(torch.tensor(2.0, dtype=torch.float64))
