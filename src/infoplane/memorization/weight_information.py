"""Information in the weights: the bits that Gaussian weights say of what they were trained on.

Whoever knows the prior can be told a draw of the weights in KL(q(w|D) ‖ p(w)) bits (Hinton & van
Camp 1993). Its mean over data sets D is I(w;D) at the best prior, and above it at any other, so
that of random labels no more bits are kept than this. A network trained for

    Σ_i E_q[-log p(y_i|x_i,w)] + β KL(q ‖ p)

pays β bits for each bit of a label: the information Lagrangian of Achille & Soatto (2018), eq. 3.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

Prior = Literal["gaussian", "log-uniform"]
K1, K2, K3 = 0.63576, 1.87320, 1.48695  # Molchanov et al. 2017, eq. 14


def weight_bits(
    posteriors: Iterable[tuple[Float[Tensor, "k ..."], Float[Tensor, "k ..."]]],
    prior: Prior = "gaussian",
) -> Float[Tensor, " k"]:
    """Return KL(q ‖ p) of K networks in bits, summed over their tensors.

    Args:
        posteriors: means and log variances (natural) of each tensor of weights.
        prior: ``gaussian``: N(0, λ²) with the λ that makes it least, one for each tensor and
            network; telling them is not counted, some ten bits a tensor. ``log-uniform``: of
            variational dropout, improper: bits beyond those of a weight that is all noise, which
            bound nothing.

    Cost: O(weights).

    Source: Graves 2011, eq. 18 to 20; Kingma et al. 2015; Molchanov et al. 2017, eq. 14.

    Example:
        >>> import torch
        >>> mean, log_variance = torch.tensor([[3.0, 1.0]]), torch.zeros(1, 2)
        >>> weight_bits([(mean, log_variance)])  # λ² = 6, and log2 6 bits
        tensor([2.5850])
    """
    of_tensor = {"gaussian": gaussian_nats, "log-uniform": log_uniform_nats}[prior]
    nats = [of_tensor(mean, log_variance) for mean, log_variance in posteriors]
    return torch.stack(nats).sum(dim=0) / math.log(2)


def gaussian_nats(
    mean: Float[Tensor, "k ..."],
    log_variance: Float[Tensor, "k ..."],
    *,
    prior_variance: float | None = None,
) -> Float[Tensor, " k"]:
    """Return KL(N(μ, σ²) ‖ N(0, λ²)) in nats, summed over a tensor, of K networks.

    ½ Σ (log λ²/σ² - 1 + (μ² + σ²)/λ²). The best λ² is the mean of μ² + σ², which leaves the first
    term alone; it is taken unless ``prior_variance`` is given.
    """
    mean, log_variance = mean.flatten(1), log_variance.flatten(1)
    second = mean.square() + log_variance.exp()
    if prior_variance is None:
        return 0.5 * (second.mean(dim=1, keepdim=True).log() - log_variance).sum(dim=1)
    ratio = second / prior_variance
    return 0.5 * (math.log(prior_variance) - log_variance - 1 + ratio).sum(dim=1)


def log_uniform_nats(
    mean: Float[Tensor, "k ..."], log_variance: Float[Tensor, "k ..."]
) -> Float[Tensor, " k"]:
    """Return KL to the log-uniform prior in nats, summed over a tensor, of K networks.

    By the approximation of Molchanov et al., within .009 nats a weight, and 0 where α = σ²/μ² is
    infinite: the prior is improper, so that its zero is a convention.
    """
    log_alpha = (log_variance - (mean.square() + 1e-16).log()).flatten(1)
    lost = K1 * torch.sigmoid(-K2 - K3 * log_alpha) + 0.5 * functional.softplus(-log_alpha)
    return lost.sum(dim=1)


def linear_gaussian_optimum(
    inputs: Float[Tensor, "n d"],
    targets: Float[Tensor, " n"],
    *,
    beta: float,
    noise_variance: float,
    prior_variance: float,
) -> tuple[Float[Tensor, " d"], Float[Tensor, " d"]]:
    """Return the mean and the variances that are best for a linear network with Gaussian noise.

    Of Σ_i E_q[(y_i - w·x_i)²]/2s² + β KL(q ‖ N(0, λ²)), nats, in closed form:
    μ = (XᵀX/s² + β/λ²)⁻¹ Xᵀy/s² and σ_j² = β/(Σ_i x_ij²/s² + β/λ²).

    Source: Graves 2011; as Σ* = β(H + β/λ²)⁻¹ of Achille et al. 2019, whose printed form lacks a
    factor of two, restricted to diagonal Σ.
    """
    precision = inputs.T @ inputs / noise_variance
    ridge = beta / prior_variance
    whole = precision + ridge * torch.eye(len(precision), dtype=inputs.dtype)
    mean = torch.linalg.solve(whole, inputs.T @ targets / noise_variance)
    return mean, beta / (precision.diagonal() + ridge)


def price_at(
    prices: Float[np.ndarray, " p"], shares: Float[np.ndarray, " p"], level: float = 0.5
) -> float:
    """Return the price at which the share of the label bits that is kept falls to a level.

    By linear interpolation on the logarithm of the price, between the last price at which the share
    is at the level or above and the next; infinite where there is no next, NaN where there is none
    such. A noisy curve that crosses the level more than once falls at its last crossing.

    Args:
        prices: β, rising.
        shares: kept at each.
        level: of the share.

    Example:
        >>> import numpy as np
        >>> round(price_at(np.array([0.1, 1.0, 10.0]), np.array([1.0, 0.75, 0.25])), 3)
        3.162
    """
    above = np.flatnonzero(shares >= level)
    if len(above) == 0:
        return math.nan
    i = int(above[-1])
    if i == len(prices) - 1:
        return math.inf
    low, high = np.log(prices[i : i + 2])
    fallen = (shares[i] - level) / (shares[i] - shares[i + 1])
    return float(np.exp(low + fallen * (high - low)))


def largest_rate(
    kept_bits: Float[np.ndarray, " p"],
    weight_bits: Float[np.ndarray, " p"],
    *,
    least: float,
) -> float:
    """Return the most label bits a bit of weights among networks that keep ``least`` bits or more.

    Whatever found them, they cost less than weights that say nothing at every price below this
    rate, so that the best weights keep labels there. NaN where no network keeps so many.
    """
    enough = kept_bits >= least
    return float((kept_bits[enough] / weight_bits[enough]).max()) if enough.any() else math.nan
