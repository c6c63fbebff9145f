"""Decoders: what a simple rule, fitted on some samples, says of the labels of others."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

CHUNK = 1024  # queries at once: a block of distances is all that is held
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0)  # of the prior, pseudo-counts
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)  # inverse, as scikit-learn's C


class Samples(NamedTuple):
    """Some samples: activations, the label to decode, and what the decoder is told beside."""

    t: Float[Tensor, "n d"]
    y: Int[Tensor, " n"]
    given: Int[Tensor, " n"]  # the true class in I(T;Ỹ|Y); all zero where nothing is given

    def select(self, index: Tensor) -> Samples:
        """Return the samples at ``index``."""
        return Samples(self.t[index], self.y[index], self.given[index])


Decoder = Callable[[Samples, Samples, int], Float[Tensor, " n"]]
"""Fitted on the first samples, returns log2 p(y) for each of the second; labels 0..classes-1."""


def knn_decoder(k: int = 15) -> Decoder:
    """Decode from the k nearest neighbours (Euclidean) that share what is given.

    p(y) = (neighbours of label y + s p₀(y)) / (k + s), where p₀ is the label frequency among the
    fitting samples of the same class and s minimises the leave-one-out cross-entropy among the
    fitting samples, so that a layer without information gives the prior.

    Cost: O(n m d) time for n queries of m fitting samples; memory 1,024 m.
    """

    def decode(fit: Samples, score: Samples, classes: int) -> Tensor:
        centre = fit.t.mean(dim=0)  # small norms keep the distances exact to rounding
        fit = fit._replace(t=fit.t - centre)
        score = score._replace(t=score.t - centre)
        result = torch.full((len(score.y),), -math.log2(classes), dtype=torch.float64)
        tables = {
            int(g): _GroupTables(fit.select(fit.given == g), classes, k)
            for g in fit.given.unique()
        }
        strength = _best_strength(list(tables.values()))
        for group, table in tables.items():
            here = score.given == group
            result[here] = table.log2_probability(score.select(here), strength)
        return result

    return decode


class _GroupTables:
    """The fitting samples of one class: their prior, and their votes for one another."""

    def __init__(self, fit: Samples, classes: int, k: int) -> None:
        self.fit, self.classes, self.k = fit, classes, k
        counts = torch.bincount(fit.y, minlength=classes).double()
        self.prior = (counts + 1 / classes) / (len(fit.y) + 1)
        self.votes = _votes(fit.t, fit, classes, k, exclude_self=True)

    def log2_probability(self, score: Samples, strength: float) -> Tensor:
        votes = _votes(score.t, self.fit, self.classes, self.k, exclude_self=False)
        return _log2_probability(votes, score.y, self.prior, strength)

    def leave_one_out(self, strength: float) -> Tensor:
        """Σ -log2 p of the fitting samples, each decoded from the others of its class."""
        return -_log2_probability(self.votes, self.fit.y, self.prior, strength).sum()


def _best_strength(tables: list[_GroupTables]) -> float:
    losses = [sum(float(t.leave_one_out(s)) for t in tables) for s in STRENGTHS]
    return STRENGTHS[int(np.argmin(losses))]


def _log2_probability(votes: Tensor, y: Tensor, prior: Tensor, strength: float) -> Tensor:
    smoothed = votes.gather(1, y[:, None])[:, 0] + strength * prior[y]
    return torch.log2(smoothed / (votes.sum(dim=1) + strength))


def _votes(
    queries: Float[Tensor, "n d"], fit: Samples, classes: int, k: int, *, exclude_self: bool
) -> Float[Tensor, "n c"]:
    """Count the labels of the k nearest fitting samples of each query."""
    k = min(k, len(fit.y) - exclude_self)
    votes = torch.zeros(len(queries), classes, dtype=torch.float64)
    if k < 1:
        return votes
    norms = fit.t.square().sum(dim=1)
    for start in range(0, len(queries), CHUNK):
        block = queries[start : start + CHUNK]
        distances = torch.addmm(norms, block, fit.t.T, alpha=-2)  # less each query's own norm
        if exclude_self:
            rows = torch.arange(len(block))
            distances[rows, start + rows] = math.inf
        nearest = distances.topk(k, dim=1, largest=False).indices
        ones = torch.ones((), dtype=torch.float64).expand(nearest.shape)
        votes[start : start + CHUNK].scatter_add_(1, fit.y[nearest].cpu(), ones)
    return votes


def logistic_decoder(seed: int = 0) -> Decoder:
    """Decode by multinomial logistic regression on standardised T, with the given class one-hot.

    The L2 penalty is chosen on a fifth of the fitting samples, held out. Source: scikit-learn.
    """

    def decode(fit: Samples, score: Samples, classes: int) -> Tensor:
        mean, std = fit.t.mean(dim=0), fit.t.std(dim=0).clamp_min(1e-6)
        groups = 1 + int(torch.maximum(fit.given.max(), score.given.max()))

        def features(s: Samples) -> np.ndarray:
            one_hot = torch.nn.functional.one_hot(s.given, groups).float()
            return torch.cat([(s.t - mean) / std, one_hot], dim=1).cpu().numpy()

        x, y = features(fit), fit.y.cpu().numpy()
        order = np.random.default_rng(seed).permutation(len(y))
        held, kept = np.split(order, [max(1, len(y) // 5)])
        losses = [-_fit(x[kept], y[kept], c)(x[held], y[held], classes).mean() for c in PENALTIES]
        best = PENALTIES[int(np.argmin(losses))]
        return torch.from_numpy(
            _fit(x, y, best)(features(score), score.y.cpu().numpy(), classes)
        )

    return decode


def _fit(x: np.ndarray, y: np.ndarray, c: float) -> Callable[..., np.ndarray]:
    """Fit a regression; what it returns gives log2 p(y), never below that of a uniform thousandth."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    known = np.unique(y)
    model = LogisticRegression(C=c, max_iter=200)
    if len(known) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(x, y)

    def log2_probability(x: np.ndarray, y: np.ndarray, classes: int) -> np.ndarray:
        p = np.full((len(x), classes), 1e-3 / classes)
        p[:, known] += (1 - 1e-3) * (model.predict_proba(x) if len(known) > 1 else 1.0)
        return np.log2(p[np.arange(len(y)), y])

    return log2_probability
