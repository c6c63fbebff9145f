"""The prior: how often each label occurs in what is given, fitted where decoders are, without T."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.information.decoders.samples import Samples

SHARES = (1.0, 0.6, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)  # of the prior in the mixture


def frequencies(fit: Samples) -> Float[Tensor, "m kinds classes"]:
    """Return p₀(y|z) of each labeling, with one uniform sample more."""
    counts = _counts(fit)
    return counts / counts.sum(dim=2, keepdim=True)


def prior(fit: Samples, samples: Samples, *, leave_one_out: bool = False) -> Float[Tensor, "m n"]:
    """Return p₀ of the label of each of the second samples, by the frequencies of the first.

    With ``leave_one_out`` they are among the first, and none counts for itself.
    """
    counts = _counts(fit)
    cell = samples.given * samples.classes + samples.y
    of_label, all_ = counts.flatten(1).gather(1, cell), counts.sum(dim=2)[:, samples.given]
    itself = float(leave_one_out)
    return (of_label - itself) / (all_ - itself)


def _counts(fit: Samples) -> Float[Tensor, "m kinds classes"]:
    m, cells = len(fit.y), fit.kinds * fit.classes
    cell = fit.given * fit.classes + fit.y
    counts = torch.zeros(m, cells, dtype=torch.float64, device=cell.device)
    counts.scatter_add_(1, cell, torch.ones_like(cell, dtype=torch.float64))
    return counts.view(m, fit.kinds, fit.classes) + 1 / fit.classes


def log2_prior(fit: Samples, score: Samples) -> Float[Tensor, "m n"]:
    """Return log2 p₀ of the labels of the second samples, by the frequencies of the first."""
    return torch.log2(prior(fit, score))


def mixed(
    log2_p: Float[Tensor, "m n"], log2_p0: Float[Tensor, "m n"], share: Float[Tensor, " m"]
) -> Float[Tensor, "m n"]:
    """Return log2 of (1 - share) p + share p₀."""
    weight = share[:, None]
    return torch.log2((1 - weight) * log2_p.exp2() + weight * log2_p0.exp2())


def best_share(
    log2_p: Float[Tensor, "m n"], log2_p0: Float[Tensor, "m n"]
) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
    """Return the share of each labeling that scores best, and that score.

    The score is what is certain of the gain over the prior: the mean less its standard error, which
    is 0 where all is the prior. So a few held-out samples do not choose what pleases them by luck.
    """
    shares = torch.tensor(SHARES, dtype=torch.float64, device=log2_p0.device)
    share, p, p0 = shares[:, None, None], log2_p.exp2(), log2_p0.exp2()
    mixtures = torch.log2((1 - share) * p + share * p0)  # as ``mixed``, by all shares
    best = certain(mixtures - log2_p0).max(dim=0)
    return shares[best.indices], best.values


def certain(gain: Float[Tensor, "*m n"]) -> Float[Tensor, "*m"]:
    """Return the mean over samples less its standard error."""
    n = gain.shape[-1]
    if n < 2:
        return torch.full_like(gain[..., :1].sum(dim=-1), -torch.inf)
    return gain.mean(dim=-1) - gain.std(dim=-1) / n**0.5


def offsets(fit: Samples, samples: Samples) -> Float[Tensor, "n m classes"]:
    """Return ln p₀ of every label: the logits of a decoder that has learned nothing of T."""
    return frequencies(fit).log().float()[:, samples.given].transpose(0, 1).contiguous()
