"""From the configuration to K networks as one module, whatever their architecture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.networks.blueprints import Layers, alexnet, inception, resnet, small_cnn, toneva
from infoplane.networks.config import NetworkConfig
from infoplane.networks.convolutional import ConvolutionalStack, LoopedLayer, stacked
from infoplane.networks.initialisation import initialise
from infoplane.networks.mlp import StackedLayer, build_mlp
from infoplane.networks.own_function import build_own
from infoplane.networks.stack import Stack

BLUEPRINTS = {
    "alexnet": alexnet,
    "inception": partial(inception, norm=True),
    "inception-without-bn": partial(inception, norm=False),
    "resnet": resnet,
    "toneva": toneva,
    "small-cnn": small_cnn,
}
DROPPED = ("fc", "pool")  # layers whose units dropout drops
CHANNELS_DROPPED = {"toneva": ("conv2",)}  # and those whose channels it does
SMALLEST = 4  # pixels a side: halved twice, one is left
SMALLEST_OF = {"toneva": 16}  # whose convolutions have no padding


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
            images too small for it, or the function of a network of one's own fails.
    """
    if config.own is not None:
        shape = {"input_shape": input_shape, "classes": classes}
        return build_own(config.own, **shape, seed=seed, members=members)
    if not config.convolutional:
        inputs = math.prod(input_shape)
        return build_mlp(config, inputs=inputs, classes=classes, seed=seed, members=members)
    _check(config, input_shape)
    features, widest = _sizes(config, input_shape)
    generators = [seeds.generator(seed, "initialisation", member) for member in range(members)]
    alone = [_initialised(config, input_shape, features, classes, g) for g in generators]
    whole = {name: stacked([layers[name] for layers in alone]) for name in alone[0]}
    readout = whole.pop("readout")
    assert isinstance(readout, nn.Linear)
    bias = readout.bias.detach()[:, :, None] if config.bias else None
    dropped = (*DROPPED, *CHANNELS_DROPPED.get(config.preset, ()))
    layers = {
        name: LoopedLayer(
            layer, members, dropout=config.dropout if name.startswith(dropped) else 0.0
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
    smallest = SMALLEST_OF.get(config.preset, SMALLEST)
    if min(input_shape[1:]) < smallest:
        raise InfoplaneError(
            f"{config.preset} halves images twice, and those here have {input_shape[1]} × "
            f"{input_shape[2]} pixels; give at least {smallest} × {smallest}, or choose a "
            "perceptron."
        )


def _sizes(config: NetworkConfig, input_shape: Sequence[int]) -> tuple[int, int]:
    """Return what goes into the readout, and the units of the widest layer."""
    widest, h = 0, torch.zeros(1, *input_shape)
    with torch.inference_mode():
        for layer in _without_values(config, input_shape).values():
            h = layer.to_empty(device="cpu").eval()(h)
            widest = max(widest, h.numel())
    return h.shape[1], widest


def _without_values(config: NetworkConfig, input_shape: Sequence[int]) -> Layers:
    """Return the hidden layers with nothing drawn: the global generator is left alone."""
    with torch.device("meta"):
        return BLUEPRINTS[config.preset](input_shape, config)


def _initialised(
    config: NetworkConfig,
    input_shape: Sequence[int],
    features: int,
    classes: int,
    generator: torch.Generator,
) -> Layers:
    """Return the layers of one network, the readout last."""
    layers = _without_values(config, input_shape)
    layers["readout"] = nn.Linear(features, classes, bias=config.bias, device="meta")
    for layer in layers.values():
        for module in layer.to_empty(device="cpu").modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                initialise(module.weight, module.bias, config.initialisation, generator)
            elif isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
    return layers
