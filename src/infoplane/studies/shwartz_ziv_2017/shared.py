"""What the five studies of Shwartz-Ziv & Tishby (2017) share: the 12-bit task, 50 networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from infoplane.data.config import DataConfig
from infoplane.data.twelve_bit import label_probabilities
from infoplane.information.bottleneck import bottleneck_limit
from infoplane.names import ALL, TEST
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import Course
from infoplane.studies.study import StudyOptions
from infoplane.training.config import TrainingConfig

SOURCE = "Shwartz-Ziv & Tishby 2017, arXiv:1703.00810"
PATTERNS = 4096
COMPRESSED = 0.1  # of the peak
SUBSET = ALL  # layers are measured on all patterns, as in the paper
NETWORK = NetworkConfig(preset="12-bit", activation="tanh", initialisation="truncated-normal")
TRAINING = TrainingConfig(
    epochs=10_000,
    optimizer="sgd",
    learning_rate=0.01,
    momentum=0.9,
    loss="binary-cross-entropy",
)


def configure_run(
    options: StudyOptions,
    *,
    train_size: int | None = None,
    batch_size: int | None = None,
    gradients: bool = False,
    **network: Any,
) -> RunConfig:
    """Return the 12-bit task as ``ib-szt`` has it; quick is 10 networks and 4,000 epochs."""
    quick = options.scale == "quick"
    return RunConfig(
        data=DataConfig("12-bit", train_size=train_size),
        network=replace(NETWORK, **network),
        training=replace(
            TRAINING,
            epochs=4000 if quick else TRAINING.epochs,
            batch_size=batch_size,
            device=options.device,
        ),
        observing=ObservingConfig(
            schedule="log", points=100, bin_width=0.07, subsets=(SUBSET,), gradients=gradients
        ),
        members=options.members or (10 if quick else 50),
        seed=options.seed,
    )


def compresses(who: str, i_xt: Course, published: str) -> Claim:
    """Judge whether I(X;T) ends at least a tenth below its peak."""
    return claim(
        f"{who} compresses: I(X;T) ends at least 10 % below its peak",
        i_xt.compression,
        i_xt.compression >= COMPRESSED,
        unit="of the peak",
        published=published,
        null="0: no fall; also of a layer at the wall throughout, whose fall is not seen",
        refuted_by="an end less than a tenth (our threshold) below the peak",
    )


def limits() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the most that any T can know of Y for what it keeps of X, as curves."""
    p = label_probabilities()
    curve = bottleneck_limit(np.full(PATTERNS, 1 / PATTERNS), np.stack([1 - p, p], axis=1))
    whole = (np.append(curve.i_xt[::-1], 12.0), np.append(curve.i_ty[::-1], curve.i_ty[0]))
    return {"information-bottleneck limit (stochastic labels)": whole}


def test_accuracy(training: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the epochs and the accuracy on test, [epochs, members]."""
    test = training[training["subset"] == TEST]
    wide = test.pivot_table(index="epoch", columns="member", values="accuracy").sort_index()
    return wide.index.to_numpy(), wide.to_numpy()
