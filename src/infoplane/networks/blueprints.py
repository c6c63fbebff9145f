"""The convolutional networks of the literature, each layer an ordinary torch module."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from infoplane.networks.config import NetworkConfig

Layers = dict[str, nn.Module]
"""Hidden layers by name, in order; the readout is not among them."""

WIDTHS = (  # channels of the 1 × 1 and the 3 × 3 convolutions; None: a downsample, beside a pool
    *((32, 32), (32, 48), (None, 80)),
    *((112, 48), (96, 64), (80, 80), (48, 96), (None, 96)),
    *((176, 160), (176, 160)),
)


class Branches(nn.Module):
    """Modules side by side on one input, their channels one after another."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, h: Float[Tensor, "n c _ _"]) -> Float[Tensor, "n d _ _"]:
        return torch.cat([branch(h) for branch in self.branches], dim=1)


class LocalResponseNorm(nn.Module):
    """TensorFlow's ``lrn(h, 4, alpha=.001/9, beta=.75, bias=1)``: h / (1 + α Σ h²)^β.

    The sum is over nine channels, four on each side: TensorFlow's 4 is half of the window, and its
    α multiplies the sum, where torch's multiplies the mean. Written as a product with a band, it
    takes a third of the time of torch's, which is a pool in three dimensions.
    """

    def forward(self, h: Float[Tensor, "n c _ _"]) -> Float[Tensor, "n c _ _"]:
        channel = torch.arange(h.shape[1], device=h.device)
        band = (channel - channel[:, None]).abs() <= 4
        near = functional.conv2d(h.square(), band.to(h.dtype)[:, :, None, None])
        scale = 1 + 0.001 / 9 * near
        return h * torch.rsqrt(scale * scale.sqrt())  # scale^-.75


def alexnet(shape: Sequence[int], config: NetworkConfig) -> Layers:
    """Return the small AlexNet of Zhang et al. 2017 (appendix A): 1,387,786 parameters.

    On 28 × 28 × 3 with ten classes; 64 channels follow from that count.
    """
    channels, height, width = shape
    quarter = -(-height // 4) * -(-width // 4)

    def conv(channels: int) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(channels, 64, 5, padding=2, bias=config.bias),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1),
            LocalResponseNorm(),
        )

    def full(inputs: int, outputs: int) -> nn.Module:
        linear = nn.Linear(inputs, outputs, bias=config.bias)
        return nn.Sequential(nn.Flatten(), linear, nn.ReLU())

    return {
        "conv1": conv(channels),
        "conv2": conv(64),
        "fc3": full(64 * quarter, 384),
        "fc4": full(384, 192),
    }


def inception(shape: Sequence[int], config: NetworkConfig, *, norm: bool) -> Layers:
    """Return the small Inception of Zhang et al. 2017 (fig. 3): 1,649,402 parameters.

    On 28 × 28 × 3 with ten classes, with batch norm and without: it has no parameters of its own.
    Images of other sizes are halved twice as well, and the last pool is over what is left.
    """

    def conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Module:
        weights = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=config.bias)
        norms = [nn.BatchNorm2d(outputs, affine=False)] if norm else []
        return nn.Sequential(weights, *norms, nn.ReLU())

    layers: Layers = {"conv1": conv(shape[0], 96, 3)}
    channels = 96
    for of_one, of_three in WIDTHS:
        number = len(layers) + 1
        if of_one is None:
            branches = (conv(channels, of_three, 3, 2), nn.MaxPool2d(3, 2, padding=1))
            layers[f"downsample{number}"] = Branches(*branches)
            channels += of_three
        else:
            branches = (conv(channels, of_one, 1), conv(channels, of_three, 3))
            layers[f"inception{number}"] = Branches(*branches)
            channels = of_one + of_three
    layers["pool12"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return layers


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions behind batch norm and ReLU, added to their input (He et al. 2016b)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.before = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU())
        self.residual = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
        )
        self.shortcut = None
        if inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, h: Float[Tensor, "n c _ _"]) -> Float[Tensor, "n d _ _"]:
        ready = self.before(h)
        return self.residual(ready) + (h if self.shortcut is None else self.shortcut(ready))


def resnet(shape: Sequence[int], _: NetworkConfig) -> Layers:
    """Return WRN-28-1 (Zagoruyko & Komodakis 2016): 369,498 parameters on 32 × 32 × 3.

    Four blocks each of 16, 32 and 64 channels, batch norm with scale and shift, no biases.
    """
    layers: Layers = {"conv1": nn.Conv2d(shape[0], 16, 3, padding=1, bias=False)}
    inputs = 16
    for outputs in (16, 32, 64):
        for block in range(4):
            stride = 2 if block == 0 and outputs > 16 else 1
            layers[f"block{len(layers) + 1}"] = ResidualBlock(inputs, outputs, stride)
            inputs = outputs
    ready = (nn.BatchNorm2d(inputs), nn.ReLU())
    layers["pool14"] = nn.Sequential(*ready, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return layers


def small_cnn(shape: Sequence[int], _: NetworkConfig) -> Layers:
    """Return three convolutions of 48, 96 and 128 channels, each halving the image.

    Behind batch norm and ReLU, without biases: few operations, for a processor.
    """

    def conv(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
        weights = nn.Conv2d(inputs, outputs, kernel, 2, kernel // 2, bias=False)
        return nn.Sequential(weights, nn.BatchNorm2d(outputs), nn.ReLU())

    last = nn.Sequential(*conv(96, 128, 3), nn.Flatten())
    return {"conv1": conv(shape[0], 48, 5), "conv2": conv(48, 96, 3), "conv3": last}


def toneva(shape: Sequence[int], config: NetworkConfig) -> Layers:
    """Return the network of Toneva et al. 2019 for MNIST, torch's own example: 21,840 parameters.

    Two 5 × 5 convolutions without padding, of 10 and 20 channels, each before a pool of 2, then 50
    units. Published code drops channels of the second convolution before its pool and ReLU; behind
    them, as here, the same values come out: what is dropped is 0 there as well.
    """
    channels, height, width = shape
    left = [((side - 4) // 2 - 4) // 2 for side in (height, width)]

    def conv(inputs: int, outputs: int) -> nn.Module:
        weights = nn.Conv2d(inputs, outputs, 5, bias=config.bias)
        return nn.Sequential(weights, nn.MaxPool2d(2), nn.ReLU())

    linear = nn.Linear(20 * left[0] * left[1], 50, bias=config.bias)
    full = nn.Sequential(nn.Flatten(), linear, nn.ReLU())
    return {"conv1": conv(channels, 10), "conv2": conv(10, 20), "fc3": full}
