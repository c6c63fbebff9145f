"""Single examples under rewinding: which ones lose their label when one layer is rewound."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import torch
from safetensors.torch import load_file
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.names import LOGITS
from infoplane.runs.analyses.kept import kept
from infoplane.runs.analyses.networks import Trained, trained
from infoplane.runs.analyses.rewinding import Weights, kept_epochs
from infoplane.runs.run import Run
from infoplane.runs.storage.folder import KEPT_WEIGHTS
from infoplane.tables import LOST, typed

EARLIER, RANDOM = "earlier", "random"


def lost_when_rewound(run: Run) -> pd.DataFrame:
    """Return how often each training example loses its seen label when one layer is rewound.

    The share of the earlier epochs, the untrained weights among them, to which one layer alone is
    put back; NaN for examples that the trained network does not have right. Higher for examples
    that hang on what a layer learned late. The control is a step as long from the trained weights,
    in a random direction: what is lost by it is lost to any disturbance of the layer.

    Args:
        run: a run with ``memorization.keep_weights``, on whatever labels.

    Returns:
        A table with columns member, id, corrupted, direction ("earlier" or "random"), layer, depth,
        lost.

    Raises:
        InfoplaneError: where the run kept no weights but the last, or its network is the user's
            own.

    Source: Zhang et al. 2019 (arXiv:1902.01996), layers put back to their initialisation; Maini et
    al. 2023 (arXiv:2307.09542), §4.2, mislabeled and clean examples apart. The control is ours.
    """
    earlier = kept_epochs(run.path)[:-1]
    if not earlier:
        raise InfoplaneError(
            f"{run.path} kept no weights to rewind to; run it with memorization.keep_weights, and "
            "two memorization.looks or more."
        )
    weights = [load_file(run.path / KEPT_WEIGHTS.format(epoch=epoch)) for epoch in earlier]
    parts = [part for network in trained(run) for part in _of(network, weights)]
    return typed(pd.concat(parts, ignore_index=True), LOST)


def kept_lost_when_rewound(run: Run) -> pd.DataFrame:
    """Return ``lost_when_rewound(run)``, measured once and kept as ``lost.parquet``."""
    return kept(run, "lost", lost_when_rewound)


def _of(network: Trained, earlier: list[Weights]) -> Iterator[pd.DataFrame]:
    model, one = network.network, slice(network.member, network.member + 1)
    final = {name: values.clone() for name, values in model.state_dict().items()}
    right = _right(network)
    layers = [name for name, module in model.named_children() if list(module.parameters())]
    generator = seeds.generator(network.config.seed, "random directions", network.member)
    for direction in (EARLIER, RANDOM):
        for depth, layer in enumerate(layers, start=1):
            lost = torch.zeros(len(right))
            for weights in earlier:
                own = {k: weights[k][one] for k in final if k.split(".")[0] == layer}
                if direction == RANDOM:
                    own = {k: _as_far(final[k], own[k], generator) for k in own}
                model.load_state_dict(final | own)
                lost += right & ~_right(network)
            share = (lost / len(earlier)).where(right, torch.nan)
            name = LOGITS if layer == "readout" else layer
            place = {"direction": direction, "layer": name, "depth": depth}
            yield network.rows(**place, lost=share.numpy())
    model.load_state_dict(final)


def _as_far(weights: Tensor, earlier: Tensor, generator: torch.Generator) -> Tensor:
    """Return weights moved as far as the earlier ones are, in a random direction."""
    if not weights.is_floating_point():
        return weights
    noise = torch.randn(weights.shape, generator=generator)
    return weights + noise * ((weights - earlier).norm() / noise.norm().clamp_min(1e-12))


def _right(network: Trained) -> Tensor:
    return network.predictions(network.train.inputs) == network.train.seen_labels
