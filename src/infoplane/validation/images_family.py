"""Pairs of images that share bits through a noisy channel: known information, real pixels."""

from __future__ import annotations

from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.validation.distribution import Distribution, binary_entropy, uniform

GREY_LEVELS = 17  # of scikit-learn's digits: 0 to 16


@cache
def digits() -> tuple[Float[Tensor, "n 64"], Float[Tensor, "m 64"]]:
    """Return the images of zeros and of ones, their pixels whole numbers from 0 to 16."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    images, classes = torch.from_numpy(pixels).double(), torch.from_numpy(labels)
    return images[classes == 0], images[classes == 1]


def draw_images(bits: Int[Tensor, "n b"], generator: torch.Generator) -> Float[Tensor, "n pixels"]:
    """Return for each string of bits as many digits side by side, 0 or 1, each drawn at random.

    Uniform noise below one grey level makes the pixels continuous and hides nothing: rounded down
    they are the image again.
    """
    n, length = bits.shape
    drawn = torch.empty(n, length, 64, dtype=torch.float64)
    for bit, images in enumerate(digits()):
        pick = torch.randint(len(images), (n, length), generator=generator)
        drawn = torch.where((bits == bit)[:, :, None], images[pick], drawn)
    noise = uniform(n * length, 64, generator).reshape(n, length, 64)
    return ((drawn + noise) / GREY_LEVELS).reshape(n, -1)


def through_channel(
    bits: Int[Tensor, "n b"], flip: float, generator: torch.Generator
) -> Int[Tensor, "n b"]:
    """Send bits through a binary symmetric channel, which flips each with a probability."""
    n, length = bits.shape
    return bits ^ (uniform(n, length, generator) < flip).long()


def channel_bits(length: int, flip: float) -> float:
    """Return what a channel passes of a string of random bits: b (1 - H_b(p)) bits."""
    return length * (1 - binary_entropy(flip))


def image_pairs(length: int, flip: float) -> Distribution:
    """Return two images of the same bits, those of the second sent through the channel.

    No image of a zero is one of a one, so an image tells its bits, and the two share nothing else:
    I(T;Y) = b (1 - H_b(p)), exactly.

    Source: Lee & Rhee 2024, same-class sampling for positive pairing.
    """

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        bits = torch.randint(2, (n, length), generator=generator)
        received = through_channel(bits, flip, generator)
        return draw_images(bits, generator), draw_images(received, generator)

    name = f"image pairs, {_many(length)}, flip {flip:g}"
    return Distribution(name, channel_bits(length, flip), "continuous", sample)


def image_labels(length: int, flip: float) -> Distribution:
    """Return images with their bits, sent through the channel, as a label from 0 to 2^b - 1."""

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        bits = torch.randint(2, (n, length), generator=generator)
        received = through_channel(bits, flip, generator)
        place = 2 ** torch.arange(length)
        return draw_images(bits, generator), (received * place).sum(dim=1)

    name = f"image labels, {_many(length)}, flip {flip:g}"
    return Distribution(name, channel_bits(length, flip), "discrete", sample)


def image_family() -> list[Distribution]:
    """Return pairs of images and images with labels."""
    return [
        *(image_pairs(length, flip) for length, flip in ((1, 0.0), (1, 0.1), (4, 0.05))),
        *(image_labels(length, flip) for length, flip in ((1, 0.1), (3, 0.05))),
    ]


def _many(length: int) -> str:
    return f"{length} bit" + "s" * (length > 1)
