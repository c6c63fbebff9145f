"""Decode from the nearest neighbours that share what is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.information.decoders.prior import prior
from infoplane.information.decoders.samples import Decoded, Decoder, Fold, Samples

CHUNK = 1024  # queries at once: a block of distances is all that is held
FEW = 1 << 16  # distances, of all given classes at once: fewer calls take less than fewer numbers
CHOSEN = 600  # fitting samples, at most, by which the rule is chosen
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1e9)  # of the prior, pseudo-counts
RAW, STANDARDISED, WHITENED = "raw", "standardised", "whitened"


def knn_decoder(k: int = 50) -> Decoder:
    """Decode from the nearest neighbours (Euclidean, exact) of the same given class.

    p(y) = (neighbours of label y + s p₀(y)) / (j + s), p₀ the prior. The scale (the units as they
    are, standardised, or whitened within what is given), the number of neighbours j (1, 2, 4, … up
    to k) and the smoothing s are, for each labeling, those of the least leave-one-out cross-entropy
    of some hundreds of the fitting samples: a layer that says nothing gives the prior. A null costs
    the counting alone, as neighbours do not depend on labels.

    Cost: O(n m d) time for n queries of m fitting samples; memory 1,024 m.
    """

    def decode(fold: Fold) -> Decoded:
        fit, score = fold.fit, fold.score
        numbers = sorted({k, *(2**i for i in range(k.bit_length()) if 2**i < k)})
        training, held = fold.parts
        order = torch.randperm(len(training), generator=seeds.generator(fold.seed, "asked"))
        asked = torch.cat([held, training[order[: max(0, CHOSEN - len(held))].to(training.device)]])
        asked_samples = fit.select(asked)
        scales = _scales(fold)
        gains, rules, held_out = [], [], []
        for a, _ in scales:
            answers = _ask(a, fit, a[asked], asked_samples, numbers, leave_one_out=True)
            gain, rule = answers.log2_p().mean(dim=1).flatten(1).max(dim=1)
            gains.append(gain)
            rules.append(rule)
            held_out.append(answers.by(rule)[:, : len(held)])
        best = torch.stack(gains).argmax(dim=0)  # the first of equals, of each labeling
        of_held = torch.stack(held_out)[best, torch.arange(len(best), device=best.device)]
        of_score = of_held.new_empty(len(best), len(score.given))
        for i in best.unique().tolist():  # the scored are asked at scales that were chosen alone
            a, at_scale = scales[i]
            scored = _ask(a, fit, at_scale(), score, numbers, leave_one_out=False).by(rules[i])
            of_score[best == i] = scored[best == i]
        return Decoded(of_held.double(), of_score.double())

    return decode


class _Answers(NamedTuple):
    """Counts of neighbours by label of the queries, for 1, 2, 4, … up to k neighbours."""

    matches: Float[Tensor, "m n j"]  # neighbours of that label
    asked: Float[Tensor, "n j"]  # neighbours there are
    prior: Float[Tensor, "m n"]

    def log2_p(self) -> Float[Tensor, "m n j s"]:
        """Return log2 p of each label, by each number of neighbours and strength of the prior."""
        strengths = torch.tensor(STRENGTHS, device=self.prior.device)
        smoothed = self.matches[..., None] + strengths * self.prior[..., None, None]
        return smoothed.div_(self.asked[..., None] + strengths).log2_()

    def by(self, rule: Int[Tensor, " m"]) -> Float[Tensor, "m n"]:
        """Return log2 p of each label, by one of those rules for each labeling."""
        strengths = torch.tensor(STRENGTHS, device=self.prior.device)
        number, strength = rule // len(strengths), strengths[rule % len(strengths)][:, None]
        index = number[:, None, None].expand(-1, self.matches.shape[1], 1)
        smoothed = self.matches.gather(2, index)[..., 0] + strength * self.prior
        return torch.log2(smoothed / (self.asked.mT[number] + strength))


def _scales(fold: Fold) -> list[tuple[Tensor, Callable[[], Tensor]]]:
    """Return the fitting samples at each scale, and what returns the scored ones.

    Samples fewer than coordinates are all equally far from each other when whitened.
    """
    fit, score = fold.fit, fold.score
    centre = fit.t.mean(dim=0)  # small norms keep the distances exact to rounding
    scales = [(fit.t - centre, lambda: score.t - centre)]
    count = len(fold.coordinates.variances)
    if count:
        scales.append((fold.placed_fit, lambda: fold.placed_score))
    if 0 < 2 * count < len(fit.given):
        whitening = fold.coordinates.scale(0.0)
        scales.append((fold.placed_fit * whitening, lambda: fold.placed_score * whitening))
    return scales


def _ask(
    a: Float[Tensor, "f d"],
    fit: Samples,
    b: Float[Tensor, "n d"],
    queries: Samples,
    numbers: list[int],
    *,
    leave_one_out: bool,
) -> _Answers:
    """Ask the fitting samples at ``a`` of the same class about the queries at ``b``."""
    small = torch.int16 if fit.classes < 2**15 else torch.int64
    labels, wanted = fit.y.to(small), queries.y.to(small)
    shape = (*queries.y.shape, len(numbers))
    matches, asked = torch.zeros(shape, device=a.device), torch.zeros(shape[1:], device=a.device)
    for here, there in _by_given(fit, queries):
        for block in here.split(CHUNK) if len(there) else ():
            near = _nearest(a[there], b[block], _kept_out(fit, there, queries, block), numbers[-1])
            ends = [min(j, near.shape[1]) - 1 for j in numbers]
            there_is = near >= 0
            hits = labels[:, there][:, near.clamp_min(0)] == wanted[:, block, None]  # [m, block, k]
            matches[:, block] = (
                (hits & there_is).cumsum(dim=-1, dtype=torch.int16)[..., ends].float()
            )
            asked[block] = there_is.cumsum(dim=-1)[..., ends].float()
    p0 = prior(fit, queries, leave_one_out=leave_one_out).float()
    return _Answers(matches, asked, p0)


def _by_given(fit: Samples, queries: Samples) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield queries and the fitting samples of the same given class; all at once where few."""
    device, sizes = fit.given.device, (len(queries.given), len(fit.given))
    if sizes[0] * sizes[1] <= FEW:
        here, there = (torch.arange(n, device=device) for n in sizes)
        yield here, there
        return
    for kind in queries.given.unique():
        here, there = (torch.nonzero(s.given == kind).flatten() for s in (queries, fit))
        yield here, there


def _kept_out(fit: Samples, there: Tensor, queries: Samples, here: Tensor) -> Bool[Tensor, "n f"]:
    """Return which fitting samples are copies of a query, or of another given class."""
    copies = queries.group[here][:, None] == fit.group[there]
    return copies | (queries.given[here][:, None] != fit.given[there])


def _nearest(
    fit: Float[Tensor, "f d"], queries: Float[Tensor, "n d"], out: Bool[Tensor, "n f"], k: int
) -> Int[Tensor, "n k"]:
    """Return the k nearest fitting samples of each query, -1 for those that are kept out."""
    k = min(k, len(fit))
    distances = torch.addmm(fit.square().sum(dim=1), queries, fit.mT, alpha=-2)
    distances.masked_fill_(out, math.inf)
    near = distances.topk(k, dim=1, largest=False)
    return near.indices.masked_fill(near.values.isinf(), -1)
