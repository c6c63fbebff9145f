"""From the configuration to K networks as one module, whatever their architecture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.networks.blueprints import Layers, alexnet, inception, resnet
from infoplane.networks.config import NetworkConfig
from infoplane.networks.convolutional import ConvolutionalStack, LoopedLayer, stacked
from infoplane.networks.initialising import initialise
from infoplane.networks.mlp import StackedLayer, build_mlp
from infoplane.networks.stack import Stack

BLUEPRINTS = {
    "alexnet": alexnet,
    "inception": partial(inception, norm=True),
    "inception-without-bn": partial(inception, norm=False),
    "resnet": resnet,
}
DROPPED = ("fc", "pool")  # layers whose units dropout drops
SMALLEST = 4  # pixels a side: halved twice, one is left


def build_network(
    config: NetworkConfig,
    *,
    input_shape: Sequence[int],
    classes: int,
    seed: int,
    members: int = 1,
) -> Stack:
    """Build K networks; member m is initialised from (seed, m) alone, whatever K is.

    Args:
        config: which network.
        input_shape: of one example, ``[channels, height, width]`` of an image.
        classes: outputs.
        seed: of the initialisation.
        members: K.

    Raises:
        InfoplaneError: where a convolutional network is asked for inputs that are no images, or
            images too small for it.
    """
    if not config.convolutional:
        inputs = math.prod(input_shape)
        return build_mlp(config, inputs=inputs, classes=classes, seed=seed, members=members)
    _check(config, input_shape)
    widest, _ = _planned(config, input_shape, classes)
    alone = [
        _initialised(config, input_shape, classes, seeds.generator(seed, "initialisation", member))
        for member in range(members)
    ]
    whole = {name: stacked([layers[name] for layers in alone]) for name in alone[0]}
    readout = whole.pop("readout")
    assert isinstance(readout, nn.Linear)
    bias = readout.bias.detach()[:, :, None] if config.bias else None
    layers = {
        name: LoopedLayer(
            layer, members, dropout=config.dropout if name.startswith(DROPPED) else 0.0
        )
        for name, layer in whole.items()
    }
    last = StackedLayer(readout.weight.detach(), bias, nn.Identity())
    return ConvolutionalStack(layers, last, image=input_shape, widest=widest)


def _check(config: NetworkConfig, input_shape: Sequence[int]) -> None:
    if len(input_shape) != 3:
        raise InfoplaneError(
            f"{config.preset} takes images [channels, height, width], and the inputs here have the "
            f"shape {list(input_shape)}; choose a perceptron."
        )
    if min(input_shape[1:]) < SMALLEST:
        raise InfoplaneError(
            f"{config.preset} halves images twice, and those here have {input_shape[1]} × "
            f"{input_shape[2]} pixels; give at least {SMALLEST} × {SMALLEST}, or choose a "
            "perceptron."
        )


def _planned(config: NetworkConfig, input_shape: Sequence[int], classes: int) -> tuple[int, Layers]:
    """Return the units of the widest layer, and the layers without values, the readout last."""
    with torch.device("meta"):  # nothing is drawn, so the global generator is left alone
        layers = BLUEPRINTS[config.preset](input_shape, config)
        h, widest = torch.empty(2, *input_shape), 0
        for layer in layers.values():
            h = layer(h)
            widest = max(widest, h[0].numel())
        layers["readout"] = nn.Linear(h.shape[1], classes, bias=config.bias)
    return widest, layers


def _initialised(
    config: NetworkConfig, input_shape: Sequence[int], classes: int, generator: torch.Generator
) -> Layers:
    """Return the layers of one network."""
    _, layers = _planned(config, input_shape, classes)
    for layer in layers.values():
        for module in layer.to_empty(device="cpu").modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                initialise(module.weight, module.bias, config.initialisation, generator)
            elif isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
    return layers
