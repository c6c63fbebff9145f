"""Label bits: what the network would save in telling the seen labels, and how much is memorized."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


def label_bits(log2_p: Float[Tensor, " n"], seen_labels: Int[Tensor, " n"]) -> float:
    """Return N·H(Ỹ) - Σ -log2 p(ỹ|x) in bits, with the plug-in entropy of the seen labels.

    Source: the label part of the codelength, Zhang et al. 2017 §2; Blier & Ollivier 2018.
    """
    p = torch.bincount(seen_labels).double() / len(seen_labels)
    entropy = float(torch.special.entr(p).sum()) / math.log(2)
    return len(seen_labels) * entropy + float(log2_p.sum())


class MemorizedBits(NamedTuple):
    """Two readings of the memorized part, bits over all examples."""

    positive: float  # Σ [log2 p - log2 p_ref]₊, as Morris et al. 2025 have it
    mixture: float  # the same with the normalised code (p + p_ref) / 2, at most 1 bit less each


def memorized_bits(
    log2_p: Float[Tensor, " n"], log2_reference: Float[Tensor, " n"]
) -> MemorizedBits:
    """Return the bits on the seen labels beyond a reference that has not seen them.

    max(p, p_ref) is no normalised code, so the mixture is given beside. At rate 1 the uniform
    reference, -log2 K, is exact; otherwise a cross-fitted decoder's probabilities stand in.

    Source: Morris et al. 2025 (arXiv:2505.24832), unintended memorization.
    """
    gain = log2_p - log2_reference
    mixture = torch.log2(0.5 * (gain.exp2() + 1))
    return MemorizedBits(float(gain.clamp_min(0).sum()), float(mixture.sum()))


def fano_floor(error: float, *, classes: int, noise_entropy: float) -> float:
    """Return the bits an example that must have been memorized, from training accuracy alone.

    I(w;ỹ|x)/n ≥ H(ỹ|x) - h(r) - r log2(K - 1), with r the training error on the seen labels; 0
    where the bound says nothing.

    Args:
        error: r.
        classes: K.
        noise_entropy: H(ỹ|x) of the label noise, bits.

    Source: Harutyunyan et al. 2020, Theorem 1 (Fano).
    """
    return max(0.0, noise_entropy - _fano(error, classes))


def least_error(memorized: float, *, classes: int, noise_entropy: float) -> float:
    """Return the least training error of weights that hold ``memorized`` bits an example.

    The inverse of ``fano_floor``: the r with h(r) + r log2(K - 1) = H(ỹ|x) - I, found by bisection.
    """
    wanted = noise_entropy - memorized
    low, high = 0.0, 1 - 1 / classes  # where the left side is largest
    if wanted <= 0:
        return 0.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _fano(middle, classes) < wanted else (low, middle)
    return (low + high) / 2


def _fano(error: float, classes: int) -> float:
    binary = sum(-p * math.log2(p) for p in (error, 1 - error) if p > 0)
    return binary + error * math.log2(max(classes - 1, 1))


class ThreeWaySplit(NamedTuple):
    """Shares of the corrupted examples; NaN where none is corrupted."""

    memorized: float  # predicted as seen
    recovered: float  # predicted as true
    other: float


def three_way_split(
    predictions: Int[Tensor, " n"], labels: Int[Tensor, " n"], seen_labels: Int[Tensor, " n"]
) -> ThreeWaySplit:
    """Split the corrupted examples by what is predicted (Liu et al. 2020, early learning)."""
    corrupted = labels != seen_labels
    if not corrupted.any():
        return ThreeWaySplit(math.nan, math.nan, math.nan)
    guess, true, seen = (x[corrupted] for x in (predictions, labels, seen_labels))
    memorized = float((guess == seen).double().mean())
    recovered = float((guess == true).double().mean())
    return ThreeWaySplit(memorized, recovered, 1 - memorized - recovered)
