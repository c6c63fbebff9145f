"""The exact log-density ratio ln p(t,y) / p(t)p(y) of each distribution, written apart from it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special, stats

from infoplane.validation.images_family import GREY_LEVELS, digits

Ratio = Callable[[np.ndarray, np.ndarray], np.ndarray]


def normal_ratio(covariance: np.ndarray, width: int) -> Ratio:
    parts = (slice(None), slice(width), slice(width, None))
    whole, first, last = (stats.multivariate_normal(cov=covariance[p, p]) for p in parts)

    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        both = np.concatenate([t, y], axis=1)
        return whole.logpdf(both) - first.logpdf(t) - last.logpdf(y)

    return ratio


def pairs_ratio(correlation: float, d: int = 1, pairs: int = 1) -> Ratio:
    """Only the first coordinates are correlated."""
    covariance = np.array([[1, correlation], [correlation, 1]])
    of_one = normal_ratio(covariance, 1)

    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        assert t.shape[1] == y.shape[1] == d
        return np.sum([of_one(t[:, [i]], y[:, [i]]) for i in range(pairs)], axis=0)

    return ratio


def student_ratio(d: int, df: int) -> Ratio:
    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        half, whole = (stats.multivariate_t(shape=np.eye(k), df=df) for k in (d, 2 * d))
        both = np.concatenate([t, y], axis=1)
        if d == 1:
            return whole.logpdf(both) - sum(stats.t.logpdf(v[:, 0], df) for v in (t, y))
        return whole.logpdf(both) - half.logpdf(t) - half.logpdf(y)

    return ratio


def uniform_ratio(noise: float) -> Ratio:
    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        assert (np.abs(t - y) <= noise).all()
        overlap = np.minimum(y + noise, 1) - np.maximum(y - noise, 0)
        return -np.log(overlap[:, 0])

    return ratio


def intervals_ratio(classes: int) -> Ratio:
    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        inside = t - np.arange(classes)  # [n, classes]
        possible = ((inside >= 0) & (inside <= 2)).sum(axis=1)
        assert (inside[np.arange(len(y)), y] >= 0).all()
        return np.log(classes / possible)

    return ratio


def poisson_ratio(zero: float) -> Ratio:
    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        none = zero * (y == 0)
        p = (1 - zero) * stats.poisson.pmf(y, t) + none
        return np.log(p / ((1 - zero) * 0.5 ** (y + 1) + none))[:, 0]

    return ratio


def classes_ratio(classes: int, distance: float) -> Ratio:
    """The means as the samples show them: in all dimensions, not along a line."""

    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        means = np.stack([t[y == c].mean(axis=0) for c in range(classes)])
        steps = np.linalg.norm(np.diff(means, axis=0), axis=1)
        np.testing.assert_allclose(steps, distance, atol=0.2)
        logs = -((t[:, None] - means) ** 2).sum(axis=2) / 2
        own = logs[np.arange(len(y)), y]
        return own - special.logsumexp(logs, axis=1) + math.log(classes)

    return ratio


def clusters_ratio(classes: int) -> Ratio:
    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        squared = ((t[:, None] - np.eye(classes)) ** 2).sum(axis=2)
        logs = -squared / (2 * 1e-3**2)
        return logs[np.arange(len(y)), y] - special.logsumexp(logs, axis=1) + math.log(classes)

    return ratio


def channel_ratio(length: int, flip: float, *, labels: bool = False) -> Ratio:
    """Bits are read off the images, and compared."""
    known = {row.tobytes(): bit for bit, images in enumerate(digits()) for row in images.numpy()}

    def read(images: np.ndarray) -> np.ndarray:
        whole = np.floor(images * GREY_LEVELS).reshape(-1, 64)
        return np.array([known[row.tobytes()] for row in whole]).reshape(-1, length)

    def ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        received = (y[:, None] >> np.arange(length)) & 1 if labels else read(y)
        flips = (read(t) != received).sum(axis=1)
        return (
            length * math.log(2)
            + flips * math.log(max(flip, 1e-300))
            + (length - flips) * math.log(1 - flip)
        )

    return ratio


RATIOS: dict[str, Ratio] = {
    "gaussian 1+1, ρ 0": pairs_ratio(0.0),
    "gaussian 1+1, ρ 0.75": pairs_ratio(0.75),
    "gaussian 1+1, ρ 0.99": pairs_ratio(0.99),
    "gaussian dense 2+2": normal_ratio(0.5 + 0.5 * np.eye(4), 2),
    "gaussian dense 5+5": normal_ratio(0.5 + 0.5 * np.eye(10), 5),
    "gaussian dense 25+25": normal_ratio(0.5 + 0.5 * np.eye(50), 25),
    "gaussian 2-pair 2+2": pairs_ratio(0.8, 2, 2),
    "gaussian 2-pair 5+5": pairs_ratio(0.8, 5, 2),
    "gaussian 2-pair 25+25": pairs_ratio(0.8, 25, 2),
    "student 1+1, 1 df": student_ratio(1, 1),
    "student 1+1, 2 df": student_ratio(1, 2),
    "student 2+2, 2 df": student_ratio(2, 2),
    "student 3+3, 2 df": student_ratio(3, 2),
    "uniform, noise 0.1": uniform_ratio(0.1),
    "uniform, noise 0.75": uniform_ratio(0.75),
    **{f"intervals, {m} classes": intervals_ratio(m) for m in (2, 5, 10)},
    **{f"zero-inflated Poisson, p {p:g}": poisson_ratio(p) for p in (0.0, 0.15, 0.5)},
    **{f"2 classes {d:g} sd apart, 1-d": classes_ratio(2, d) for d in (0.5, 1, 2, 4, 8)},
    **{
        f"10 classes {s} sd apart, {d}-d": classes_ratio(10, s) for s in (1, 2, 4) for d in (1, 10)
    },
    "4 clusters far apart, 4-d": clusters_ratio(4),
    "image pairs, 1 bit, flip 0": channel_ratio(1, 0.0),
    "image pairs, 1 bit, flip 0.1": channel_ratio(1, 0.1),
    "image pairs, 4 bits, flip 0.05": channel_ratio(4, 0.05),
    "image labels, 1 bit, flip 0.1": channel_ratio(1, 0.1, labels=True),
    "image labels, 3 bits, flip 0.05": channel_ratio(3, 0.05, labels=True),
}  # fmt: skip
