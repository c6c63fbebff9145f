"""The training inputs of a run as arrays that can be shown: images, or rows of a few columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError
from infoplane.names import TRAIN
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.runs.storage.folder import RunFolder

MOST_COLUMNS = 64  # of rows that are shown

Images = Float[np.ndarray, "n h w"] | Float[np.ndarray, "n h w c"]


class TrainingInputs:
    """Returns what the first members of runs were trained on, in the order of their examples.

    The last data are kept: runs that differ in their labels alone share them.
    """

    def __init__(self) -> None:
        self._last: tuple[tuple[DataConfig, int], Split] | None = None

    def __call__(self, config: RunConfig, path: Path) -> Images | Float[np.ndarray, "n d"]:
        """Return the images of a run in [0, 1], or its rows as the network sees them.

        Raises:
            InfoplaneError: where its inputs are neither, are no longer found, or are not those of
                its examples table.
        """
        if config.watched is not None:
            raise InfoplaneError(f"{path} was watched in a loop of its own, which has the data.")
        alone = config.alone(0)
        key = (replace(alone.data, labels="true", rate=1.0, transition=()), alone.seed)
        if self._last is None or self._last[0] != key:
            self._last = None  # its memory is free before the next are loaded
            self._last = (key, load(*key)[0])
        _check(self._last[1], RunFolder(path))
        inputs = self._last[1].inputs
        if inputs.ndim == 2 and inputs.shape[1] <= MOST_COLUMNS:
            return inputs.numpy()
        return _as_images(inputs, path)


def training_images(run: Run, member: int = 0) -> Images:
    """Return the images a member was trained on, in the order of its examples table, in [0, 1].

    Images that are not, being whitened or noise, are brought there one by one.

    Raises:
        InfoplaneError: where its inputs are no images, or are no longer found.
    """
    alone = run.config.alone(member)
    return _as_images(load(alone.data, alone.seed)[0].inputs, run.path)


def _check(train: Split, folder: RunFolder) -> None:
    """Refuse data that have changed since the run."""
    rows = folder.read("examples")
    rows = rows[(rows["subset"] == TRAIN) & (rows["member"] == 0)]
    if rows["id"].tolist() != train.ids.tolist() or rows["label"].tolist() != train.labels.tolist():
        raise InfoplaneError(
            f"the data found now are not those that {folder.path} was trained on: their examples "
            "or true labels differ; give it the data of then to see them."
        )


def _as_images(inputs: Tensor, path: Path) -> Images:
    shape = list(inputs.shape)
    if len(shape) != 4 or shape[1] not in (1, 3):
        raise InfoplaneError(f"the inputs of {path} have the shape {shape}: no images to draw.")
    return drawable(inputs)


def drawable(inputs: Float[Tensor, "n c h w"]) -> Images:
    """Return images of one channel or three as arrays in [0, 1]; brought there one by one."""
    if inputs.min() < 0 or inputs.max() > 1:
        lowest, highest = (f(inputs, dim=(1, 2, 3), keepdim=True) for f in (torch.amin, torch.amax))
        inputs = (inputs - lowest) / (highest - lowest).clamp(min=1e-12)
    images = inputs.movedim(1, -1).numpy()
    return images[..., 0] if images.shape[-1] == 1 else images
