"""Bits of labels by what a decoder says, calibrated on other folds: zero where it knows nothing."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import log_softmax

TEMPERATURES = (0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)  # by which logits are multiplied
CHANCE = (0.5, 2.0, 8.0, 32.0)  # counts of chance that are mixed with those of ranks
SHARES = (0.97, 0.9, 0.75, 0.5, 0.25, 0.1, 0.03, 0.01)  # of the prior in the mixture


class Scored(NamedTuple):
    """Bits that a decoder saves of each label over the prior."""

    bits: Float[Tensor, " n"]
    """Of each sample, by what was chosen on the other folds."""
    fitting: Float[Tensor, " folds"]
    """Of each fold, the mean over the others, by which decoders can be chosen."""


def tempered(
    logits: Float[Tensor, "n a"],
    y: Int[Tensor, " n"],
    fold: Int[Tensor, " n"],
    prior: Float[Tensor, " a"],
) -> Scored:
    """Return log2 q(y) - log2 p₀(y), with q a mixture of a tempered softmax and of the prior p₀.

    The factor of the logits and the share of the prior are those that are best on the other folds.
    All of the prior is one of the choices (the optional ignorance of V-information), so that a
    decoder that knows nothing is worth 0 bits, or a little less by chance.

    Args:
        logits: of the decoder.
        y: labels.
        fold: of each sample.
        prior: log2 p₀ of each label.

    Source: Xu et al. 2020 (arXiv:2002.10689), definition 1.
    """
    base = prior.double()[y]
    gains = [torch.zeros_like(base)]  # all of the prior
    for factor in TEMPERATURES:
        log_p = log_softmax(factor * logits, dim=1)
        log2_p = log_p.gather(1, y[:, None])[:, 0].double() / math.log(2)
        for share in SHARES:
            mixed = torch.logaddexp2(log2_p + math.log2(1 - share), base + math.log2(share))
            gains.append(mixed - base)
    return _best(torch.stack(gains), fold)


def by_ranks(
    logits: Float[Tensor, "n a"], y: Int[Tensor, " n"], fold: Int[Tensor, " n"]
) -> Float[Tensor, " n"]:
    """Return log2 q(r) a / n(r) by the rank of the label alone: no value of a logit is used.

    Ranks 1, 2, 3 and 4, 5 to 8, and so on are told apart; q is how often they occur on the other
    folds, n(r) how many ranks are alike. Labels that are independent of the logits have all ranks
    alike, whatever the logits are. Counts are mixed with as many of chance as are best on the other
    folds, each sample left out in turn; nothing but chance is one of the choices.
    """
    n, a = logits.shape
    own = logits.gather(1, y[:, None])
    before = (logits == own) & (torch.arange(a) < y[:, None])  # equal ones by their number
    kind = _doubling(1 + ((logits > own) | before).sum(dim=1))
    chance = torch.bincount(_doubling(torch.arange(1, a + 1))).double() / a
    bits = torch.empty(n, dtype=torch.float64)
    for i in fold.unique():
        fitting = kind[fold != i]
        counts = torch.bincount(fitting, minlength=len(chance)).double()
        best, gain = torch.zeros_like(chance), 0.0  # nothing but chance
        for weight in CHANCE:
            mixed = counts + weight * chance
            left_out = torch.log2((mixed - 1) / (len(fitting) - 1 + weight) / chance)[fitting]
            if left_out.mean() > gain:
                best = torch.log2(mixed / (len(fitting) + weight) / chance)
                gain = float(left_out.mean())
        bits[fold == i] = best[kind[fold == i]]
    return bits


def _doubling(rank: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
    """Return 0 of rank 1, 1 of 2, 2 of 3 and 4, 3 of 5 to 8, and so on."""
    return torch.log2(rank.double() - 0.5).ceil().clamp_min(0).long()


def chosen(scored: dict[str, Scored], fold: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
    """Return for each sample the number of that decoder which is the best on the other folds."""
    return torch.stack([each.fitting for each in scored.values()]).argmax(dim=0)[fold]


def strongest(scored: dict[str, Scored], fold: Int[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Return the bits of that decoder which is the best on the other folds."""
    bits = torch.stack([each.bits for each in scored.values()])
    return bits.gather(0, chosen(scored, fold)[None])[0]


def _best(gains: Float[Tensor, "c n"], fold: Int[Tensor, " n"]) -> Scored:
    """Choose among candidates for each fold by the mean gain on the others."""
    bits = torch.empty(gains.shape[1], dtype=torch.float64)
    fitting = torch.empty(int(fold.max()) + 1, dtype=torch.float64)
    for i in range(len(fitting)):
        inside: Bool[Tensor, " n"] = fold == i
        means = gains[:, ~inside].mean(dim=1)
        best = int(means.argmax())
        bits[inside], fitting[i] = gains[best, inside], means[best]
    return Scored(bits, fitting)
