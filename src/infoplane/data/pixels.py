"""Crop, corruptions of pixels, and whitening: what is done to images, in this order.

Zhang et al. 2017 leave open whether images are corrupted before or after they are whitened, and
whether the noise is that of whitened images. Here they are cropped, corrupted, then whitened, so
that all kinds reach the network with mean 0 and variance 1 where they are whitened. Corruptions are
drawn once from the seed and stay the same in every epoch; train and test are corrupted alike.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError

Images = Float[Tensor, "_ _ _ _"]  # [n, c, h, w]; two parts differ in n, a crop in h and w

CHUNK = 1024  # images at a time where there are temporary tensors


def prepare(train: Tensor, test: Tensor, config: DataConfig, seed: int) -> tuple[Tensor, Tensor]:
    """Return the images of both parts as a configuration asks for them; those given are untouched.

    At most two new tensors of their size are held at a time.

    Raises:
        InfoplaneError: where the crop is larger than the images, or the inputs are none.
    """
    if train.ndim != 4:
        if config.crop is not None or config.whiten or config.pixels != "true":
            raise InfoplaneError(
                "data.crop, data.whiten and data.pixels belong to images, and the inputs of "
                f"{config.name!r} have the shape {list(train.shape[1:])}; leave them out."
            )
        return train, test
    if config.crop is not None:
        train, test = (crop(part, config.crop) for part in (train, test))
    parts = _corrupted(train, test, config, seed)
    if config.whiten:
        parts = tuple(whiten(part) for part in parts)
    train, test = (part.contiguous() for part in parts)
    return train, test


def _corrupted(train: Images, test: Images, config: DataConfig, seed: int) -> tuple[Images, ...]:
    parts = (train, test)
    generators = [seeds.generator(seed, f"{config.pixels} pixels", part) for part in range(2)]
    match config.pixels:
        case "shuffled":
            order = torch.randperm(train[0, 0].numel(), generator=generators[0])
            return tuple(shuffle(part, order) for part in parts)
        case "random":
            return tuple(
                shuffle_each(x, generator=g) for x, g in zip(parts, generators, strict=True)
            )
        case "gaussian":
            std, mean = torch.std_mean(train, dim=(0, 2, 3), correction=0)
            return tuple(
                gaussian(x, mean=mean, std=std, generator=g)
                for x, g in zip(parts, generators, strict=True)
            )
        case "uniform":
            return tuple(
                torch.rand(x.shape, generator=g) for x, g in zip(parts, generators, strict=True)
            )
    return parts


def crop(images: Images, side: int) -> Float[Tensor, "n c s s"]:
    """Return a view of the middle of every image; of an odd rest, one more is cut at the end.

    Raises:
        InfoplaneError: where the side is longer than that of the images.
    """
    height, width = images.shape[-2:]
    if side > min(height, width):
        raise InfoplaneError(
            f"data.crop is {side}, but the images have {height} × {width} pixels; give at most "
            f"{min(height, width)}."
        )
    top, left = (height - side) // 2, (width - side) // 2
    return images[..., top : top + side, left : left + side]


def shuffle(images: Images, order: Int[Tensor, " p"]) -> Images:
    """Put the pixels of every image into one order; their channels move together.

    Source: Zhang et al. 2017, §2.1, "shuffled pixels".
    """
    return images.flatten(2)[:, :, order].view(images.shape)


def shuffle_each(images: Images, *, generator: torch.Generator) -> Images:
    """Put the pixels of every image into an order of its own; their channels move together.

    Source: Zhang et al. 2017, §2.1, "random pixels".
    """
    shuffled = torch.empty(images.shape)
    for whole, into in zip(images.split(CHUNK), shuffled.split(CHUNK), strict=True):
        n, channels, height, width = whole.shape
        order = torch.rand(n, 1, height * width, generator=generator, dtype=torch.float64)
        order = order.argsort(dim=2)  # ties, which would favour an order, do not happen in float64
        moved = whole.flatten(2).gather(2, order.expand(-1, channels, -1))
        into.copy_(moved.view(whole.shape))
    return shuffled


def gaussian(
    images: Images,
    *,
    mean: Float[Tensor, " c"],
    std: Float[Tensor, " c"],
    generator: torch.Generator,
) -> Images:
    """Return independent Gaussian pixels, as many as there are, with the moments of each channel.

    Source: Zhang et al. 2017, §2.1, "Gaussian"; by channel, as in re-implementations.
    """
    noise = torch.randn(images.shape, generator=generator)
    return noise.mul_(std[:, None, None]).add_(mean[:, None, None])


def whiten(images: Images) -> Images:
    """Return each image less its mean, over its standard deviation.

    Both are over all pixels and channels; the deviation, of the population, is at least 1/√m with
    m values in an image, so that a constant image becomes zero.

    Source: TensorFlow's ``per_image_whitening``, as used by Zhang et al. 2017.
    """
    values = images.flatten(1)
    std, mean = torch.std_mean(values, dim=1, correction=0, keepdim=True)
    floor = values.shape[1] ** -0.5
    return (values - mean).div_(std.clamp(min=floor)).view(images.shape)
