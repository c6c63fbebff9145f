"""What estimators with a known bias say in expectation, found apart from them.

By theory where there is one, else by another implementation on samples of its own.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from scipy import stats
from scipy.special import entr, softmax
from sklearn.linear_model import LogisticRegression

BITS = 1 / math.log(2)


def renyi_of_two_classes(distance: float, *, n: int, alpha: float = 1.01) -> float:
    """Matrix-based I_α(T;Y), in bits, of two unit normals: that of infinitely many samples.

    The kernel as an operator on the density, its spectrum by quadrature on a grid; with labels it
    falls apart into the operators of the classes. The width is the rule's for n samples.
    """
    sigma = 5 * n ** (-1 / 5)
    x = np.linspace(-distance / 2 - 7, distance / 2 + 7, 1200)
    kernel = np.exp(-((x[:, None] - x) ** 2) / (2 * sigma**2))
    parts = [stats.norm.pdf(x, c * distance / 2) * (x[1] - x[0]) for c in (-1, 1)]
    parts = [p / p.sum() / 2 for p in parts]

    def spectrum(p: np.ndarray) -> np.ndarray:
        return np.linalg.eigvalsh(np.sqrt(p)[:, None] * kernel * np.sqrt(p)).clip(1e-300)

    def entropy(eigenvalues: np.ndarray) -> float:
        return math.log2((eigenvalues**alpha).sum()) / (1 - alpha)

    joint = np.concatenate([spectrum(p) for p in parts])
    return entropy(spectrum(parts[0] + parts[1])) + 1 - entropy(joint)


def sliced_of_dense(dimensions: int, correlation: float = 0.5, slices: int = 100_000) -> float:
    """E -½ log2 (1 - ρ(θ, φ)²), in bits, of T and Y any two of whose units are so correlated."""
    draw = np.random.default_rng(1)
    theta, phi = (draw.standard_normal((slices, dimensions)) for _ in "ty")
    theta, phi = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (theta, phi))
    sums = theta.sum(axis=1), phi.sum(axis=1)
    variances = [1 - correlation + correlation * s**2 for s in sums]
    squared = (correlation * sums[0] * sums[1]) ** 2 / (variances[0] * variances[1])
    return float(-np.log2(1 - squared).mean() / 2)


def gaussian_densities_of_uniform_noise(noise: float) -> float:
    """½ log2 Var Y / Var(Y|T), which is what normal densities make of Y = T + U(-ε, ε), in bits."""
    left = noise**2 / 3
    return math.log2((1 / 12 + left) / left) / 2


def soft_information_of(t: np.ndarray, y: np.ndarray, epsilon: float, seed: int) -> float:
    """Jensen–Shannon divergence of the classes' shares of 100 random directions, in bits."""
    w = np.random.default_rng(seed).standard_normal((100, t.shape[1]))
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    shares = softmax(t / np.linalg.norm(t, axis=1, keepdims=True) @ w.T / epsilon, axis=1)
    given = sum((y == c).mean() * entr(shares[y == c].mean(axis=0)).sum() for c in np.unique(y))
    return float(entr(shares.mean(axis=0)).sum() - given) * BITS


def plug_in_of_quantiles(t: np.ndarray, y: np.ndarray, *, cells: int) -> float:
    """Plug-in I(T;Y) in bits, T in cells that hold equally many samples."""
    edges = np.quantile(t[:, 0], np.arange(1, cells) / cells)
    joint = np.zeros((cells, int(y.max()) + 1))
    np.add.at(joint, (np.digitize(t[:, 0], edges), y), 1)
    h_t, h_y, h_ty = (
        stats.entropy(counts, base=2) for counts in (joint.sum(1), joint.sum(0), joint.ravel())
    )
    return float(h_t + h_y - h_ty)


def plug_in_of_cells(t: np.ndarray, y: np.ndarray, draw: np.random.Generator) -> float:
    """Plug-in I(T;Y) in bits, mean over cells of 2 to 4 σ n^(-1/2D), on grids shifted at random."""
    n, joint = len(t), t.shape[1] + y.shape[1]
    sides = [(v - v.mean(axis=0)) / math.sqrt(((v - v.mean(axis=0)) ** 2).mean()) for v in (t, y)]

    def entropy(codes: np.ndarray) -> float:
        counts = Counter(row.tobytes() for row in codes)
        return float(stats.entropy(list(counts.values()), base=2))

    bits = []
    for scale in (2, 2.5, 3, 3.5, 4):
        width = scale * n ** (-1 / (2 * joint))
        a, b = (np.floor(v / width + draw.random(v.shape[1])).astype(np.int64) for v in sides)
        bits.append(entropy(a) + entropy(b) - entropy(np.concatenate([a, b], axis=1)))
    return float(np.mean(bits))


def logistic_information(t: np.ndarray, y: np.ndarray, *, inverse_penalty: float) -> float:
    """H(Y) less the cross-entropy of a logistic regression on the other half, in bits."""
    t = (t - t.mean(axis=0)) / t.std(axis=0)
    half = len(t) // 2
    model = LogisticRegression(C=inverse_penalty, max_iter=5000).fit(t[:half], y[:half])
    own = model.predict_log_proba(t[half:])[np.arange(len(y) - half), y[half:]]
    return float(stats.entropy(np.bincount(y), base=2) + own.mean() * BITS)
