"""Gaussian weights: what they put out, and that networks of a stack do not touch one another."""

from __future__ import annotations

import pytest
import torch

from infoplane import seeds
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.networks.stochastic import StochasticLayer, StochasticMLP

INPUTS = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))


def stack(members: int = 2, widths: tuple[int, ...] = (6,)) -> StackedMLP:
    config = NetworkConfig(widths=widths, activation="relu")
    return build_mlp(config, inputs=4, classes=3, seed=0, members=members)


def test_mean_weights_are_those_of_the_stack() -> None:
    plain = stack()
    network = StochasticMLP(plain, spread=0.5, seed=0)
    torch.testing.assert_close(network(INPUTS, draw=False), plain(INPUTS))
    assert torch.equal(network(INPUTS, draw=False), network(INPUTS, draw=False))
    assert not torch.equal(network(INPUTS), network(INPUTS))


@pytest.mark.parametrize("own", [False, True])
def test_outputs_have_the_mean_and_variance_of_drawn_weights(own: bool) -> None:
    """Var[Σ w h + b] = Σ σ² h² + σ_b², in every unit and example by itself."""
    layer = StochasticLayer(stack(widths=()).layers[0], torch.tensor([0.3, 0.6]))
    layer.weight_log_variance.data += 0.3 * torch.randn(2, 3, 4)
    h = INPUTS.T.expand(2, -1, -1) if own else INPUTS.T
    noise = [seeds.generator(0, "test", m) for m in range(2)]
    drawn = torch.stack([layer(h, noise) for _ in range(4000)])
    weights = layer.weight_log_variance.exp()
    variance = weights @ INPUTS.T.square() + layer.bias_log_variance.exp()
    torch.testing.assert_close(drawn.var(dim=0), variance, rtol=0.15, atol=0)
    torch.testing.assert_close(drawn.mean(dim=0), layer(h), rtol=0, atol=0.05)
    of_two_examples = torch.corrcoef(drawn[:, 0, 0, :2].T)[0, 1]
    assert abs(of_two_examples) < 0.06  # each has noise of its own


def test_spread_is_relative_to_the_weights_of_each_network() -> None:
    plain = stack(widths=())
    network = StochasticMLP(plain, spread=[0.1, 2.0], seed=0)
    (mean, log_variance), (bias, of_bias) = network.posteriors()
    expected = torch.tensor([0.1, 2.0]) * mean.flatten(1).std(dim=1)
    torch.testing.assert_close((log_variance / 2).exp()[:, 0, 0], expected)
    torch.testing.assert_close((of_bias / 2).exp()[:, 0, 0], expected)
    assert mean.shape == log_variance.shape == (2, 3, 4)
    assert bias.shape == of_bias.shape == (2, 3, 1)


def test_networks_do_not_depend_on_how_many_there_are() -> None:
    before = torch.get_rng_state()
    two, three = (StochasticMLP(stack(k), spread=0.5, seed=0) for k in (2, 3))
    outputs = two(INPUTS)
    first, second = (torch.randn(9, generator=generator) for generator in two.noise)
    assert not torch.equal(first, second)
    torch.testing.assert_close(outputs, three(INPUTS)[:2])
    outputs[0].sum().backward()
    for mean, log_variance in two.posteriors():
        for parameter in (mean, log_variance):
            assert parameter.grad is not None
            assert (parameter.grad[1] == 0).all()
    assert torch.equal(torch.get_rng_state(), before)
