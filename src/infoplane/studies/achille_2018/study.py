"""The price of a label: label bits that are kept against the bits of weights they take."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures.papers.achille_2018 import exchange_figure, price_figure
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.achille_2018.claims import claims
from infoplane.studies.achille_2018.measures import GAUSSIAN, LOG_UNIFORM, sweeps, transitions
from infoplane.studies.achille_2018.sweep import RANDOM, TRUE
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.training.config import TrainingConfig


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return plain networks on true and on random labels, beside which the sweeps are kept.

    Published: 10,000 images of CIFAR-10, a small AlexNet, the log-uniform prior. Departs from it:
    perceptrons; and beside that prior, which is improper, one whose bits bound those memorized:
    Gaussian, with the best variance for each tensor. Quick has 300 images, averaged to 14 × 14
    pixels, and 32 units; paper the published images and two layers of 512.
    """
    quick = options.scale == "quick"
    name = options.data or ("mnist" if quick else "cifar10")
    base = RunConfig(
        data=DataConfig(
            name,
            root=options.data_root,
            train_size=300 if quick else 10_000,
            test_size=None if name == "digits" else 1000,
            crop=28 if name == "cifar10" else None,
            whiten=True,
        ),
        network=NetworkConfig(widths=(32,) if quick else (512, 512), activation="relu"),
        training=TrainingConfig(
            epochs=300, learning_rate=0.01 if quick else 0.001, device=options.device
        ),
        observing=ObservingConfig(schedule="log", points=2, layers=("logits",), permutations=2),
        memorization=MemorizationConfig(decoder="none", examples="never"),
        members=options.members or 3,
        seed=options.seed,
    )
    random = replace(base, data=replace(base.data, labels="resampled", rate=1.0))
    return {TRUE: base, RANDOM: random}


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw what is kept against the price and against bits of weights, then every variation."""
    points = sweeps(runs)
    priors = points[points["variation"].isin([LOG_UNIFORM, GAUSSIAN])]
    return {"price": exchange_figure(priors), "variations": price_figure(points)}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return where each sweep falls; every network is in ``label_prices.parquet`` of a run."""
    return {"transitions": transitions(sweeps(runs))}


STUDY = Study(
    name="achille-2018",
    title="The price of a label in bits of weights",
    source="Achille & Soatto 2018, Emergence of Invariance and Disentanglement, arXiv:1706.01350",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=tables,
)
