"""Units zeroed by gradients in the networks of a run, until single examples are lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pandas as pd
import torch
from jaxtyping import Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.memorization.localization.ablation import (
    Ablation,
    Examples,
    Layers,
    Objective,
    units_to_flip,
)
from infoplane.runs.analyses.kept import kept
from infoplane.runs.analyses.networks import Trained, trained
from infoplane.runs.run import Run
from infoplane.tables import ABLATED, typed

ALL_LAYERS = "all layers"
KEPT, OTHERS = 64, 256  # examples whose loss is kept low, and whose predictions are compared
MOST = 100  # units


def ablated(run: Run, *, examples: int = 32) -> pd.DataFrame:
    """Zero units of each network of a finished run until examples are lost.

    By each objective in whatever hidden layer is best, and by margin in each layer alone.

    Args:
        run: a finished run on labels of which some are wrong.
        examples: at most, of each kind: with wrong and with true labels, that the network has
            learned. Those whose loss is kept low are others, and so are those compared.

    Returns:
        A table, a row for each member, example, objective, scope and hidden layer of it: member,
        id, corrupted, objective, scope ("all layers", or the one layer whose units may be zeroed),
        layer, depth, zeroed (units of that layer), units (in all), flipped, unchanged (share of
        others).

    Raises:
        InfoplaneError: where no label is wrong, fewer than four examples of a kind are learned, or
            the network is the user's own.
    """
    parts = [part for network in trained(run) for part in _of(network, examples)]
    return typed(pd.concat(parts, ignore_index=True), ABLATED)


def kept_ablated(run: Run) -> pd.DataFrame:
    """Return ``ablated(run)``, measured once and kept as ``ablated.parquet``."""
    return kept(run, "ablated", ablated)


def _of(network: Trained, examples: int) -> Iterator[pd.DataFrame]:
    train, seed = network.train, network.config.seed
    learned = network.predictions(train.inputs) == train.seen_labels
    order = torch.randperm(len(train), generator=seeds.generator(seed, "ablated examples"))
    asked = _asked(train.corrupted, learned, order, examples)
    rest = order[~torch.isin(order, asked)]
    kept_ones, others = rest[: min(KEPT, len(rest) // 2)], rest[KEPT : KEPT + OTHERS]
    hidden = network.hidden
    scopes = [(objective, ALL_LAYERS, hidden) for objective in get_args(Objective)]
    scopes += [("margin", name, _alone(hidden, name)) for name in hidden.modules]
    for objective, scope, layers in scopes:
        found = units_to_flip(
            network.logits,
            layers,
            Examples(train.inputs[asked], train.seen_labels[asked]),
            Examples(train.inputs[kept_ones], train.seen_labels[kept_ones]),
            train.inputs[others],
            objective=objective,
            most=MOST,
            generator=seeds.generator(seed, "random units", network.member),
        )
        yield _rows(network, asked, found, layers, objective=objective, scope=scope)


def _alone(layers: Layers, name: str) -> Layers:
    return layers._replace(modules={name: layers.modules[name]})


def _asked(corrupted: Tensor, learned: Tensor, order: Tensor, most: int) -> Int[Tensor, " p"]:
    """Return as many examples of each kind, the same in all networks but where not learned."""
    kinds = [order[learned[order] & (corrupted[order] == wrong)][:most] for wrong in (True, False)]
    if min(map(len, kinds)) < 4:
        raise InfoplaneError(
            f"the network has learned {len(kinds[0])} wrong and {len(kinds[1])} true labels; "
            "ablate one that has learned four or more of each."
        )
    return torch.cat(kinds)


def _rows(
    network: Trained, asked: Int[Tensor, " p"], found: Ablation, layers: Layers, **columns: str
) -> pd.DataFrame:
    of_each = network.rows().iloc[asked.numpy()]
    of_each = of_each.assign(
        **columns,
        units=found.units.numpy(),
        flipped=found.flipped.numpy(),
        unchanged=found.unchanged.numpy(),
    )
    depths = {name: depth for depth, name in enumerate(network.hidden.modules, start=1)}
    by_layer = zip(layers.modules, found.by_layer.unbind(dim=1), strict=True)
    parts = [
        of_each.assign(layer=name, depth=depths[name], zeroed=zeroed.numpy())
        for name, zeroed in by_layer
    ]
    return pd.concat(parts, ignore_index=True)
