"""Decode image files, brought to one size where one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from infoplane.data.image_decoding import decode_image
from infoplane.errors import InfoplaneError


def decode_files(files: Sequence[Path], size: int | None) -> UInt8[np.ndarray, "n h w c"]:
    """Return the pixels of files, grey where all are, else red, green and blue.

    Args:
        files: at least one.
        size: side of a square: the shorter side is scaled to it, and the middle cut out.

    Raises:
        InfoplaneError: where one cannot be decoded, or they differ in size and none is given.
    """
    return _stacked([_resized(decode_image(path.read_bytes(), str(path)), size) for path in files])


def decode_values(
    values: Sequence[Any], where: str, size: int | None
) -> UInt8[np.ndarray, "n h w c"]:
    """Return the pixels of encoded images, bytes or as the hub keeps them, as ``decode_files``."""
    encoded = [value.get("bytes") if isinstance(value, dict) else value for value in values]
    return _stacked(
        [
            _resized(decode_image(image, f"image {i} of {where}"), size)
            for i, image in enumerate(encoded)
        ]
    )


def _stacked(images: list[np.ndarray]) -> UInt8[np.ndarray, "n h w c"]:
    channels = max(image.shape[2] for image in images)
    images = [i if i.shape[2] == channels else np.repeat(i, channels, axis=2) for i in images]
    shapes = sorted({image.shape[:2] for image in images})
    if len(shapes) > 1:
        (h, w), (height, width) = shapes[0], shapes[-1]
        raise InfoplaneError(
            f"images differ in size, from {h} × {w} to {height} × {width} pixels; say what they "
            "are to be brought to with data.size (--size in infoplane audit)."
        )
    return np.stack(images)


def _resized(pixels: UInt8[np.ndarray, "h w c"], size: int | None) -> UInt8[np.ndarray, "a b c"]:
    if size is None or pixels.shape[:2] == (size, size):
        return pixels
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    small = image.resize((size, size), Image.Resampling.BILINEAR, box=box, reducing_gap=3)
    return np.asarray(small).reshape(size, size, -1)
