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


def knn_decoder(k: int = 50) -> Decoder:
    """Decode from the nearest neighbours (Euclidean, exact) that share what is given.

    p(y) = (neighbours of label y + s p₀(y)) / (j + s), where p₀ is the label frequency among the
    fitting samples of the same class. The number of neighbours j (1, 2, 4, … up to k) and the
    smoothing s minimise the leave-one-out cross-entropy among the fitting samples: a layer that
    says nothing gives the prior, one whose labels lie in pure clusters is read by few neighbours.

    Cost: O(n m d) time for n queries of m fitting samples; memory 1,024 m.
    """

    def decode(fit: Samples, score: Samples, classes: int) -> Tensor:
        centre = fit.t.mean(dim=0)  # small norms keep the distances exact to rounding
        fit, score = (s._replace(t=s.t - centre) for s in (fit, score))
        own = _ask(fit, fit, classes, k, leave_one_out=True)
        losses = -own.log2_probability().sum(dim=0)  # [j, s]
        j, s = divmod(int(losses.argmin()), losses.shape[1])
        return _ask(score, fit, classes, k, leave_one_out=False).log2_probability()[:, j, s]

    return decode


class _Answers(NamedTuple):
    """What neighbours say of the label of each query, for 1, 2, 4, … up to k of them."""

    found: Float[Tensor, "n j"]  # neighbours with that label
    asked: Float[Tensor, "n j"]  # neighbours there are
    prior: Float[Tensor, " n"]

    def log2_probability(self) -> Float[Tensor, "n j s"]:
        """Return log2 p of the label, for each number of neighbours and strength of the prior."""
        strength = torch.tensor(STRENGTHS, dtype=torch.float64)
        found = self.found[..., None] + strength * self.prior[:, None, None]
        return torch.log2(found / (self.asked[..., None] + strength))


def _ask(queries: Samples, fit: Samples, classes: int, k: int, *, leave_one_out: bool) -> _Answers:
    """Ask, of each query, its nearest fitting samples of the same class (none: the uniform prior).

    With ``leave_one_out`` the queries are the fitting samples, and none is asked of itself.
    """
    numbers = torch.tensor(sorted({k, *(2**i for i in range(k.bit_length()) if 2**i < k)}))
    n = len(queries.y)
    answers = _Answers(
        found=torch.zeros(n, len(numbers), dtype=torch.float64),
        asked=torch.zeros(n, len(numbers), dtype=torch.float64),
        prior=torch.full((n,), 1 / classes, dtype=torch.float64),
    )
    for group in queries.given.unique():
        here = torch.nonzero(queries.given == group).flatten()
        there = fit.select(fit.given == group)
        counts = torch.bincount(there.y, minlength=classes).double()
        prior = (counts + 1 / classes) / (len(there.y) + 1)
        answers.prior[here] = prior[queries.y[here]]
        available = min(k, len(there.y) - leave_one_out)
        if available < 1:
            continue
        asked = numbers.clamp(max=available)
        hits = _hits(queries.select(here), there, available, leave_one_out=leave_one_out)
        answers.found[here] = hits[:, asked - 1]
        answers.asked[here] = asked.double()
    return answers


def _hits(queries: Samples, fit: Samples, k: int, *, leave_one_out: bool) -> Float[Tensor, "n k"]:
    """Count, among the 1, 2, …, k nearest fitting samples of each query, those of its label."""
    hits = torch.empty(len(queries.y), k, dtype=torch.float64)
    norms = fit.t.square().sum(dim=1)
    for start in range(0, len(queries.y), CHUNK):
        here = slice(start, start + CHUNK)
        block = queries.t[here]
        distances = torch.addmm(norms, block, fit.t.T, alpha=-2)  # less each query's own norm
        if leave_one_out:
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
        mean, std = fit.t.mean(dim=0), fit.t.std(dim=0, correction=0).clamp_min(1e-6)
        fit, score = (s._replace(t=((s.t - mean) / std).cpu()) for s in (fit, score))
        penalty, share = _chosen(fit, classes, seed)
        return _mixed(_regression(fit, score, classes, penalty), fit, score, share)

    return decode


def _chosen(fit: Samples, classes: int, seed: int) -> tuple[float, float]:
    """Choose penalty and share on a fifth of the samples; the most careful ones for very few."""
    order = torch.randperm(len(fit.y), generator=torch.Generator().manual_seed(seed))
    fifth = len(order) // 5
    if fifth == 0:
        return PENALTIES[0], SHARES[-1]
    held, kept = fit.select(order[:fifth]), fit.select(order[fifth:])
    rules = [
        (float(_mixed(log2_p, kept, held, share).mean()), penalty, share)
        for penalty in PENALTIES
        for log2_p in [_regression(kept, held, classes, penalty)]
        for share in SHARES
    ]
    return max(rules)[1:]


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
