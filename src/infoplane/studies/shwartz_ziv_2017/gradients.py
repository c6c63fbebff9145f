"""Drift and diffusion of the gradient, and whether compression begins where they part (§3.3)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoplane.figures import gradient_phases, information_curves
from infoplane.names import I_XT
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import Course, course, first_epoch, layers
from infoplane.studies.shwartz_ziv_2017.shared import COMPRESSED, SOURCE, SUBSET, configure_run
from infoplane.studies.study import Runs, Study, StudyOptions

BATCH = 512  # of the 2017 code
OCTAVES = 1.0  # two epochs within a factor of two coincide


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the one run, in minibatches: without them there is no diffusion."""
    config = configure_run(options, train_size=3482, batch_size=BATCH, gradients=True)
    return {"12-bit": config}


def claims(runs: Runs) -> list[Claim]:
    """Judge both phases in every layer, and their meeting with the turn of I(X;T)."""
    run = runs["12-bit"]
    compressing = turn(run)
    all_claims = []
    for layer, ratio in ratios(run).items():
        diffusion = first_epoch(ratio.epochs[1:], ratio.bits[1:] < 1)
        early = ratio.bits[1 : 2 + len(ratio.bits) // 10].max(axis=0)
        all_claims += [
            claim(
                f"{layer}: drift first, the mean of the gradient exceeds its spread early "
                "(largest ratio in the first tenth of the looks)",
                early,
                early > 1,
                unit="",
                published="§3.3 (no number known to us)",
                null="0.38: gradients of 8 minibatches without a mean; largest of looks: more",
                refuted_by="a ratio of 1 or less in all of the first tenth of the looks",
            ),
            claim(
                f"{layer}: diffusion later, the spread exceeds the mean at the end (ratio)",
                ratio.end,
                ratio.end < 1,
                unit="",
                published="§3.3 (no number known to us)",
                null="above 1, as early: no second phase",
                refuted_by="a ratio of 1 or more at the end",
            ),
            _coincidence(layer, diffusion, compressing),
        ]
    return all_claims


def _coincidence(layer: str, diffusion: np.ndarray, compressing: Course) -> Claim:
    octaves = np.log2((1 + diffusion) / (1 + compressing.peak_epoch))
    # without diffusion, or without a fall, two epochs at the end would coincide
    both = (diffusion <= compressing.epochs[-1]) & (compressing.compression >= COMPRESSED)
    octaves = np.where(both, octaves, np.nan)
    return claim(
        f"{layer}: diffusion begins where I(X;T) of the last hidden layer begins to fall "
        "(log2 of the ratio of epochs; within a factor of two; not judged without both)",
        octaves,
        np.abs(octaves) <= OCTAVES,
        unit="octaves",
        published="the phases coincide (§3.3, no number known to us)",
        null="independent epochs, even on a log axis of 4,000: within a factor of two 1 in 6 times",
        refuted_by=f"more than {OCTAVES:g} octave (our threshold) between them",
    )


def ratios(run: Run) -> dict[str, Course]:
    """Return norm of the mean over norm of the spread of each layer's gradient."""
    g = run.gradients
    wide = g.assign(ratio=g["mean_norm"] / g["std_norm"]).sort_values("depth")
    return {str(layer): _course(rows) for layer, rows in wide.groupby("layer", sort=False)}


def _course(rows: pd.DataFrame) -> Course:
    wide = rows.pivot_table(index="epoch", columns="member", values="ratio").sort_index()
    return Course(wide.index.to_numpy(), wide.to_numpy())


def turn(run: Run) -> Course:
    """I(X;T) of the last hidden layer, which turns at its peak."""
    m = run.measurements
    return course(m, I_XT, layers(m)[-2], subset=SUBSET)


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw both norms and their ratio, the turn of I(X;T) marked, and the courses."""
    run = runs["12-bit"]
    moment = float(np.median(turn(run).peak_epoch))
    return {
        "gradients": gradient_phases(run.gradients, moment=moment),
        "information": information_curves(run.measurements, subset=SUBSET),
    }


STUDY = Study(
    name="szt-gradients",
    title="Drift and diffusion of the gradient",
    source=SOURCE,
    configure=configure,
    claims=claims,
    figures=figures,
)
