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
PENALTIES = (1e-4, 1e-2, 1.0)  # inverse, as scikit-learn's C
SHARES = (1e-3, 1e-2, 0.1, 0.3, 1.0)  # of the prior in the mixture


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
    """Decode from the nearest neighbours (Euclidean, exact) that share what is given.

    p(y) = (neighbours of label y + s p₀(y)) / (j + s), where p₀ is the label frequency among the
    fitting samples of the same class. The number of neighbours j (1, 2, 4, … up to k) and the
    smoothing s minimise the leave-one-out cross-entropy among the fitting samples: a layer that
    says nothing gives the prior, one whose labels lie in pure clusters is read by few neighbours.

    Cost: O(n m d) time for n queries of m fitting samples; memory 1,024 m.
    """

    def decode(fit: Samples, score: Samples, classes: int) -> Tensor:
        centre = fit.t.mean(dim=0)  # small norms keep the distances exact to rounding
        fit = fit._replace(t=fit.t - centre)
        score = score._replace(t=score.t - centre)
        result = torch.full((len(score.y),), -math.log2(classes), dtype=torch.float64)
        groups = [_Group(g, fit.select(fit.given == g), classes, k) for g in fit.given.unique()]
        rule = _best_rule(groups, k)
        for group in groups:
            here = score.given == group.given
            result[here] = group.log2_probability(score.select(here), rule)
        return result

    return decode


class _Rule(NamedTuple):
    neighbours: int
    strength: float  # of the prior


class _Group:
    """The fitting samples of one class: their prior, and what they say of one another."""

    def __init__(self, given: Tensor, fit: Samples, classes: int, k: int) -> None:
        self.given, self.fit, self.k = given, fit, k
        counts = torch.bincount(fit.y, minlength=classes).double()
        self.prior = (counts + 1 / classes) / (len(fit.y) + 1)
        self.hits = _hits(fit, fit, k, exclude_self=True)

    def log2_probability(self, score: Samples, rule: _Rule) -> Tensor:
        hits = _hits(score, self.fit, self.k, exclude_self=False)
        return _log2_probability(hits, self.prior[score.y], rule)

    def leave_one_out(self, rule: _Rule) -> float:
        """Σ -log2 p of the fitting samples, each decoded from the others of its class."""
        return -float(_log2_probability(self.hits, self.prior[self.fit.y], rule).sum())


def _best_rule(groups: list[_Group], k: int) -> _Rule:
    neighbours = sorted({k, *(2**i for i in range(k.bit_length()) if 2**i < k)})
    rules = [_Rule(j, s) for j in neighbours for s in STRENGTHS]
    return min(rules, key=lambda rule: sum(group.leave_one_out(rule) for group in groups))


def _log2_probability(hits: Tensor, prior: Tensor, rule: _Rule) -> Tensor:
    neighbours = min(rule.neighbours, hits.shape[1])
    found = hits[:, neighbours - 1] if neighbours else torch.zeros_like(prior)
    return torch.log2((found + rule.strength * prior) / (neighbours + rule.strength))


def _hits(queries: Samples, fit: Samples, k: int, *, exclude_self: bool) -> Float[Tensor, "n k"]:
    """Count, among the 1, 2, …, k nearest fitting samples of each query, those of its label."""
    k = min(k, len(fit.y) - exclude_self)
    hits = torch.zeros(len(queries.y), k, dtype=torch.float64)
    norms = fit.t.square().sum(dim=1)
    for start in range(0, len(queries.y) if k else 0, CHUNK):
        here = slice(start, start + CHUNK)
        block = queries.t[here]
        distances = torch.addmm(norms, block, fit.t.T, alpha=-2)  # less each query's own norm
        if exclude_self:
            rows = torch.arange(len(block))
            distances[rows, start + rows] = math.inf
        nearest = distances.topk(k, dim=1, largest=False).indices.cpu()
        hits[here] = (fit.y[nearest] == queries.y[here, None]).cumsum(dim=1)
    return hits


def logistic_decoder(seed: int = 0) -> Decoder:
    """Decode by multinomial logistic regression on standardised T, with the given class one-hot.

    Its probabilities are mixed with the label frequencies of the given class; the L2 penalty and
    the share of the mixture are chosen on a fifth of the fitting samples, held out. Source:
    scikit-learn.
    """

    def decode(fit: Samples, score: Samples, classes: int) -> Tensor:
        mean, std = fit.t.mean(dim=0), fit.t.std(dim=0).clamp_min(1e-6)
        fit, score = (s._replace(t=((s.t - mean) / std).cpu()) for s in (fit, score))
        order = torch.randperm(len(fit.y), generator=torch.Generator().manual_seed(seed))
        fifth = max(1, len(order) // 5)
        held, kept = fit.select(order[:fifth]), fit.select(order[fifth:])
        rules = [
            (float(_mixed(model, kept, held, share).mean()), penalty, share)
            for penalty in PENALTIES
            for model in [_regression(kept, held, classes, penalty)]
            for share in SHARES
        ]
        _, penalty, share = max(rules)
        return _mixed(_regression(fit, score, classes, penalty), fit, score, share)

    return decode


def _mixed(log2_p: Tensor, fit: Samples, score: Samples, share: float) -> Tensor:
    """Return log2 of (1 - share) p + share p₀, p₀ being the label frequency of the given class."""
    classes = 1 + int(torch.maximum(fit.y.max(), score.y.max()))
    groups = 1 + int(torch.maximum(fit.given.max(), score.given.max()))
    counts = torch.bincount(fit.given * classes + fit.y, minlength=groups * classes).double()
    counts = counts.view(groups, classes) + 1 / classes
    prior = counts / counts.sum(dim=1, keepdim=True)
    return torch.log2((1 - share) * log2_p.exp2() + share * prior[score.given, score.y])


def _regression(fit: Samples, score: Samples, classes: int, penalty: float) -> Tensor:
    """Fit on the first samples; return log2 p(y) of the second (-∞ for labels never fitted)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    known = fit.y.unique()
    p = torch.zeros(len(score.y), classes, dtype=torch.float64)
    if len(known) == 1:
        p[:, known] = 1.0
        return torch.log2(p.gather(1, score.y[:, None])[:, 0])
    groups = 1 + int(torch.maximum(fit.given.max(), score.given.max()))

    def features(s: Samples) -> np.ndarray:
        one_hot = torch.nn.functional.one_hot(s.given, groups)
        return torch.cat([s.t, one_hot.to(s.t.dtype)], dim=1).numpy()

    model = LogisticRegression(C=penalty, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(features(fit), fit.y.numpy())
    p[:, known] = torch.from_numpy(model.predict_proba(features(score))).double()
    return torch.log2(p.gather(1, score.y[:, None])[:, 0])
