"""K perceptrons whose weights are Gaussian: a mean and a variance for each, noise drawn anew.

The noise of weights is drawn as that of what they put out, example by example: for Gaussian weights
W ~ N(M, S), W h is N(M h, S h²) in every unit, and gradients vary less by orders of magnitude than
with one draw of the weights for a batch (local reparametrization, Kingma et al. 2015, §2.2).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infoplane import seeds
from infoplane.networks.mlp import StackedLayer, StackedMLP

LEAST = 1e-16  # variance of an output: its root has a gradient


class StochasticLayer(nn.Module):
    """One layer of K networks with Gaussian weights: ``activation(W h + b)``, feature-major.

    Args:
        layer: whose weights are the means, and whose activation is taken.
        spread: standard deviation of each weight over that of all the means of its network, [K].
    """

    def __init__(self, layer: StackedLayer, spread: Float[Tensor, " k"]) -> None:
        super().__init__()
        self.activation = layer.activation
        weight = layer.weight.detach().clone()
        bias = weight.new_zeros(*weight.shape[:2], 1)
        if layer.bias is not None:
            bias = layer.bias.detach().clone()
        scale = spread * weight.flatten(1).std(dim=1)  # [k]
        log_variance = 2 * scale.log()[:, None, None]
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)
        self.weight_log_variance = nn.Parameter(log_variance.expand_as(weight).clone())
        self.bias_log_variance = nn.Parameter(log_variance.expand_as(bias).clone())

    def forward(
        self, h: Float[Tensor, "*k fan_in n"], noise: Sequence[torch.Generator] = ()
    ) -> Float[Tensor, "k fan_out n"]:
        """Return the outputs of drawn weights; of the mean weights where no generators are given.

        Args:
            h: inputs, of all networks or of each.
            noise: a generator for each network, on the device of the weights.
        """
        mean = _affine(self.weight, self.bias, h)
        if not noise:
            return self.activation(mean)
        variances = self.weight_log_variance.exp(), self.bias_log_variance.exp()
        variance = _affine(*variances, h.square())
        size, device = mean.shape[1:], mean.device
        drawn = torch.stack([torch.randn(size, generator=g, device=device) for g in noise])
        return self.activation(torch.addcmul(mean, (variance + LEAST).sqrt(), drawn))

    def posteriors(self) -> list[tuple[Tensor, Tensor]]:
        """Return means and log variances, [K, ...] each, of the weights and of the biases."""
        return [(self.weight, self.weight_log_variance), (self.bias, self.bias_log_variance)]


def _affine(
    weight: Float[Tensor, "k out fan_in"],
    bias: Float[Tensor, "k out 1"],
    h: Float[Tensor, "*k fan_in n"],
) -> Float[Tensor, "k out n"]:
    if h.ndim == 2:  # input that all networks share: one product
        product = torch.addmm(bias.flatten(0, 1), weight.flatten(0, 1), h)
        return product.unflatten(0, weight.shape[:2])
    return torch.baddbmm(bias, weight, h)


class StochasticMLP(nn.Module):
    """K multilayer perceptrons with Gaussian weights, trained as one.

    Args:
        stack: whose weights are the means.
        spread: standard deviation of each weight over that of the means of its layer, one for all
            networks or one for each.
        seed: of the noise; that of member m follows from (seed, m) alone.

    Example:
        >>> import torch
        >>> from infoplane.networks.config import NetworkConfig
        >>> from infoplane.networks.mlp import build_mlp
        >>> stack = build_mlp(NetworkConfig(widths=(5,)), inputs=4, classes=3, seed=0, members=2)
        >>> network = StochasticMLP(stack, spread=0.1, seed=0)
        >>> network(torch.ones(7, 4)).shape
        torch.Size([2, 3, 7])
    """

    def __init__(self, stack: StackedMLP, *, spread: float | Sequence[float], seed: int) -> None:
        super().__init__()
        self.members = stack.members
        each = torch.as_tensor(spread, dtype=torch.float32).expand(self.members)
        self.layers = nn.ModuleList(StochasticLayer(layer, each) for layer in stack.layers)
        self._seeds = [seeds.number(seed, "weight noise", m) for m in range(self.members)]
        self._noise: list[torch.Generator] = []

    @property
    def noise(self) -> list[torch.Generator]:
        """A generator for each network, where the weights are; it begins anew where these move."""
        device = next(self.parameters()).device
        if not self._noise or self._noise[0].device != device:
            self._noise = [torch.Generator(device).manual_seed(seed) for seed in self._seeds]
        return self._noise

    def forward(self, inputs: Float[Tensor, "n d"], *, draw: bool = True) -> Float[Tensor, "k c n"]:
        """Return the logits by drawn weights, or by the mean ones."""
        h = inputs.T
        for layer in self.layers:
            h = layer(h, self.noise if draw else ())
        return h

    def posteriors(self) -> list[tuple[Tensor, Tensor]]:
        """Return means and log variances, [K, ...] each, of every weight matrix and bias."""
        return [pair for layer in self.layers for pair in layer.posteriors()]  # pyright: ignore
