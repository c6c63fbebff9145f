"""Variational values of mutual information: losses of a critic's scores, and their estimates."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

Scores = Float[Tensor, " n"]  # of pairs of the joint …
Products = Float[Tensor, " m"]  # … and of the product of the marginals
BOUNDS = {"infonce": "InfoNCE", "nwj": "NWJ", "dv": "DV", "mine": "MINE", "smile": "SMILE"}


def pointwise_infonce(scores: Float[Tensor, "n n"]) -> Scores:
    """Return ln (e^f_ii / (1/n) Σ_j e^f_ij) of each sample, in nats: never above ln n.

    Source: van den Oord et al. 2018 (arXiv:1807.03748).
    """
    return scores.diagonal() - scores.logsumexp(dim=1) + math.log(len(scores))


def log_mean_exp(scores: Scores) -> Tensor:
    """Return ln E[e^f]."""
    return scores.logsumexp(dim=0) - math.log(len(scores))


def value(bound: str, joint: Scores, product: Products, tau: float) -> tuple[float, float]:
    """Return the estimate of a fixed critic, in nats, and its standard error over the pairs.

    With f scored on pairs of the joint (P) and of the product (Q) of the marginals:
    DV and MINE, E_P f - ln E_Q e^f; NWJ, E_P f - E_Q e^f / e; SMILE, as DV with e^f held between
    e^-τ and e^τ, which is no bound.

    Source: Donsker & Varadhan 1983; Nguyen, Wainwright & Jordan 2010; Song & Ermon 2020
    (arXiv:1910.06222).
    """
    joint, product = joint.double(), product.double()
    variance = joint.var() / len(joint)
    if bound == "nwj":
        ratio = (product - 1).exp()
        nats = joint.mean() - ratio.mean()
        return float(nats), float((variance + ratio.var() / len(ratio)).sqrt())
    if bound == "smile":
        product = product.clamp(-tau, tau)
    log_mean = log_mean_exp(product)
    ratio = (product - log_mean).exp()  # of mean 1
    error = (variance + ratio.var() / len(ratio)).sqrt()
    return float(joint.mean() - log_mean), float(error)


class Loss:
    """The training loss of a bound that is scored on pairs; MINE's remembers a moving average.

    The gradient of DV in a batch is biased, as E_Q e^f stands in a denominator: MINE divides by its
    moving average (``decay``) instead. SMILE trains by the Jensen–Shannon loss of a classifier of
    pairs. Source: Belghazi et al. 2018 (arXiv:1801.04062), 3.2.
    """

    def __init__(self, bound: str, decay: float = 0.99) -> None:
        self.bound = bound
        self.decay = decay
        self.log_average: Tensor | None = None

    def __call__(self, joint: Scores, product: Products) -> Tensor:
        """Return the loss of a batch, whose gradient trains the critic."""
        if self.bound == "nwj":
            return (product - 1).exp().mean() - joint.mean()
        if self.bound == "smile":
            return softplus(-joint).mean() + softplus(product).mean()
        log_mean = log_mean_exp(product)
        if self.bound == "dv":
            return log_mean - joint.mean()
        now = log_mean.detach()
        if self.log_average is None or not torch.isfinite(self.log_average):
            self.log_average = now
        old, new = self.log_average + math.log(self.decay), now + math.log1p(-self.decay)
        self.log_average = torch.logaddexp(old, new)
        return (log_mean - self.log_average).exp() - joint.mean()
