"""The memorized part M = I(T;Ỹ|Y) of a layer, and what it has learned, by cross-fitted decoders.

With y the true and ỹ the seen label, the information of a layer T on the seen label splits exactly:

    I(T;Ỹ) = [I(T;Y) - I(T;Y|Ỹ)] + I(T;Ỹ|Y)

The last term is M. If the label noise is independent of the input given the true class, M is zero
on fresh examples: measured on test examples with freshly drawn noise it is the control. On training
examples all that lies above the input's own M has come through the weights.

As usable information, M is always that of a class of decoders: what neighbours, a linear reading, a
small network, or the strongest of them find in the layer.
"""

from __future__ import annotations

from typing import Any

from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.samples import as_rows, check_lengths, class_labels
from infoplane.information.decoders.usable import STRONGEST, usable_information
from infoplane.settings import check_number

PERMUTATIONS = 20  # of the null; 19 are the fewest that can show p ≤ .05


def memorized_part(
    t: Any,
    labels: Any,
    seen_labels: Any,
    *,
    decoder: str = STRONGEST,
    groups: Any = None,
    permutations: int = PERMUTATIONS,
    folds: int = 2,
    seed: int = 0,
) -> Estimate:
    """Estimate M = I(T;Ỹ|Y) in bits: what a decoder g(T, Y) → Ỹ knows beyond the prior p(ỹ|y).

    Its ceiling is Ĥ(Ỹ|Y). Where that is zero (no label corrupted, or ỹ a function of y) M is zero.
    The null shuffles the seen labels within each true class.

    Args:
        t: activations [n] or [n, ...], array or tensor.
        labels: true labels y [n]: numbers or text, array, tensor or list.
        seen_labels: the labels ỹ trained on [n].
        decoder: see ``usable_information``.
        groups: equal for copies of one input [n], which share a fold (see ``folds.copies``).
        permutations: shuffles of the null, 0 for none.
        folds: parts; decoders are fitted on all but one.
        seed: of parts, shuffles and decoders.

    Raises:
        InfoplaneError, NonFiniteError: as ``usable_information``.
    """
    rows = as_rows(t, "t")
    given, seen = _labels(rows, labels, "labels"), _labels(rows, seen_labels, "seen_labels")
    copies = None if groups is None else _labels(rows, groups, "groups")
    _check_options(permutations, folds, seed)
    return usable_information(
        rows,
        seen,
        given=given,
        decoder=decoder,
        groups=copies,
        permutations=permutations,
        folds=folds,
        seed=seed,
    )


def learned_part(
    t: Any,
    labels: Any,
    *,
    decoder: str = STRONGEST,
    groups: Any = None,
    permutations: int = PERMUTATIONS,
    folds: int = 2,
    seed: int = 0,
) -> Estimate:
    """Estimate the usable I(T;Y) in bits; of held-out examples it is what a layer has learned.

    Arguments and errors as in ``memorized_part``.
    """
    rows = as_rows(t, "t")
    y = _labels(rows, labels, "labels")
    copies = None if groups is None else _labels(rows, groups, "groups")
    _check_options(permutations, folds, seed)
    return usable_information(
        rows,
        y,
        decoder=decoder,
        groups=copies,
        permutations=permutations,
        folds=folds,
        seed=seed,
    )


def _labels(rows: Float[Tensor, "n d"], values: Any, name: str) -> Int[Tensor, " n"]:
    """Return labels as 0, 1, …, as many as there are samples."""
    labels = class_labels(values, name)
    check_lengths(rows, labels, name)
    return labels


def _check_options(permutations: Any, folds: Any, seed: Any) -> None:
    seeds.check(seed)
    check_number("permutations", permutations)
    check_number("folds", folds, least=2)


def memorization_index(memorized: Estimate) -> float:
    """Return M / H(Ỹ|Y), cut to [0, 1]; 0 where there is nothing to memorize."""
    if memorized.ceiling <= 0:
        return 0.0
    return min(1.0, max(0.0, memorized.bits / memorized.ceiling))
