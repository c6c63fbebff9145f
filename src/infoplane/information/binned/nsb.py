"""The entropy of Nemenman, Shafee and Bialek: Dirichlet priors of all strengths, in mixture."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from scipy.special import digamma, gammaln, polygamma

POINTS = 513  # the trapezoidal rule converges geometrically: the integrand is smooth, both ends 0
NEGLIGIBLE = 40.0  # nats below the peak
SERIES = 1e3  # asymptotic series from here on, where differences would cancel


def nsb_nats(counts: Int[np.ndarray, " m"], alphabet_size: float) -> float:
    """Return the posterior mean entropy, in nats, for counts that hold at least one sample.

    ∫ ⟨H⟩_β ρ(β) ξ'(β) dβ / ∫ ρ(β) ξ'(β) dβ, with x = ln β as the variable, where ρ is the evidence
    of the counts and ξ(β) the entropy expected before any count (Nemenman et al. 2002, Eq. 6-13).
    """
    if alphabet_size == 1:
        return 0.0
    observed, multiplicity = np.unique(counts[counts > 0], return_counts=True)
    samples = _Samples(observed.astype(np.float64), multiplicity.astype(np.float64), alphabet_size)
    x = np.linspace(-np.log(alphabet_size) - 2 * NEGLIGIBLE, 2 * NEGLIGIBLE, POINTS)
    while True:
        weight = samples.log_weight(np.exp(x)) + x
        significant = np.flatnonzero(weight > weight.max() - NEGLIGIBLE)
        low, high = max(significant[0] - 1, 0), min(significant[-1] + 1, POINTS - 1)
        if high - low > POINTS // 2:
            break
        x = np.linspace(x[low], x[high], POINTS)
    p = np.exp(weight - weight.max())
    return float((p * samples.entropy(np.exp(x))).sum() / p.sum())


class _Samples:
    """Counts by how often they occur, and the evidence for each strength β of the prior."""

    def __init__(self, counts: np.ndarray, multiplicity: np.ndarray, alphabet_size: float) -> None:
        self.counts, self.multiplicity, self.k = counts, multiplicity, alphabet_size
        self.n = float(counts @ multiplicity)
        self.unseen = alphabet_size - float(multiplicity.sum())

    def log_weight(self, beta: Float[np.ndarray, " b"]) -> Float[np.ndarray, " b"]:
        """ln of evidence times prior: Γ(Kβ)/Γ(N + Kβ) Π Γ(n_i + β)/Γ(β) · ξ'(β)."""
        seen = self.multiplicity @ _log_rising(beta, self.counts[:, None])
        return seen - _log_rising(self.k * beta, self.n) + np.log(_slope(beta, self.k))

    def entropy(self, beta: Float[np.ndarray, " b"]) -> Float[np.ndarray, " b"]:
        """The entropy expected after the counts: ψ(N+Kβ+1) - Σ (n_i+β)/(N+Kβ) ψ(n_i+β+1)."""
        whole = self.n + self.k * beta
        cells = self.counts[:, None] + beta
        terms = self.multiplicity @ (cells / whole * digamma(cells + 1))
        return digamma(whole + 1) - terms - self.unseen * beta / whole * digamma(beta + 1)


def _log_rising(x: np.ndarray, n: np.ndarray | float) -> np.ndarray:
    """Return ln Γ(x + n) - ln Γ(x), by Stirling's series where both are large."""
    n = np.asarray(n)
    large = np.maximum(x, SERIES)
    ratio = np.log1p(n / large)
    series = n * np.log(large + n) + (large - 0.5) * ratio - n
    series += (1 / (large + n) - 1 / large) / 12
    return np.where(x > SERIES, series, gammaln(x + n) - gammaln(x))


def _slope(beta: np.ndarray, k: float) -> np.ndarray:
    """Return ξ'(β) = K ψ₁(Kβ + 1) - ψ₁(β + 1), by its series where β is large."""
    large = np.maximum(beta, SERIES)
    series = (1 - 1 / k) / (2 * large**2) - (1 - 1 / k**2) / (6 * large**3)
    return np.where(beta > SERIES, series, k * polygamma(1, k * beta + 1) - polygamma(1, beta + 1))
