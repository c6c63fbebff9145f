"""Prediction depth of the training examples of a run, in each of its networks."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import torch
from jaxtyping import Int
from torch import Tensor

from infoplane.memorization.localization.prediction_depth import (
    NEIGHBOURS,
    nearest_neighbours,
    neighbour_votes,
    prediction_depth,
)
from infoplane.names import INPUT
from infoplane.runs.analyses.kept import kept
from infoplane.runs.analyses.networks import Trained, trained
from infoplane.runs.run import Run
from infoplane.tables import PREDICTION_DEPTH, typed

FEW = 5  # neighbours, to see what their number does


def prediction_depths(run: Run, *, neighbours: tuple[int, ...] = (NEIGHBOURS, FEW)) -> pd.DataFrame:
    """Measure the prediction depth of every training example at the end of a run.

    Layers are the input, every hidden layer and the logits; neighbours vote by their seen labels.

    Returns:
        A table with columns member, id, corrupted, k, layers (how many voted), prediction_depth.

    Raises:
        InfoplaneError: for a network of the user's own, or fewer examples than neighbours.
    """
    of_input = _Inputs(max(neighbours))
    parts = [part for network in trained(run) for part in _of(network, neighbours, of_input)]
    return typed(pd.concat(parts, ignore_index=True), PREDICTION_DEPTH)


class _Inputs:
    """Neighbours among the inputs, which networks mostly share: found once."""

    def __init__(self, k: int) -> None:
        self.k, self.last = k, (torch.empty(0), torch.empty(0, dtype=torch.int64))

    def __call__(self, inputs: Tensor) -> Int[Tensor, "n k"]:
        if self.last[0] is not inputs:
            self.last = inputs, nearest_neighbours(inputs, k=self.k)
        return self.last[1]


def _of(network: Trained, neighbours: tuple[int, ...], of_input: _Inputs) -> Iterator[pd.DataFrame]:
    train = network.train
    near = [
        of_input(train.inputs) if name == INPUT else nearest_neighbours(t, k=max(neighbours))
        for name, _, t in network.layers()
    ]
    predictions = network.predictions(train.inputs)
    for k in neighbours:
        votes = torch.stack([neighbour_votes(n[:, :k], train.seen_labels) for n in near])
        depth = prediction_depth(votes, predictions)
        yield network.rows(k=k, layers=len(votes), prediction_depth=depth.numpy())


def kept_prediction_depths(run: Run) -> pd.DataFrame:
    """Return ``prediction_depths(run)``, measured once and kept as ``prediction_depth.parquet``."""
    return kept(run, "prediction_depth", prediction_depths)
