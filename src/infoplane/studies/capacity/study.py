"""Capacity in bits a parameter: perceptrons on random labels, transformers on tokens and text."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures.memorization.capacity import capacity_figure
from infoplane.figures.memorization.descent import descent_figure
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.capacity import anchors
from infoplane.studies.capacity.claims import claims
from infoplane.studies.capacity.measures import (
    SWEEP,
    VARIANTS,
    perceptrons,
    plateau,
    texts,
    transformers,
)
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.training.config import TrainingConfig

EXAMPLES = {"quick": (80, 160, 320, 640, 1280), "paper": (1000, 3000, 10_000, 30_000, 60_000)}
UNITS = {"quick": 8, "paper": 32}


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return a run for each number of examples, and at the most of them one for each variant.

    Inputs are Gaussian noise and labels uniform, so that there is nothing to learn.
    """
    sizes, base = EXAMPLES[options.scale], _base(options)
    runs = {f"{n} {SWEEP}": replace(base, data=replace(base.data, train_size=n)) for n in sizes}
    most, units = runs[f"{sizes[-1]} {SWEEP}"], UNITS[options.scale]
    network, training = most.network, most.training
    of = dict(
        zip(
            VARIANTS,
            (
                replace(most, network=replace(network, widths=(units // 2,))),
                replace(most, network=replace(network, widths=(2 * units,))),
                replace(most, network=replace(network, widths=(units, units))),
                replace(most, training=replace(training, dtype="bfloat16")),
                replace(most, training=replace(training, optimizer="sgd", learning_rate=0.3)),
            ),
            strict=True,
        )
    )
    return runs | of


def _base(options: StudyOptions) -> RunConfig:
    quick = options.scale == "quick"
    name = options.data or ("digits" if quick else "mnist")
    return RunConfig(
        data=DataConfig(
            name,
            root=options.data_root,
            test_size=None if name == "digits" else 1000,
            labels="resampled",
            rate=1.0,
            pixels="gaussian",
            whiten=True,
        ),
        network=NetworkConfig(widths=(UNITS[options.scale],), activation="relu"),
        training=TrainingConfig(
            epochs=4000 if quick else 10_000,
            learning_rate=2e-2 if quick else 5e-3,
            schedule="cosine",
            device=options.device,
        ),
        observing=ObservingConfig(schedule="log", points=2, layers=("logits",), permutations=2),
        memorization=MemorizationConfig(decoder="none", examples="never"),
        members=options.members or (3 if quick else 5),
        seed=options.seed,
    )


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw bits memorized against bits there are, of both kinds of network."""
    panels = {f"Random labels, perceptron of\n{n:,} parameters": of for n, of in _sweep(runs)}
    for (_, dtype, n), of in _of_size(transformers(runs)):
        panels[f"Random tokens, transformer of\n{n:,} parameters, {dtype}"] = of
    descent = descent_figure(texts(runs), title="Loss on other text")
    return {"bits": capacity_figure(panels), "descent": descent}


def _sweep(runs: Runs):
    labels = perceptrons(runs)
    return labels[labels["run"].str.endswith(SWEEP)].groupby("parameters")


def _of_size(tokens: pd.DataFrame):
    return tokens.groupby(["width", "dtype", "parameters"], sort=False)


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return the anchors, every point, and the plateau of each size of transformer."""
    tokens = transformers(runs)
    plateaus = [
        plateau(of).reset_index().assign(width=int(str(width)), dtype=str(dtype))
        for (width, dtype, _), of in _of_size(tokens)
    ]
    return {
        "cover": anchors.separable(),
        "logistic": anchors.logistic(),
        "perceptrons": perceptrons(runs),
        "transformers": tokens,
        "text": texts(runs),
        "plateaus": pd.concat(plateaus, ignore_index=True),
    }


STUDY = Study(
    name="capacity",
    title="Capacity in bits a parameter",
    source="Cover 1965; Morris et al. 2025, arXiv:2505.24832",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=tables,
)
