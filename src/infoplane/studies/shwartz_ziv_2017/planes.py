"""Fifty networks on the plane at six moments, and over all epochs (figures 2 and 3)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from infoplane.figures import information_curves, information_plane, plane_moments
from infoplane.names import I_TY, I_XT
from infoplane.runs.config import RunConfig
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import course, end_outside_null, layers
from infoplane.studies.shwartz_ziv_2017.shared import (
    COMPRESSED,
    SOURCE,
    SUBSET,
    compresses,
    configure_run,
    limits,
)
from infoplane.studies.study import Runs, Study, StudyOptions

MOMENTS = (0.0, 0.01, 0.04, 0.1, 0.3, 1.0)  # shares of the training


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the one run."""
    return {"12-bit": configure_run(options, train_size=3482)}  # 85 % of the patterns


def claims(runs: Runs) -> list[Claim]:
    """Judge fitting, compression and the order of the layers."""
    m = runs["12-bit"].measurements
    hidden = layers(m)[:-1]
    courses = [course(m, I_XT, layer, subset=SUBSET) for layer in hidden]
    last = course(m, I_TY, hidden[-1], subset=SUBSET)
    label_bits = end_outside_null(m, I_TY, hidden[-1], subset=SUBSET)
    # a peak without a fall, or half of the label before training, would hold of themselves
    turns = (courses[-1].compression >= COMPRESSED) & (last.half_epoch > 0)
    delay = np.where(turns, courses[-1].peak_epoch - last.half_epoch, np.nan)
    steps = np.diff([layer_course.end for layer_course in courses], axis=0).max(axis=0)
    return [
        claim(
            f"The last hidden layer ({hidden[-1]}) ends with nearly all of the label "
            "(I(T;Y) above .9 bits; not judged at the wall or inside its null)",
            label_bits,
            label_bits > 0.9,
            published="near the top of the plane (figures 2 and 3, no number known to us)",
            null="what shuffled labels give at this resolution",
            refuted_by="an end of .9 bits (our threshold) or less",
        ),
        *(
            compresses(layer, layer_course, "all, most the last layers (figures 2 and 3)")
            for layer, layer_course in zip(hidden[2:], courses[2:], strict=True)
        ),
        claim(
            "Fitting comes before compressing: the peak of I(X;T) of the last hidden layer is not "
            "before the epoch at which its I(T;Y) has half of its end (epochs between; not judged "
            "where I(X;T) does not fall, or half is there before training)",
            delay,
            delay >= 0,
            unit="epochs",
            published="fitting, then compression (figures 2 and 3, no number known to us)",
            null="0 epochs: both at once",
            refuted_by="a peak before that epoch",
        ),
        claim(
            "I(X;T) falls from each hidden layer to the next (largest step; at most 0)",
            steps,
            steps <= 1e-9,
            published="the data-processing inequality",
            null="0: both alike; bins can break the inequality",
            refuted_by="a layer with more than the one before it",
        ),
    ]


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw six moments with the limit, the mean over all epochs, and the courses."""
    run = runs["12-bit"]
    m, last = run.measurements, run.config.training.epochs
    epochs = [round(share * last) for share in MOMENTS]
    return {
        "moments": plane_moments(m, epochs, subset=SUBSET, limits=limits()),
        "plane": information_plane(m, subset=SUBSET),
        "information": information_curves(m, subset=SUBSET),
    }


STUDY = Study(
    name="szt-planes",
    title="Fifty networks on the information plane",
    source=SOURCE,
    configure=configure,
    claims=claims,
    figures=figures,
)
