"""What the measures say where the answer is known: one layer alone learned the wrong labels.

A network is trained on true labels, all layers but one are frozen, and that one is trained on the
seen labels. Whatever the wrong labels changed are weights of that layer.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import torch
from torch import Tensor

from infoplane import seeds
from infoplane.information.decoders.usable import DecoderSettings, pointwise_information
from infoplane.memorization.localization.ablation import Examples, units_to_flip
from infoplane.memorization.localization.prediction_depth import (
    NEIGHBOURS,
    nearest_neighbours,
    neighbour_votes,
    prediction_depth,
)
from infoplane.names import KNN, LINEAR
from infoplane.networks.build import build_network
from infoplane.networks.stack import Stack
from infoplane.runs.analyses.ablation import KEPT, MOST
from infoplane.runs.analyses.kept import kept
from infoplane.runs.analyses.networks import Trained, trained
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.tables import PLANTED, typed
from infoplane.training.loop import Training

ASKED = 32  # memorized wrong labels whose units are zeroed
GAIN = "gain of M, {}"
M_GAIN = GAIN.format(LINEAR)


def planted(run: Run) -> pd.DataFrame:
    """Plant the wrong labels of a run in each hidden layer in turn, and measure where they are.

    Returns:
        A table with columns planted, measure, depth, value (higher: more memorized there) and
        fitted: the share of wrong labels that the layer could learn.
    """
    first = next(trained(run))
    base = _new(first)
    _train(base, first, first.train.labels)
    parts = []
    for number, (name, module) in enumerate(first.hidden.modules.items(), start=1):
        if not list(module.parameters()):
            continue
        network = copy.deepcopy(base)
        for parameter in network.parameters():
            parameter.requires_grad_(False)
        for parameter in network.get_submodule(name).parameters():
            parameter.requires_grad_(True)
        _train(network, first, first.train.seen_labels)
        holder = Trained(0, first.config, network.eval(), first.train)
        fitted = holder.predictions(first.train.inputs) == first.train.seen_labels
        share = float(fitted[first.train.corrupted].double().mean())
        rows = pd.DataFrame(_profiles(holder, fitted), columns=["measure", "depth", "value"])
        parts.append(rows.assign(planted=number, fitted=share))
    return typed(pd.concat(parts, ignore_index=True), PLANTED)


def kept_planted(run: Run) -> pd.DataFrame:
    """Return ``planted(run)``, measured once and kept as ``planted.parquet``."""
    return kept(run, "planted", planted)


def _new(first: Trained) -> Stack:
    """Return a network of the run's shape, of another initialisation."""
    config: RunConfig = first.config
    train = first.train
    seed = seeds.number(config.seed, "planted") >> 32
    shape = train.inputs.shape[1:]
    return build_network(config.network, input_shape=shape, classes=train.classes, seed=seed)


def _train(network: Stack, first: Trained, labels: Tensor) -> None:
    """Train what has gradients as the run was trained."""
    config, seed = first.config, seeds.number(first.config.seed, "planted order") >> 32
    training = replace(config.training, device="cpu")
    for _ in Training(network, first.train.with_seen_labels(labels), training, seed=seed).epochs():
        pass


def _profiles(holder: Trained, fitted: Tensor) -> Iterator[tuple[str, int, float]]:
    """Yield measure, depth and value of each hidden layer."""
    train, hidden = holder.train, list(holder.hidden.modules)
    wrong = train.corrupted & fitted
    votes: list[Tensor] = []
    before: dict[str, float] = dict.fromkeys((KNN, LINEAR), 0.0)
    settings = DecoderSettings((KNN, LINEAR), seed=holder.config.seed)
    for name, depth, t in holder.layers():
        votes.append(neighbour_votes(nearest_neighbours(t, k=NEIGHBOURS), train.seen_labels))
        if name in hidden:
            bits = pointwise_information(t, train.seen_labels, settings, given=train.labels)
            for reader, of_each in bits.items():
                value = float(of_each.mean())
                yield GAIN.format(reader), depth, value - before[reader]
                before[reader] = value
    if not wrong.any():
        return
    depths = prediction_depth(torch.stack(votes), holder.predictions(train.inputs))[wrong]
    for depth in range(1, len(hidden) + 1):
        yield "prediction depth", depth, float((depths == depth).double().mean())
    generator = seeds.generator(holder.config.seed, "planted asked")
    order = torch.randperm(len(train), generator=generator)
    asked, rest = order[wrong[order]][:ASKED], order[~train.corrupted[order]][:KEPT]
    for objective in ("loss", "margin"):
        found = units_to_flip(
            holder.logits,
            holder.hidden,
            Examples(train.inputs[asked], train.seen_labels[asked]),
            Examples(train.inputs[rest], train.seen_labels[rest]),
            train.inputs[rest],
            objective=objective,
            most=MOST,
        )
        share = found.by_layer.sum(dim=0).double() / max(int(found.by_layer.sum()), 1)
        for depth, value in enumerate(share.tolist(), start=1):
            yield f"units to flip, {objective}", depth, value
