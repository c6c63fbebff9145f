"""Easiness: how often each example is misclassified after one epoch, over many networks.

On real data some examples are nearly always right and some nearly always wrong; where no example is
easier than another, the frequencies are those of a binomial.

Source: Arpit et al. 2017, §4.1 (figure 1).
"""

from __future__ import annotations

import math

from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError


def misclassification_frequency(
    predictions: Int[Tensor, "k n"], labels: Int[Tensor, " n"]
) -> Float[Tensor, " n"]:
    """Return P̂_i, the share of k networks that predict another label than that of example i."""
    return (predictions != labels).double().mean(dim=0)


def overdispersion(frequency: Float[Tensor, " n"], *, trials: int) -> float:
    """Return Var_i(P̂) / (p̄ (1 - p̄) / k): about 1 where all examples are equally easy.

    A binomial of k trials and one chance p̄ for all examples has 1; examples that are always right
    or always wrong have k. NaN where every network is right, or wrong, on all of them.

    Args:
        frequency: P̂ of each example.
        trials: k, the networks it was counted over.

    Raises:
        InfoplaneError: for less than two examples, or a number of trials below 1.
    """
    if len(frequency) < 2 or trials < 1:
        raise InfoplaneError(
            f"{len(frequency)} frequencies of {trials} trials were given; give two examples and a "
            "trial at least."
        )
    p = float(frequency.double().mean())
    binomial = p * (1 - p) / trials
    return float(frequency.double().var()) / binomial if binomial > 0 else math.nan
