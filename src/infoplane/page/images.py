"""Small images that a page holds, as data URLs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from jaxtyping import Float
from PIL import Image

SIDE = 32  # pixels: larger ones are brought to it
BUDGET = 150_000  # characters for the images of a run: twenty runs keep below 8 MB

Images = Float[np.ndarray, "n h w"] | Float[np.ndarray, "n h w c"]


def data_urls(images: Images, places: Sequence[int], budget: int = BUDGET) -> list[str | None]:
    """Return these images as data URLs, until the budget is spent.

    Args:
        images: grey or in colour, between 0 and 1.
        places: which, in the order of their importance; one that is negative has none.
        budget: characters for all of them.
    """
    urls: list[str | None] = []
    for place in places:
        url = _data_url(images[place]) if place >= 0 and budget > 0 else None
        budget -= len(url or "")
        urls.append(url)
    return urls


def _data_url(image: Float[np.ndarray, "h w"] | Float[np.ndarray, "h w c"]) -> str:
    """One image: grey ones exactly, as PNG; those in colour nearly, as WebP, in half the bytes."""
    pixels = Image.fromarray((image * 255).round().astype(np.uint8))
    pixels.thumbnail((SIDE, SIDE))
    kind, options = ("png", {"optimize": True}) if image.ndim == 2 else ("webp", {"quality": 85})
    buffer = BytesIO()
    pixels.save(buffer, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
