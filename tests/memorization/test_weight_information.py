"""Information in weights: against exact divergences, integrals, and the linear-Gaussian optimum."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from infoplane.memorization.weight_information import (
    gaussian_nats,
    largest_rate,
    linear_gaussian_optimum,
    log_uniform_nats,
    price_at,
    weight_bits,
)
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import build_mlp
from infoplane.networks.stochastic import StochasticMLP

DRAWN = torch.Generator().manual_seed(0)
MEAN, LOG_VARIANCE = (torch.randn(2, 3, 4, generator=DRAWN).double() for _ in range(2))


def divergence(prior_variance: float) -> torch.Tensor:
    posterior = Normal(MEAN, (LOG_VARIANCE / 2).exp())
    prior = Normal(torch.zeros_like(MEAN), prior_variance**0.5)
    return kl_divergence(posterior, prior).sum(dim=(1, 2))


@pytest.mark.parametrize("variance", [0.1, 1.0, 7.0])
def test_the_divergence_from_a_given_prior(variance: float) -> None:
    found = gaussian_nats(MEAN, LOG_VARIANCE, prior_variance=variance)
    torch.testing.assert_close(found, divergence(variance))


def test_the_best_prior_of_each_network_is_taken() -> None:
    best = gaussian_nats(MEAN, LOG_VARIANCE)
    variances = (MEAN.square() + LOG_VARIANCE.exp()).mean(dim=(1, 2)).tolist()
    for network, variance in enumerate(variances):
        assert float(best[network]) == pytest.approx(float(divergence(variance)[network]))
        for other in (0.9 * variance, 1.1 * variance):
            assert best[network] < divergence(other)[network]
    torch.testing.assert_close(gaussian_nats(9 * MEAN, LOG_VARIANCE + math.log(81)), best)


@pytest.mark.parametrize("alpha", [0.01, 0.3, 1.0, 5.0, 50.0])
def test_the_log_uniform_prior_against_an_integral(alpha: float) -> None:
    """KL = E log|ε| - ½ log α + const, ε ~ N(1, α), which is 0 where α is infinite."""

    z = np.linspace(-10, 10, 2_000_001)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    logarithm = np.log(np.abs(1 + alpha**0.5 * z) + 1e-12)
    exact = np.trapezoid(density * logarithm, z) - 0.5 * math.log(alpha)
    exact += (math.log(2) + np.euler_gamma) / 2
    found = log_uniform_nats(torch.ones(1, 1), torch.full((1, 1), math.log(alpha)))
    assert float(found) == pytest.approx(exact, abs=0.01)


def test_bits_are_summed_over_tensors() -> None:
    pairs = [(MEAN, LOG_VARIANCE), (MEAN[:, :1], LOG_VARIANCE[:, :1])]
    for prior, nats in (("gaussian", gaussian_nats), ("log-uniform", log_uniform_nats)):
        expected = sum(nats(*pair) for pair in pairs) / math.log(2)
        torch.testing.assert_close(weight_bits(pairs, prior), expected)
    noise = torch.zeros(1, 5), torch.full((1, 5), -3.0)
    assert float(weight_bits([noise])) == pytest.approx(0, abs=1e-5)
    assert float(weight_bits([noise], "log-uniform")) == pytest.approx(0, abs=1e-5)


BETA, NOISE, PRIOR = 0.7, 0.5, 2.0
X = torch.randn(40, 3, generator=DRAWN) @ torch.tensor([[1.0, 0.5, 0], [0, 1, 0], [0, 0, 0.3]])
Y = X @ torch.tensor([1.0, -2.0, 0.5]) + NOISE**0.5 * torch.randn(40, generator=DRAWN)


def lagrangian(mean: torch.Tensor, variance: torch.Tensor) -> torch.Tensor:
    error = (Y - X @ mean).square() + X.square() @ variance
    told = gaussian_nats(mean[None], variance.log()[None], prior_variance=PRIOR)
    return error.sum() / (2 * NOISE) + BETA * told[0]


def optimum() -> tuple[torch.Tensor, torch.Tensor]:
    return linear_gaussian_optimum(X, Y, beta=BETA, noise_variance=NOISE, prior_variance=PRIOR)


def test_the_linear_optimum_is_one() -> None:
    mean, variance = (value.requires_grad_() for value in optimum())
    gradients = torch.autograd.grad(lagrangian(mean, variance), (mean, variance))
    for gradient in gradients:
        torch.testing.assert_close(gradient, torch.zeros(3), rtol=0, atol=1e-3)
    least = lagrangian(mean, variance)
    for scale in (0.8, 1.25):
        assert lagrangian(mean, scale * variance) > least
        assert lagrangian(scale * mean, variance) > least


def test_training_finds_the_linear_optimum() -> None:
    """Drawn weights, example by example, and the same optimizer as in the study."""
    plain = build_mlp(NetworkConfig(widths=()), inputs=3, classes=1, seed=0, members=1)
    network = StochasticMLP(plain, spread=0.1, seed=0)
    (mean, log_variance), (bias, of_bias) = network.posteriors()
    bias.data.zero_()
    of_bias.data.fill_(-40.0)
    optimizer = torch.optim.Adam([mean, log_variance])
    steps = 1200
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.05 * (1 - step / steps)
        optimizer.zero_grad()
        error = (Y - network(X)[0, 0]).square().sum() / (2 * NOISE)
        told = gaussian_nats(mean, log_variance, prior_variance=PRIOR)
        (error + BETA * told.sum()).backward()
        optimizer.step()
    best_mean, best_variance = optimum()
    torch.testing.assert_close(mean.detach().flatten(), best_mean, rtol=0, atol=0.05)
    torch.testing.assert_close(
        log_variance.detach().exp().flatten(), best_variance, rtol=0.15, atol=0
    )


def test_prices_between_those_of_the_grid() -> None:
    prices = np.array([0.1, 1.0, 10.0])
    assert price_at(prices, np.array([1.0, 1.0, 0.0])) == pytest.approx(10**0.5)
    assert price_at(prices, np.array([1.0, 0.4, 0.6])) == math.inf
    assert price_at(prices, np.array([0.9, 0.6, 0.1]), 0.9) == pytest.approx(0.1)
    assert math.isnan(price_at(prices, np.array([0.4, 0.2, 0.1])))


def test_rates_are_of_networks_that_keep_enough() -> None:
    kept, told = np.array([9.0, 4.0, 0.5]), np.array([90.0, 8.0, 0.1])
    assert largest_rate(kept, told, least=1.0) == 0.5
    assert math.isnan(largest_rate(kept, told, least=10.0))
