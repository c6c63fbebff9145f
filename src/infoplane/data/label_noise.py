"""What label noise is worth in bits: exactly, from its transition matrix and the class counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.data.config import DataConfig, LabelKind
from infoplane.data.labels import as_matrix, check_flippable, check_rate
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError


@dataclass(frozen=True)
class LabelNoise:
    """The noise on the labels of one training part."""

    rate: float
    """The share of examples whose seen label is not the true one, as it came out."""
    entropy: float
    """H(Ỹ|Y) in bits an example: the ceiling of what can be memorized."""
    information: float
    """I(Y;Ỹ) in bits an example: what ỹ says of the true class, and can be learned."""


def label_noise(config: DataConfig, train: Split) -> LabelNoise:
    """Return the rate as it came out, and the exact bits, of the noise of a training part.

    Raises:
        InfoplaneError: as ``transition_matrix``.
    """
    counts = torch.bincount(train.labels, minlength=train.classes)
    matrix = transition_matrix(
        config.labels,
        rate=config.rate,
        classes=train.classes,
        transition=config.transition,
        class_counts=counts,
    )
    entropy, information = label_noise_bits(matrix, counts)
    return LabelNoise(realised_rate(train.labels, train.seen_labels), entropy, information)


def realised_rate(labels: Int[Tensor, " n"], seen_labels: Int[Tensor, " n"]) -> float:
    """Return the share of examples whose seen label is not the true one."""
    return float((labels != seen_labels).double().mean())


def transition_matrix(
    kind: LabelKind,
    *,
    rate: float,
    classes: int,
    transition: Sequence[float] = (),
    class_counts: Int[Tensor, " c"] | None = None,
) -> Float[Tensor, "c c"]:
    """Return Q[y, ỹ] = p(ỹ|y), the distribution of one seen label given its true one.

    Of ``permuted`` labels it depends on the class counts, see ``permuted_matrix``.

    Args:
        kind: the corruption.
        rate: the chance that a label is corrupted.
        classes: K.
        transition: the values of ``matrix``.
        class_counts: examples of each class; needed for ``permuted`` alone.

    Raises:
        InfoplaneError: for another kind, a rate outside [0, 1], flips or pairs where there is one
            class, a matrix of another size, or permuted labels without class counts.
    """
    check_rate(rate)
    same = torch.eye(classes, dtype=torch.float64)
    match kind:
        case "true":
            return same
        case "resampled":
            return (1 - rate) * same + rate / classes
        case "flipped":
            check_flippable(classes)
            return (1 - rate) * same + rate / (classes - 1) * (1 - same)
        case "paired":
            check_flippable(classes)
            return (1 - rate) * same + rate * same.roll(1, dims=1)
        case "matrix":
            return as_matrix(transition, classes=classes)
        case "permuted" if class_counts is not None:
            return permuted_matrix(class_counts, rate=rate)
    raise InfoplaneError(
        f"labels that are {kind} have no transition matrix by themselves; give class_counts, or "
        "another kind."
    )


def permuted_matrix(class_counts: Int[Tensor, " c"], *, rate: float) -> Float[Tensor, "c c"]:
    """Return the exact p(ỹ|y) of one example whose label was permuted, given the class counts.

    Of n examples m = round(rate · n) are moved, and their labels shuffled among them. An example
    is moved with chance m/n; then it keeps its own label with chance 1/m, and otherwise gets that
    of any other of the n - 1 examples with equal chances:

        Q[y, ỹ] = (1 - s) 1[ỹ = y] + s (n_ỹ - 1[ỹ = y]) / (n - 1),    s = (m - 1) / n

    This is exact for each example, and so are the entropies of a label. The labels of different
    examples are not independent (their counts are fixed), so n H(Ỹ|Y) is above the entropy of all
    of them together, by O(K² log n) bits.
    """
    n = int(class_counts.sum())
    moved = max(round(rate * n), 1)
    share = (moved - 1) / max(n, 1)
    same = torch.eye(len(class_counts), dtype=torch.float64)
    others = class_counts.double() - same * (class_counts > 0)  # all but the example itself
    return (1 - share) * same + share * others / others.sum(dim=1, keepdim=True).clamp(min=1)


def label_noise_bits(
    matrix: Float[Tensor, "c c"], class_counts: Int[Tensor, " c"]
) -> tuple[float, float]:
    """Return the exact H(Ỹ|Y) and I(Y;Ỹ), in bits, of a transition matrix and class counts.

    H(Ỹ|Y) is the ceiling of what can be memorized, I(Y;Ỹ) of what can be predicted of ỹ without it.

    Raises:
        InfoplaneError: where no class has an example.
    """
    if not class_counts.sum() > 0:
        raise InfoplaneError(
            f"class_counts is {class_counts.tolist()}; give at least one example of a class."
        )
    p = class_counts.double() / class_counts.sum()
    conditional = float((p * _entropy(matrix)).sum())
    return conditional, float(_entropy(p @ matrix)) - conditional


def _entropy(p: Float[Tensor, "*b c"]) -> Float[Tensor, "*b"]:
    return torch.special.entr(p).sum(dim=-1) / math.log(2)
