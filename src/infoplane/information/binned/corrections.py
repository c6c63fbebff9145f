"""Entropy from counts, with the corrections for few samples, in bits.

Each function takes one histogram [m] and returns its entropy, or several [..., m] and returns one
entropy each; cells that hold nothing count for nothing. No correction can recover the entropy where
nearly every sample is alone in its cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Num
from scipy.special import digamma

from infoplane.errors import InfoplaneError
from infoplane.information.binned.nsb import nsb_nats

Counts = Num[np.ndarray, "*batch m"]  # whole numbers, which is checked
Bits = Float[np.ndarray, "*batch"] | np.float64  # a float for a single histogram


def plug_in_entropy(counts: Counts) -> Bits:
    """Return -Σ p log2 p of the frequencies p = n_i / N: too low by about (K - 1)/2N nats."""
    n, total = _checked(counts)
    return (np.log(total) - _n_log_n(n).sum(axis=-1) / total) / math.log(2)


def miller_madow_entropy(counts: Counts) -> Bits:
    """Return the plug-in entropy plus (K - 1)/2N nats, with K occupied cells.

    Source: Miller 1955.
    """
    n, total = _checked(counts)
    cells = np.count_nonzero(n, axis=-1)
    return plug_in_entropy(counts) + (cells - 1) / (2 * total * math.log(2))


def grassberger_1988_entropy(counts: Counts) -> Bits:
    """Return Σ (n_i/N) [ln N - ψ(n_i) - (-1)^n_i/(n_i + 1)]; below zero for a single cell.

    Source: Grassberger, "Finite sample corrections to entropy and dimension estimates", 1988.
    """
    n, total = _checked(counts)
    terms = digamma(np.maximum(n, 1)) + _sign(n) / (n + 1)
    return (np.log(total) - (n * terms).sum(axis=-1) / total) / math.log(2)


def grassberger_2003_entropy(counts: Counts) -> Bits:
    """Return ln N - (1/N) Σ n_i G(n_i), G(n) = ψ(n) + ½ (-1)^n [ψ((n+1)/2) - ψ(n/2)].

    Source: Grassberger, "Entropy estimates from insufficient samplings", 2003, Eq. 35
    (arXiv:physics/0307138).
    """
    n, total = _checked(counts)
    m = np.maximum(n, 1)
    terms = digamma(m) + _sign(n) * (digamma((m + 1) / 2) - digamma(m / 2)) / 2
    return (np.log(total) - (n * terms).sum(axis=-1) / total) / math.log(2)


def chao_shen_entropy(counts: Counts) -> Bits:
    """Return -Σ p ln p / (1 - (1 - p)^N), where p = C n/N and C is the estimated coverage.

    C = 1 - f/N with f cells that hold one sample; f - 1 where all do, so that some is covered.

    Source: Chao & Shen 2003, Eq. 8.
    """
    n, total = _checked(counts)
    alone = (n == 1).sum(axis=-1)
    alone = np.where(alone == total, alone - 1, alone)
    p = n * ((1 - alone / total) / total)[..., None]
    with np.errstate(divide="ignore"):  # p = 1: the only cell, surely seen
        seen = -np.expm1(total[..., None] * np.log1p(-p))
    terms = np.where(n > 0, p * np.log2(np.where(n > 0, p, 1)) / np.where(n > 0, seen, 1), 0.0)
    return 0.0 - terms.sum(axis=-1)


def jackknife_entropy(counts: Counts) -> Bits:
    """Return N H - (N - 1)/N Σ n_i H(-i), H(-i) being plug-in without a sample of cell i.

    Zero for a single sample. Source: Zahl 1977.
    """
    n, total = _checked(counts)
    others = np.maximum(total - 1, 1)
    sums = _n_log_n(n).sum(axis=-1)
    left_out = (n * (_n_log_n(n) - _n_log_n(np.maximum(n - 1, 0)))).sum(axis=-1)
    without = np.log(others) - (sums - left_out / total) / others  # the mean of H(-i)
    nats = total * (np.log(total) - sums / total) - (total - 1) * without
    return np.where(total == 1, 0.0, nats / math.log(2))[()]


def nsb_entropy(counts: Counts, *, alphabet_size: int | float) -> Bits:
    """Return the posterior mean of the entropy under a nearly flat prior of entropies.

    Dirichlet priors of concentration β, mixed so that the expected entropy is uniform over
    0..log2 of ``alphabet_size``, the number of cells that could be occupied. The fewer samples
    share a cell, the more the value is that of the prior, and so of ``alphabet_size``.

    Raises:
        InfoplaneError: for an alphabet smaller than the occupied cells, or above 1e100.

    Cost: some 2,000 values of β times the distinct counts, at most √(2N): milliseconds.

    Source: Nemenman, Shafee & Bialek 2002 (arXiv:physics/0108025).
    """
    n, _ = _checked(counts)
    most = int(np.count_nonzero(n, axis=-1).max(initial=1))
    if not most <= alphabet_size <= 1e100:
        raise InfoplaneError(
            f"alphabet_size is {alphabet_size:g} and {most} cells are occupied; give the number "
            "of cells that could be occupied, at most 1e100."
        )
    return np.apply_along_axis(nsb_nats, -1, n, float(alphabet_size))[()] / math.log(2)


CORRECTIONS: dict[str, Callable[..., Any]] = {
    "plug-in": plug_in_entropy,
    "miller-madow": miller_madow_entropy,
    "grassberger-1988": grassberger_1988_entropy,
    "grassberger-2003": grassberger_2003_entropy,
    "chao-shen": chao_shen_entropy,
    "jackknife": jackknife_entropy,
    "nsb": nsb_entropy,  # the only one that needs alphabet_size
}


def _checked(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and their totals."""
    n = np.asarray(counts)
    if n.dtype.kind not in "iu" or n.ndim == 0 or (n.size and n.min() < 0):
        raise InfoplaneError(
            "counts are not whole numbers from 0 up in an array; give how many samples each cell "
            "holds, for instance np.bincount(codes)."
        )
    n = n.astype(np.int64, copy=False)
    total = np.asarray(n.sum(axis=-1))
    if (total < 1).any():
        raise InfoplaneError("counts hold no samples; give at least one sample a histogram.")
    return n, total


def _n_log_n(n: np.ndarray) -> np.ndarray:
    return n * np.log(np.maximum(n, 1))


def _sign(n: np.ndarray) -> np.ndarray:
    """Return (-1)^n."""
    return 1 - 2 * (n % 2)
