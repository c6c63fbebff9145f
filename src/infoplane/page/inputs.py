"""What examples look like in a page: images, or the values of a few columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from infoplane.page.images import Images, data_urls

Inputs = Images | Float[np.ndarray, "n d"]


def images_at(inputs: Inputs | None, places: Sequence[int], budget: int) -> list[str | None]:
    """Return the images at these places, as ``data_urls``; None where inputs are no images."""
    if inputs is None or inputs.ndim == 2:
        return [None] * len(places)
    return data_urls(inputs, places, budget)


def rows_at(inputs: Inputs | None, places: Sequence[int]) -> list[list[float] | None]:
    """Return the columns' values at these places; None where inputs are images, or not known."""
    if inputs is None or inputs.ndim != 2:
        return [None] * len(places)
    return [inputs[place].tolist() if place >= 0 else None for place in places]
