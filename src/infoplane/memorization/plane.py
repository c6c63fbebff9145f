"""The memorized part M = I(T;Ỹ|Y) of a layer, and what it has learned, by cross-fitted decoders.

With y the true and ỹ the seen label, what a layer T says of the seen label splits exactly:

    I(T;Ỹ) = [I(T;Y) - I(T;Y|Ỹ)] + I(T;Ỹ|Y)

The last term is M. If the label noise is independent of the input given the true class, M is zero
on fresh examples: measured on test examples with freshly drawn noise it is the control. On training
examples all that lies above zero has come through the weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from infoplane.information.estimate import Estimate
from infoplane.information.usable import usable_information


@dataclass(frozen=True)
class Decoding:
    """How labels are decoded: see ``usable_information``."""

    decoder: str = "k-NN decoder"
    k: int = 50
    folds: int = 2
    seed: int = 0


def memorized_part(
    t: Float[Tensor, "n d"],
    labels: Int[Tensor, " n"],
    seen_labels: Int[Tensor, " n"],
    decoding: Decoding = Decoding(),
) -> Estimate:
    """Estimate M = I(T;Ỹ|Y) in bits: Ĥ(Ỹ|Y) less the cross-entropy of a decoder g(T, Y) → Ỹ.

    Its ceiling is Ĥ(Ỹ|Y). Where that is zero (no label corrupted, or ỹ a function of y) M is zero.

    Args:
        t: activations [n, d].
        labels: true labels y [n].
        seen_labels: the labels ỹ trained on [n].
        decoding: the decoder and its folds.

    Raises:
        InfoplaneError, NonFiniteError: as ``usable_information``.
    """
    options = vars(decoding)
    return usable_information(t, seen_labels, given=labels, **options)


def learned_part(
    t: Float[Tensor, "n d"],
    labels: Int[Tensor, " n"],
    decoding: Decoding = Decoding(),
) -> Estimate:
    """Estimate the usable I(T;Y) in bits; of held-out examples it is what a layer has learned."""
    return usable_information(t, labels, **vars(decoding))


def memorization_index(memorized: Estimate) -> float:
    """Return M / H(Ỹ|Y), cut to [0, 1]; 0 where there is nothing to memorize."""
    if memorized.ceiling <= 0:
        return 0.0
    return min(1.0, max(0.0, memorized.bits / memorized.ceiling))
