"""Understanding deep learning requires rethinking generalization (Zhang et al. 2017), in bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import (
    fitting_figure,
    information_planes,
    loss_points,
    memorization_by_rate,
    plane_points,
    seen_labels_by_depth,
)
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.studies.zhang_2017.claims import claims
from infoplane.studies.zhang_2017.measures import (
    ORDER,
    PIXELS,
    RANDOM,
    TRUE,
    cells,
    networks,
    outcomes,
    rates,
)
from infoplane.studies.zhang_2017.published import published_by_rate
from infoplane.training.config import TrainingConfig

IMAGES = 50_000  # an epoch of the paper, 391 steps, after which the learning rate falls
DECAY = 0.95
WEIGHT_DECAY = 1e-4  # the paper does not say; that of the authors' published log
BY_RATE = {"quick": ("alexnet", "mlp-1x512"), "paper": ("inception", "alexnet", "mlp-1x512")}
ALONE = {"quick": ("mlp-3x512",), "paper": ("inception-without-bn", "mlp-3x512")}  # of Table 1
CORRUPTION_RATES = {
    "quick": (0.0, 0.2, 0.5, 0.8, 1.0),
    "paper": tuple(i / 10 for i in range(11)),
}


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return a run for each network and cell: corruptions of labels and pixels, regularizers.

    Quick has 1,000 images and trains until all of them are right in an epoch, at most 80; its
    learning rate falls with the steps as published. Paper has all images and the published 64
    epochs. The paper names no initialisation. Here it is torch's, but where without batch norm the
    logits of Inception would vanish: there that of He et al. (2015), of which AlexNet, whose pools
    leave large activations, starts with losses of 50 bits on noise and dies.
    """
    configs = {}
    for network in (*BY_RATE[options.scale], *ALONE[options.scale]):
        rates = CORRUPTION_RATES[options.scale] if network in BY_RATE[options.scale] else (0.0, 1.0)
        for cell, asked in _cells(network, rates, network in BY_RATE[options.scale]):
            configs[f"{network}, {cell}"] = _configuration(options, network, **asked)
    return configs


def _cells(
    network: str, rates: tuple[float, ...], pixels: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of each cell and what is asked there beyond the network."""
    for rate in rates:
        name = {0.0: TRUE, 1.0: RANDOM}.get(rate, f"rate {rate:g}")
        yield name, {"rate": rate}
    for kind, name in PIXELS.items() if pixels else ():
        yield name, {"pixels": kind}
    yield "weight decay", {"weight_decay": WEIGHT_DECAY}
    if not network.startswith("mlp"):
        yield "crop", {"augmentation": "crop"}
        both = {"augmentation": "crop", "weight_decay": WEIGHT_DECAY}
        yield "crop and weight decay", both


def _configuration(
    options: StudyOptions,
    network: str,
    *,
    rate: float = 0.0,
    pixels: str = "true",
    augmentation: str = "none",
    weight_decay: float = 0.0,
) -> RunConfig:
    quick, name = options.scale == "quick", options.data or "cifar10"
    size = 1000 if quick else None
    return RunConfig(
        data=DataConfig(
            name,
            root=options.data_root,
            train_size=size,
            test_size=None if name == "digits" else size,
            labels="resampled" if rate else "true",
            rate=rate or 1.0,
            pixels=pixels,  # pyright: ignore[reportArgumentType]
            crop=None if name == "digits" else 28,
            whiten=True,
        ),
        network=NetworkConfig(
            preset=network,  # pyright: ignore[reportArgumentType]
            activation="relu",
            initialisation="he" if network == "inception-without-bn" else "torch",
        ),
        training=TrainingConfig(
            epochs=80 if quick else 64,
            stop_at_accuracy=1.0 if quick else None,
            batch_size=128,
            optimizer="sgd",
            momentum=0.9,
            learning_rate=0.1 if network.startswith("inception") else 0.01,
            schedule="exponential",
            decay=DECAY ** (size / IMAGES) if size else DECAY,
            weight_decay=weight_decay,
            augmentation=augmentation,  # pyright: ignore[reportArgumentType]
            device=options.device,
        ),
        observing=ObservingConfig(
            schedule="log",
            points=6 if quick else 30,
            estimators=("ross",),  # in wide layers bins say no more than log2 n
        ),
        memorization=MemorizationConfig(examples="always", looks=4 if quick else 20),
        members=options.members or (3 if quick and network.startswith("mlp") else 1),
        seed=options.seed,
    )


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw figure 1, and the atlas: the planes of each network in every cell."""
    ordered = {
        network: {cell: of_network[cell] for cell in ORDER if cell in of_network}
        for network, of_network in ((name, cells(runs, name)) for name in networks(runs))
    }
    losses = {
        network: {cell: loss_points(run.dynamics, run.training) for cell, run in by_cell.items()}
        for network, by_cell in ordered.items()
        if len(by_cell) > 2
    }
    drawn = {
        "figure-1": fitting_figure(losses, rates(runs), published_by_rate()),
        "seen-labels": seen_labels_by_depth(
            {
                network: {cell: run.measurements for cell, run in by_cell.items()}
                for network, by_cell in ordered.items()
            }
        ),
    }
    for network in networks(runs):
        of_network = cells(runs, network)
        panels = {cell: plane_points(run.measurements) for cell, run in of_network.items()}
        drawn[f"planes-{network}"] = information_planes(panels)
        noisy = {
            run.config.data.rate: run.measurements
            for run in of_network.values()
            if run.config.data.labels != "true"
        }
        drawn[f"learned-memorized-{network}"] = memorization_by_rate(noisy)
    return drawn


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return what became of each cell, Table 1 among them."""
    return {"cells": outcomes(runs)}


STUDY = Study(
    name="zhang-2017",
    title="Understanding deep learning requires rethinking generalization",
    source="Zhang, Bengio, Hardt, Recht & Vinyals 2017, arXiv:1611.03530",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=tables,
)
