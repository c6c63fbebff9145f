"""The unrolled loss sensitivity of 16-unit networks, measured once for each kind of data."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

from infoplane import seeds
from infoplane.data.load import load
from infoplane.data.pixels import gaussian
from infoplane.data.split import Split, balanced_subset
from infoplane.memorization.sensitivity import gini, unrolled_loss_sensitivity
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import build_mlp
from infoplane.runs.analyses.kept import kept
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.tables import SENSITIVITY, table

NETWORK = NetworkConfig(widths=(16, 16), activation="relu")  # as published, and so are …
EXAMPLES = 1000
SIDE = 14  # pixels; larger images are averaged down to it
EPOCHS, BATCH, LEARNING_RATE = 20, 20, 0.1  # … not published
LOOKS = 5


def kept_sensitivity(run: Run) -> pd.DataFrame:
    """Return ``sensitivity(run.config)``, measured once, as ``sensitivity.parquet`` of the run."""
    return kept(run, "sensitivity", lambda run: sensitivity(run.config))


def sensitivity(config: RunConfig) -> pd.DataFrame:
    """Train small networks on the data of a run, through which every update is differentiated.

    Returns:
        A table with columns member, updates, gini (of the loss sensitivity, the mean over the looks
        up to this one) and loss (nats).
    """
    inputs, train = _examples(config)
    members = config.members
    model = build_mlp(
        NETWORK,
        inputs=inputs.shape[1],
        classes=train.classes,
        seed=config.seed,
        members=members,
    )
    batches = _batches(config, len(train))
    updates = [len(batches) * (i + 1) // LOOKS for i in range(LOOKS)]

    def forward(parameters: dict[str, Tensor], x: Tensor) -> Tensor:
        return functional_call(model, parameters, (x,)).mT

    sensitivities = unrolled_loss_sensitivity(
        forward,
        dict(model.named_parameters()),
        inputs.expand(members, -1, -1),
        train.seen_labels.expand(members, -1),
        batches=batches,
        looks=updates,
        learning_rate=LEARNING_RATE,
    )
    mean = sensitivities.values.cumsum(dim=1) / torch.arange(1, LOOKS + 1)[:, None]
    coefficients = gini(mean)  # [k, t]
    rows = [
        {
            "member": member,
            "updates": t,
            "gini": float(coefficients[member, i]),
            "loss": float(sensitivities.losses[member, i]),
        }
        for member in range(members)
        for i, t in enumerate(updates)
    ]
    return table(rows, SENSITIVITY)


def _examples(config: RunConfig) -> tuple[Tensor, Split]:
    """Return at most 1,000 small images [n, d] and the part of the data they are of.

    Noise is drawn after images were made small: averaging would take its variance away.
    """
    train, _ = load(replace(config.data, pixels="true"), config.seed)
    subset = seeds.generator(config.seed, "sensitivity subset")
    train = balanced_subset(train, min(EXAMPLES, len(train)), subset)
    images = train.inputs
    if images.shape[-1] > SIDE:
        images = functional.adaptive_avg_pool2d(images, SIDE)
    if config.data.pixels == "gaussian":
        std, mean = torch.std_mean(images, dim=(0, 2, 3), correction=0)
        noise = seeds.generator(config.seed, "gaussian pixels of sensitivity")
        images = gaussian(images, mean=mean, std=std, generator=noise)
    return images.flatten(1), train


def _batches(config: RunConfig, n: int) -> list[Tensor]:
    batches = []
    for epoch in range(EPOCHS):
        orders = [
            torch.randperm(n, generator=seeds.generator(config.seed, "unrolled order", m, epoch))
            for m in range(config.members)
        ]
        batches += torch.stack(orders).split(BATCH, dim=1)
    return batches
