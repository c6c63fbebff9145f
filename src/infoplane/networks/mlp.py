"""K multilayer perceptrons as one module: stacked weights, feature-major activations."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infoplane import seeds
from infoplane.networks.config import NetworkConfig
from infoplane.networks.initialisation import initialise
from infoplane.networks.regularization import StackedBatchNorm, StackedDropout
from infoplane.networks.stack import Stack
from infoplane.networks.tanh import Tanh

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "tanh": Tanh,
    "relu": nn.ReLU,
    "softsign": nn.Softsign,
    "softplus": nn.Softplus,
    "hard-tanh": nn.Hardtanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "linear": nn.Identity,
}


class StackedLayer(nn.Module):
    """One layer of K networks: ``activation(W h + b)`` on feature-major input."""

    def __init__(
        self, weight: Float[Tensor, "k fan_out fan_in"], bias: Tensor | None, activation: nn.Module
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(bias) if bias is not None else None  # [k, out, 1]
        self.activation = activation

    def forward(self, h: Float[Tensor, "*k fan_in n"]) -> Float[Tensor, "k fan_out n"]:
        if h.ndim == 2:
            return self.activation(self._shared(h))
        if self.bias is None:
            return self.activation(torch.bmm(self.weight, h))
        return self.activation(torch.baddbmm(self.bias, self.weight, h))

    def _shared(self, h: Float[Tensor, "fan_in n"]) -> Float[Tensor, "k fan_out n"]:
        """Take input that all networks share as one product."""
        weight = self.weight.flatten(0, 1)
        if self.bias is None:
            product = weight @ h
        else:
            product = torch.addmm(self.bias.flatten(0, 1), weight, h)
        return product.unflatten(0, self.weight.shape[:2])


class StackedMLP(Stack):
    """K multilayer perceptrons.

    Activations are feature-major, ``[K, width, n]``, and so are the logits, ``[K, classes, n]``,
    which is the layout cross-entropy takes. ``layer1`` is the first hidden layer.
    """

    samples_at = 2

    def __init__(self, layers: list[StackedLayer], members: int) -> None:
        super().__init__()
        self.members = members
        self.widest = max(layer.weight.shape[1] for layer in layers)
        self.inputs = layers[0].weight.shape[2]
        self.hidden = len(layers) - 1
        for i, layer in enumerate(layers[:-1], start=1):
            self.add_module(f"layer{i}", layer)
        self.readout = layers[-1]

    @property
    def layers(self) -> list[StackedLayer]:
        """The hidden layers, from the first on, and the readout."""
        names = [*(f"layer{i}" for i in range(1, self.hidden + 1)), "readout"]
        return [self.get_submodule(name) for name in names]  # pyright: ignore[reportReturnType]

    def are_own(self, inputs: Float[Tensor, ...]) -> bool:
        """Whether inputs are ``[K, n, d]``, of each member its own, and not shared by all."""
        return inputs.ndim == 3 and len(inputs) == self.members and inputs.shape[2] == self.inputs

    def features(self, inputs: Float[Tensor, ...]) -> Float[Tensor, "*k width n"]:
        """Return the last hidden layer of inputs ``[n, ...]`` of all or ``[K, n, d]`` of each."""
        h = inputs.mT if self.are_own(inputs) else inputs.flatten(1).T
        for layer in self.layers[:-1]:
            h = layer(h)
        return h

    def member(self, member: int) -> StackedMLP:
        one = slice(member, member + 1)
        layers = []
        for layer in self.layers:
            bias = None if layer.bias is None else layer.bias.detach()[one]
            behind = _member_of(layer.activation, member)
            layers.append(StackedLayer(layer.weight.detach()[one], bias, behind))
        return StackedMLP(layers, 1)


def build_mlp(
    config: NetworkConfig, *, inputs: int, classes: int, seed: int, members: int = 1
) -> StackedMLP:
    """Build K networks; member m is initialised from (seed, m) alone, whatever K is."""
    widths = [inputs, *config.hidden_widths, classes]
    alone = [
        _initialise(config, widths, seeds.generator(seed, "initialisation", member))
        for member in range(members)
    ]
    layers = []
    for i in range(len(widths) - 1):
        weight = torch.stack([parameters[i][0] for parameters in alone])
        bias = torch.stack([parameters[i][1] for parameters in alone])[:, :, None]
        last = i == len(widths) - 2
        activation = nn.Identity() if last else _behind(config, members, widths[i + 1])
        layers.append(StackedLayer(weight, bias if config.bias else None, activation))
    return StackedMLP(layers, members)


def _behind(config: NetworkConfig, members: int, width: int) -> nn.Module:
    """Return what follows the weights of a hidden layer: its activation, normed and dropped."""
    modules = [ACTIVATIONS[config.hidden_activation]()]
    if config.batch_norm:
        mean, variance = torch.zeros(members, width), torch.ones(members, width)
        modules.insert(0, StackedBatchNorm(mean, variance))
    if config.dropout:
        modules.append(StackedDropout(config.dropout, members, StackedMLP.samples_at))
    return nn.Sequential(*modules) if len(modules) > 1 else modules[0]


def _member_of(behind: nn.Module, member: int) -> nn.Module:
    if not isinstance(behind, nn.Sequential):
        return behind
    modules: list[nn.Module] = []
    for module in behind:
        if isinstance(module, StackedBatchNorm):
            modules.append(module.member(member))
        else:
            modules.append(module.alone() if isinstance(module, StackedDropout) else module)
    return nn.Sequential(*modules)


def _initialise(
    config: NetworkConfig, widths: list[int], generator: torch.Generator
) -> list[tuple[Tensor, Tensor]]:
    """Draw the weights [out, in] and biases [out] of one network, layer after layer."""
    parameters = []
    for fan_in, fan_out in pairwise(widths):
        weight, bias = torch.empty(fan_out, fan_in), torch.empty(fan_out)
        initialise(weight, bias, config.initialisation, generator)
        parameters.append((weight, bias))
    return parameters
