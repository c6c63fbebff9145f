"""V-information by families of decoders: neighbours, linear, a small network, the strongest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import LABELS, LOWER, Estimator
from infoplane.information.core.samples import (
    check_choice,
    check_pairs,
    check_positive,
    flat,
    is_discrete,
)
from infoplane.information.decoders.usable import DecoderSettings, decoded
from infoplane.names import KNN, LINEAR, MLP, STRONGEST

Family = Literal["strongest", "knn", "linear", "mlp"]
FAMILIES = {"strongest": STRONGEST, "knn": KNN, "linear": LINEAR, "mlp": MLP}


@dataclass(frozen=True)
class Decoder(Estimator):
    """V-information of a family of decoders, cross-fitted.

    Attributes:
        decoder: the family: "knn", "linear" (multinomial logistic), "mlp" (one hidden layer), or
            "strongest", which is chosen among these inside the fitting folds.
        k: the most neighbours.
        hidden: units of the network.
        steps: training steps of the network, at most.
        folds: parts, stratified by label.
    """

    decoder: Family = "strongest"
    k: int = 50
    hidden: int = 64
    steps: int = 500
    folds: int = 2

    name: ClassVar = "decoder"
    takes: ClassVar = LABELS
    cost: ClassVar = "that of its decoders, each fitted twice"
    source: ClassVar = "Xu et al. 2020"
    permutations: ClassVar = 2
    bias: ClassVar = LOWER

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return decoded_information(t, y, **self.parameters, seed=seed)


def decoded_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    decoder: str = Decoder.decoder,
    k: int = Decoder.k,
    hidden: int = Decoder.hidden,
    steps: int = Decoder.steps,
    folds: int = Decoder.folds,
    seed: int = 0,
) -> Estimate:
    """Estimate the V-information of a family V of decoders g(T) → Y, in bits.

    Each fold is scored by the decoder fitted on the others, so what was memorized in fitting does
    not count, and compared with the label frequencies of those: in expectation a lower bound of
    I(T;Y), and zero where there is nothing to be known (see ``usable.usable_information``).

    Args:
        t: activations [n, d] (further axes are flattened).
        y: labels, integer [n].
        seed: of the parts and the initial weights.
        decoder, k, hidden, steps, folds: see ``Decoder``.

    Returns:
        An ``Estimate``; its ceiling is Ĥ(Y), plug-in, and ``standard_error`` that of the mean
        over samples.

    Raises:
        InfoplaneError: for continuous y, lengths that differ, fewer samples than folds, an unknown
            decoder, numbers out of range.
        NonFiniteError: where an activation is not finite.

    Cost: folds times that of fitting the decoder.

    Source: Xu et al. 2020 (arXiv:2002.10689).
    """
    check_choice("decoder", decoder, tuple(FAMILIES))
    check_pairs(t, y)
    if not is_discrete(y):
        raise InfoplaneError(f"y is {y.dtype}; decoders need integer labels, or take KSG.")
    check_positive("hidden", hidden)
    check_positive("steps", steps)
    name = FAMILIES[decoder]
    decoding = DecoderSettings((name,), k=k, hidden=hidden, steps=steps, folds=folds, seed=seed)
    return decoded(flat(t), y.flatten()[None], decoding)[name]
