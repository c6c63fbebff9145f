"""Conditional mutual information of an algorithm with the choice of its training examples.

Examples come in pairs, the supersample; a coin U_i for each says which of the two is trained on.
What the losses (e-CMI) or predictions (f-CMI) on both say of the coin is, in bits for each training
example, how much the network tells of what it was trained on; with K networks it is a plug-in
estimate from K draws of the coins. Higher is more memorized; 1 bit is the most.

Sources: conditional mutual information, Steinke & Zakynthinou 2020; f-CMI, Harutyunyan et al. 2021;
e-CMI, Hellström & Durisi 2022; samplewise and for single losses, Wang & Mao 2023.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.outcomes import Outcomes

AT_ONCE = 1 << 22  # cells of the counts of pairs that are in memory together


class CMI(NamedTuple):
    """Bits an example."""

    bits: float
    standard_error: float
    """Over pairs; that of few networks is in ``null``."""
    null: float
    """The same with the coins of each pair dealt out to the networks anew: what K networks find
    where there is nothing."""


def coins(outcomes: Outcomes, pairs: Int[np.ndarray, "h 2"]) -> Bool[np.ndarray, "k h"]:
    """Return U: whether each network was trained on the second example of each pair.

    Raises:
        InfoplaneError: where a network saw both of a pair, or neither.
    """
    first, second = outcomes.seen[:, pairs[:, 0]], outcomes.seen[:, pairs[:, 1]]
    if (first == second).any():
        raise InfoplaneError(
            f"{int((first == second).any(axis=0).sum())} of {len(pairs)} pairs were seen whole or "
            "not at all by a network; give the pairs that the subsets were drawn from."
        )
    return second


def pooled_error_cmi(outcomes: Outcomes, pairs: Int[np.ndarray, "h 2"]) -> CMI:
    """Return I(L⁰, L¹; U) of the 0/1 losses on a random pair of examples, in bits.

    All pairs and networks are one sample: the coin is told by somebody who sees two losses and
    does not know of which examples they are. Either order of a pair counts. For networks without
    training error it is the test error, exactly: an error tells the coin, and no error tells
    nothing (Wang & Mao 2023, for interpolating algorithms).

    Raises:
        InfoplaneError: as ``coins``.

    Cost: O(K n).
    """
    u, wrong = coins(outcomes, pairs), ~outcomes.correct
    losses = 2 * wrong[:, pairs[:, 0]].astype(np.int8) + wrong[:, pairs[:, 1]]
    swapped = np.array([0, 2, 1, 3], np.int8)[losses]
    values, density = _pooled(losses, swapped, u)
    shuffled, _ = _pooled(losses, swapped, _dealt(u))
    return CMI(values, float(density.std(ddof=1) / math.sqrt(len(pairs))), shuffled)


def _pooled(losses: np.ndarray, swapped: np.ndarray, u: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the information in bits, and the mean of its density over networks, pair by pair."""
    counts = np.zeros((2, 4))
    for values, coin in ((losses, u), (swapped, ~u)):
        counts += np.bincount((4 * coin + values).ravel(), minlength=8).reshape(2, 4)
    p = counts / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.log2(p / (p.sum(axis=0) * p.sum(axis=1, keepdims=True)))
    density = np.where(p > 0, density, 0)
    return float((p * density).sum()), density[u.astype(np.int8), losses].mean(axis=0)


def error_cmi(outcomes: Outcomes, pairs: Int[np.ndarray, "h 2"]) -> CMI:
    """Return I(L⁰_i, L¹_i; U_i | Z̃) of the 0/1 losses, in bits, mean over pairs i.

    Given the supersample: the coin is told by somebody who knows the two examples, and so how often
    each is wrong unseen. Without training error, pairs with such chances q₀, q₁ have

        1 - (1 - q̄) h((1 - q₀) / (2 - 2 q̄)),  q̄ = (q₀ + q₁) / 2,  h the binary entropy,

    which is q̄ for q₀ = q₁ and more for any others, up to 2 q̄: where few examples make all errors it
    is above the test error, and the pooled form is not.

    Raises:
        InfoplaneError: as ``coins``.

    Cost: O(K n).
    """
    wrong = (~outcomes.correct).astype(np.int8)
    return _by_pair(2 * wrong[:, pairs[:, 0]] + wrong[:, pairs[:, 1]], coins(outcomes, pairs), 4)[0]


class PredictionCMI(NamedTuple):
    """f-CMI and what it bounds."""

    cmi: CMI
    bound: float
    """1/n Σ √(2 I_i), I_i in nats: expected test error less training error is at most this."""


def prediction_cmi(outcomes: Outcomes, pairs: Int[np.ndarray, "h 2"]) -> PredictionCMI:
    """Return I(f(x⁰_i), f(x¹_i); U_i | Z̃) of the predicted classes, in bits, mean over pairs.

    With its bound of the generalization gap, in errors an example.

    Raises:
        InfoplaneError: as ``coins``.

    Cost: O(K n + n classes²).

    Source: Harutyunyan et al. 2021, Theorem 3.2 with m = 1, and their plug-in estimate.
    """
    classes = int(outcomes.prediction.max()) + 1
    guesses = outcomes.prediction.astype(np.int32)
    codes = classes * guesses[:, pairs[:, 0]] + guesses[:, pairs[:, 1]]
    cmi, by_pair = _by_pair(codes, coins(outcomes, pairs), classes**2)
    return PredictionCMI(cmi, float(np.sqrt(2 * math.log(2) * by_pair.clip(min=0)).mean()))


def _by_pair(codes: np.ndarray, u: np.ndarray, kinds: int) -> tuple[CMI, Float[np.ndarray, " h"]]:
    bits = _plug_in(codes, u, kinds)
    null = _plug_in(codes, _dealt(u), kinds)
    error = float(bits.std(ddof=1) / math.sqrt(len(bits)))
    return CMI(float(bits.mean()), error, float(null.mean())), bits


def _plug_in(codes: np.ndarray, u: np.ndarray, kinds: int) -> Float[np.ndarray, " h"]:
    """Return I(code; U) of each column over networks, plug-in, bits."""
    k, pairs = codes.shape
    bits = np.empty(pairs)
    step = max(1, AT_ONCE // (2 * kinds))
    for first in range(0, pairs, step):
        some = slice(first, first + step)
        cell = u[:, some] * np.int64(kinds) + codes[:, some]
        many = cell.shape[1]
        flat = (np.arange(many) * 2 * kinds + cell).ravel()
        joint = np.bincount(flat, minlength=many * 2 * kinds).reshape(many, 2, kinds) / k
        bits[some] = (
            _entropy(joint.sum(axis=1), -1)
            + _entropy(joint.sum(axis=2), -1)
            - _entropy(joint, (1, 2))
        )
    return bits


def _entropy(p: np.ndarray, axis: int | tuple[int, int]) -> np.ndarray:
    return -(p * np.log2(np.where(p > 0, p, 1))).sum(axis=axis)


def _dealt(u: np.ndarray) -> np.ndarray:
    """Return the coins of each pair in another, seeded order of the networks."""
    return np.random.default_rng(0).permuted(u, axis=0)
