"""The 12-bit task and network of Shwartz-Ziv & Tishby (2017), as the re-implementations run it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from scipy.special import stdtrit

from infoplane.data.config import DataConfig
from infoplane.figures import information_curves, information_plane
from infoplane.names import I_TY, I_XT
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import accuracy, course, end_outside_null, layers
from infoplane.studies.shwartz_ziv_2017.shared import NETWORK, TRAINING
from infoplane.studies.study import Runs, Study, StudyOptions

PUBLISHED_IXT = (11.68, 11.68, 11.05, 6.12, 2.15, 2.61)  # one seed, at the end, on train
PUBLISHED_ITY = (0.999, 0.999, 0.999, 0.998, 0.996, 0.997)
PUBLISHED_ACCURACY = {"train": 0.9997, "test": 0.960}
TOGETHER = "networks together"  # one verdict for all


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the one run; quick and paper differ in the number of members alone."""
    return {
        "12-bit": RunConfig(
            data=DataConfig(name=options.data or "12-bit", root=options.data_root),
            network=NETWORK,
            training=replace(TRAINING, device=options.device),
            observing=ObservingConfig(schedule="every", every=100, bin_width=0.07),
            members=options.members or (5 if options.scale == "quick" else 50),
            seed=options.seed,
        )
    }


def claims(runs: Runs) -> list[Claim]:
    """Judge the end of the published code, and the two phases."""
    run = runs["12-bit"]
    measurements, training = run.measurements, run.training
    names = layers(measurements)
    ends = [course(measurements, I_XT, layer).end for layer in names]
    published = zip(names, ends, PUBLISHED_IXT, strict=True)
    return [
        *(
            claim(
                f"I(X;T) of {layer} ends where one more network could, at the value of one run of "
                "the published code (95 % prediction interval of our networks)",
                end,
                within_range(value, end),
                of=TOGETHER,
                published=f"{value} bits (one seed, run again)",
                null=f"one more of our networks: {_inside(end)} bits",
                refuted_by="a published value outside that interval",
            )
            for layer, end, value in published
        ),
        *_labels(measurements, names),
        *_phases(measurements, names),
        *_accuracies(training),
    ]


def within_range(value: float, members: np.ndarray) -> bool:
    """Whether one published seed could be one of ours: inside the 95 % prediction interval."""
    low, high = prediction_interval(members)
    return bool(low <= value <= high)


def prediction_interval(members: np.ndarray) -> tuple[float, float]:
    """Return where one more network lies in 19 of 20 cases.

    mean ± t sd √(1 + 1/m), of Student's t with m - 1 degrees of freedom; of one network there is no
    interval, and only the same value is inside.
    """
    m = len(members)
    half = 0.005  # the rounding of what was published
    if m > 1:
        half += float(stdtrit(m - 1, 0.975)) * members.std(ddof=1) * np.sqrt(1 + 1 / m)
    return float(members.mean() - half), float(members.mean() + half)


def _inside(members: np.ndarray) -> str:
    low, high = prediction_interval(members)
    return f"{'19 of 20' if len(members) > 1 else 'of one, only equals'} in {low:.4g} to {high:.4g}"


def _labels(measurements, names: list[str]) -> list[Claim]:
    # the first layers are at the wall: to ask for all of them would never be judged
    least = np.fmin.reduce([end_outside_null(measurements, I_TY, layer) for layer in names])
    return [
        claim(
            "I(T;Y) of every layer off the wall and outside its null ends above .99 bits (least of "
            "these layers; not judged where there is none)",
            least,
            least > 0.99,
            published=f"{min(PUBLISHED_ITY)} bits (one seed, run again)",
            null="what shuffled labels give in each layer; H(Y) in a saturated one",
            refuted_by="one of these layers that ends at .99 bits (our threshold) or below",
        )
    ]


def _phases(measurements, names: list[str]) -> list[Claim]:
    hidden = course(measurements, I_XT, names[-2])
    logits = course(measurements, I_XT, names[-1])
    excess = logits.end - hidden.end
    return [
        claim(
            f"The last hidden layer ({names[-2]}) compresses: I(X;T) ends at least 10% below its "
            "peak",
            hidden.compression,
            hidden.compression >= 0.1,
            unit="of the peak",
            published="all hidden layers, most the last (no number known to us)",
            null="0: I(X;T) ends at its peak",
            refuted_by="an end less than a tenth (our threshold) below the peak",
        ),
        claim(
            "Bins alone break the data-processing inequality: the logits, linear and unbounded, "
            "show more I(X;T) than the layer they are computed from",
            excess,
            excess > 0,
            published=f"{PUBLISHED_IXT[-1] - PUBLISHED_IXT[-2]:.2f} bits",
            null="at most 0 bits: the inequality, which holds for what is not binned",
            refuted_by="logits that show as much as the layer before them, or less",
        ),
    ]


def _accuracies(training) -> list[Claim]:
    accuracy_claims = []
    for subset, value in PUBLISHED_ACCURACY.items():
        ours = accuracy(training, subset)
        accuracy_claims.append(
            claim(
                f"Accuracy on {subset} is one that one more network could have (95 % prediction "
                "interval of our networks)",
                ours,
                within_range(value, ours),
                unit="",
                of=TOGETHER,
                published=f"{value} (one seed of the published code, run again)",
                null=f"one more of our networks: {_inside(ours)}",
                refuted_by="a published accuracy outside that interval",
            )
        )
    return accuracy_claims


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the plane on train and the courses."""
    measurements = runs["12-bit"].measurements
    return {
        "plane": information_plane(measurements),
        "information": information_curves(measurements),
    }


STUDY = Study(
    name="ib-szt",
    title="The information plane of the 12-bit task",
    source="Shwartz-Ziv & Tishby 2017, arXiv:1703.00810",
    configure=configure,
    claims=claims,
    figures=figures,
)
