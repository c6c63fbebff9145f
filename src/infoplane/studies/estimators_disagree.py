"""One training, watched by every estimator: what is the layer, and what is the estimator?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import curve_points, estimator_panels
from infoplane.names import I_TY, TEST
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import layers
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.training.config import TrainingConfig

ESTIMATORS = (
    "ross",
    "mesner-shalizi",
    "kde-lower(noise_variance=0.1)",
    "kde-upper(noise_variance=0.1)",
    "mixture(noise_variance=0.1)",
    "renyi",
    "decoder",
    "sliced(slices=32)",
    "pointwise-sliced",
    "soft-entropy",
    "edge",
)
SAME = ("Ross", "Mesner–Shalizi", "EDGE")  # others add noise, project, or bound it from below
APART = 0.5  # bits
VIOLATED = 0.05  # bits by which a layer exceeds the one it is computed from


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the one run: a tanh network on real images."""
    quick = options.scale == "quick"
    return {
        "one training": RunConfig(
            data=DataConfig(
                options.data or "mnist",
                root=options.data_root,
                train_size=None if options.data == "digits" else (5000 if quick else None),
            ),
            network=NetworkConfig(widths=(256, 64, 32, 16), activation="tanh"),
            training=TrainingConfig(
                epochs=40 if quick else 400,
                batch_size=128,
                learning_rate=1e-3,
                device=options.device,
            ),
            observing=ObservingConfig(
                schedule="log",
                points=5 if quick else 30,
                subsets=(TEST,),
                estimators=ESTIMATORS,
                estimator_examples=400 if quick else 2000,
            ),
            members=options.members or (2 if quick else 10),
            seed=options.seed,
        )
    }


def ends(measurements: pd.DataFrame) -> pd.DataFrame:
    """Return I(T;Y) at the end, a row for each estimator, layer and member, with its null."""
    m = measurements
    last = m[(m["epoch"] == m["epoch"].max()) & (m["quantity"] == I_TY) & (m["subset"] == TEST)]
    return last[last["depth"] > 0]


def claims(runs: Runs) -> list[Claim]:
    """Judge how far the estimators are apart, and which break the data-processing inequality."""
    m = runs["one training"].measurements
    at_end = ends(m)
    hidden = layers(m)[-2]
    alike = at_end[at_end["estimator"].isin(SAME) & (at_end["layer"] == hidden)]
    of_last = alike["bits"].where(~alike["saturated"]).groupby(alike["member"])
    range_of_last = (of_last.max() - of_last.min()).where(of_last.count() > 1).to_numpy()
    all_claims = [
        claim(
            f"I(T;Y) of the last hidden layer ({hidden}) at the end differs by more than {APART} "
            f"bits between estimators of that same quantity: {', '.join(SAME)} (largest less "
            "smallest; not judged where fewer than two are off the wall)",
            range_of_last,
            range_of_last > APART,
            null="0: all of them estimate I(T;Y) of the layer as it is",
            refuted_by=f"a range of at most {APART} bits (our threshold)",
        )
    ]
    for estimator, rows in at_end.groupby("estimator", sort=False):
        wide = rows.pivot_table(index="depth", columns="member", values="bits").sort_index()
        step = np.diff(wide.to_numpy(), axis=0).max(axis=0)
        all_claims.append(
            claim(
                f"{estimator}: no layer knows more of the label than the one before it (largest "
                f"step; at most {VIOLATED} bits)",
                step,
                step <= VIOLATED,
                published="the data-processing inequality",
                null="at most 0 for I(T;Y) itself; by a decoder, with noise or sliced it may rise",
                refuted_by=f"a step up of more than {VIOLATED} bits (our threshold)",
            )
        )
    return all_claims


def table(runs: Runs) -> pd.DataFrame:
    """Return I(T;Y) at the end by estimator and layer, with null and ceiling (means)."""
    columns = ["bits", "null_mean", "ceiling"]
    rows = ends(runs["one training"].measurements)
    mean = rows.groupby(["estimator", "depth", "layer"], sort=False)[columns].mean()
    return mean.reset_index().drop(columns="depth")


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw I(T;Y) against the epoch, a panel for each estimator."""
    m = runs["one training"].measurements
    names = list(ends(m)["estimator"].unique())
    panels = {
        name: curve_points(m, subset=TEST, quantities=(I_TY,), estimator=name) for name in names
    }
    return {"estimators": estimator_panels(panels)}


STUDY = Study(
    name="estimators-disagree",
    title="One training, every estimator",
    source="the estimators of the field side by side",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=lambda runs: {"estimators": table(runs)},
)
