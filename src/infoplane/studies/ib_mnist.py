"""The information plane of the MNIST net on true labels, trained for long."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import information_curves, information_plane
from infoplane.names import I_TY, I_XT, TRAIN
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import best_accuracy, course, end_outside_null, layers
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.training.config import TrainingConfig


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the one run: 5,000 images for 500 epochs, or all of them for 1,000."""
    quick = options.scale == "quick"
    return {
        "true labels": RunConfig(
            data=DataConfig(
                name=options.data or "mnist",
                root=options.data_root,
                train_size=5000 if quick and options.data != "digits" else None,
                test_size=2000 if quick and options.data != "digits" else None,
            ),
            network=NetworkConfig(preset="mnist", activation="tanh"),
            training=TrainingConfig(
                epochs=500 if quick else 1000, learning_rate=1e-3, device=options.device
            ),
            observing=ObservingConfig(
                schedule="published" if quick else "every", every=20, bin_width=0.5
            ),
            members=options.members or 1,
            seed=options.seed,
        )
    }


def claims(runs: Runs) -> list[Claim]:
    """Judge compression and what the layers know of the label at the end."""
    run = runs["true labels"]
    measurements = run.measurements
    last = layers(measurements)[-5:]
    courses = [course(measurements, I_XT, layer) for layer in last]
    least = np.min([c.compression for c in courses], axis=0)
    label_bits = np.min([end_outside_null(measurements, I_TY, layer) for layer in last], axis=0)
    ceiling = course(measurements, I_TY, last[0], value="ceiling").end
    fitted = best_accuracy(run.training, TRAIN)
    return [
        claim(
            "I(X;T) of each of the last five layers ends far left of its peak: by a quarter or "
            "more (least of the five)",
            least,
            least >= 0.25,
            unit="of the peak",
            published="far to the left (no number known to us)",
            null="0: I(X;T) ends at its peak",
            refuted_by="a layer that ends less than a quarter (our threshold) below its peak",
        ),
        claim(
            "I(T;Y) of the last five layers ends within 2 % of H(Y) (least of the five; not judged "
            "where one is saturated or inside its null)",
            label_bits,
            label_bits >= 0.98 * ceiling,
            published="near 3.32 bits",
            null="what shuffled labels give in each layer; H(Y) in a saturated one",
            refuted_by="a layer outside its null that ends more than 2 % (our threshold) below",
        ),
        claim(
            "The training labels are fitted: accuracy reaches .99",
            fitted,
            fitted >= 0.99,
            unit="accuracy",
            null="0.1, of ten classes: labels guessed",
            refuted_by="an accuracy below .99 (our threshold) in any network",
        ),
    ]


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the plane on train and the courses."""
    measurements = runs["true labels"].measurements
    return {
        "plane": information_plane(measurements),
        "information": information_curves(measurements),
    }


STUDY = Study(
    name="ib-mnist",
    title="The information plane of a deep tanh network on MNIST",
    source="the published information planes on MNIST, bins of width 0.5",
    configure=configure,
    claims=claims,
    figures=figures,
)
