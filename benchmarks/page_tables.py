"""The folder of a large run, as training would leave it, made at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from infoplane.data.config import DataConfig
from infoplane.names import BINS, I_TY, I_TY_SEEN, I_XT, STRONGEST, M
from infoplane.runs.config import RunConfig, to_dict
from infoplane.runs.storage.files import write_json
from infoplane.runs.storage.folder import RunFolder
from infoplane.tables import EXAMPLES, MEASUREMENTS, SECONDS, TRAINING, table

LOOKS = 20
EXAMPLES_OF_A_MEMBER = 1000


def large_run(path: Path, members: int, layers: int, epochs: int) -> Path:
    """Write the folder of a run of so many networks, hidden layers and epochs."""
    config = replace(RunConfig(), members=members, data=DataConfig(labels="resampled", rate=0.4))
    folder = RunFolder(path)
    write_json(path / "config.json", {"id": config.id, "config": to_dict(config)})
    binned = _measured(members, layers, range(epochs), BINS, "train", (I_XT, I_TY, I_TY_SEEN))
    looks = sorted({round(epoch) for epoch in np.linspace(0, epochs - 1, LOOKS)})
    parts = [binned]
    for subset, quantity in (("train", M), ("test", M), ("test", I_TY)):
        parts.append(_measured(members, layers, looks, STRONGEST, subset, (quantity,)))
    folder.write("measurements", pd.concat(parts, ignore_index=True))
    folder.write("training", _training(members, epochs))
    folder.write("examples", _examples(members))
    folder.write("seconds", table([{"epoch": 0, "training": 1.0, "observing": 1.0}], SECONDS))
    folder.write_status("complete", epochs)
    return path


def _measured(members, layers, epochs, estimator, subset, quantities) -> pd.DataFrame:
    """Every quantity of every layer, epoch and member: smooth paths with noise."""
    places = pd.MultiIndex.from_product(
        [range(members), epochs, range(layers + 1), quantities],
        names=["member", "epoch", "depth", "quantity"],
    ).to_frame(index=False)
    noise = np.random.default_rng(0).normal(0, 0.05, len(places))
    late = 1 - np.exp(-places["epoch"] / 50)
    rows = places.assign(
        bits=np.clip(12 - places["depth"] * late + noise, 0, 12), layer="layer", subset=subset,
        estimator=estimator, ceiling=12.0, null_mean=0.2, null_std=0.01, p_value=0.01,
        saturated=False, resolution="bins of width 0.5", n=4096, width=10, run="r", flags="",
        step=places["epoch"],
    )  # fmt: skip
    rows["layer"] = "layer" + places["depth"].astype(str)
    return rows.reindex(columns=list(MEASUREMENTS)).fillna(
        {"parameters": "", "parameter": ""}
    ).astype(MEASUREMENTS)  # fmt: skip


def _training(members: int, epochs: int) -> pd.DataFrame:
    rows = pd.MultiIndex.from_product(
        [range(members), range(epochs), ["train", "clean", "corrupted", "test"]],
        names=["member", "epoch", "subset"],
    ).to_frame(index=False)
    late = 1 - np.exp(-rows["epoch"] / 50)
    rows = rows.assign(
        run="r", step=rows["epoch"], loss=3.3 - 3 * late, accuracy=late, true_accuracy=late, n=1000
    )
    return rows[list(TRAINING)].astype(TRAINING)


def _examples(members: int) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    n = members * EXAMPLES_OF_A_MEMBER
    ids = np.tile(np.arange(EXAMPLES_OF_A_MEMBER), members)
    scores = {name: draw.uniform(size=n) for name in EXAMPLES}
    rows = pd.DataFrame(scores).assign(
        run="r", member=np.repeat(np.arange(members), EXAMPLES_OF_A_MEMBER), subset="train", id=ids,
        label=ids % 10, seen_label=(ids + (ids % 3 == 0)) % 10, corrupted=ids % 3 == 0,
        prediction=ids % 10,
    )  # fmt: skip
    return rows.astype(EXAMPLES)
