"""The training images of a run as arrays that can be drawn."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.data.load import load
from infoplane.errors import InfoplaneError
from infoplane.runs.run import Run


def training_images(
    run: Run, member: int = 0
) -> Float[np.ndarray, "n h w"] | Float[np.ndarray, "n h w c"]:
    """Return the images a member was trained on, in the order of its examples table, in [0, 1].

    Images that are not, being whitened or noise, are brought there one by one.

    Raises:
        InfoplaneError: where its inputs are no images, or are no longer found.
    """
    alone = run.config.alone(member)
    train, _ = load(alone.data, alone.seed)
    shape = list(train.inputs.shape)
    if len(shape) != 4 or shape[1] not in (1, 3):
        raise InfoplaneError(f"the inputs of {run.path} have the shape {shape}: no images to draw.")
    return drawable(train.inputs)


def drawable(
    inputs: Float[Tensor, "n c h w"],
) -> Float[np.ndarray, "n h w"] | Float[np.ndarray, "n h w c"]:
    """Return images of one channel or three as arrays in [0, 1]; brought there one by one."""
    if inputs.min() < 0 or inputs.max() > 1:
        lowest, highest = (f(inputs, dim=(1, 2, 3), keepdim=True) for f in (torch.amin, torch.amax))
        inputs = (inputs - lowest) / (highest - lowest).clamp(min=1e-12)
    images = inputs.movedim(1, -1).numpy()
    return images[..., 0] if images.shape[-1] == 1 else images
