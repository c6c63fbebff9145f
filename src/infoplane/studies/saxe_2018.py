"""Does compression depend on the activation, and on the estimator? (Saxe et al. 2018)"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import information_planes, plane_points, resolution_map
from infoplane.names import ALL, SWEPT, TEST, TRAIN
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import accuracy, layers, seen_compression
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.training.config import TrainingConfig

COMPRESSED = 0.1  # of the peak
IMAGES_RATE = 1e-3  # learning rate, published; quick has 200 times as much for fewer epochs
KDE = "KDE upper bound"
ACTIVATIONS = ("tanh", "relu")
WIDTHS = (0.02, 0.07, 0.2, 0.5, 1.0, 2.0, 5.0)  # of the sweep


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return both tasks with both activations.

    Published: batches of 256 and Adam at 4e-4 on the 12-bit task, batches of 128 and plain SGD at
    1e-3 on MNIST (where weights start as Keras has them, Glorot & Bengio's), 10,000 epochs each.
    Quick has fewer epochs, and on images fewer of them and a learning rate of 0.2, 200 times the
    published one: what it finds there is of other steps than the paper's, and its claims say so.
    """
    tasks = {"12-bit": _twelve_bit(options), options.data or "mnist": _images(options)}
    return {
        f"{task}, {activation}": replace(
            config, network=replace(config.network, activation=activation)
        )
        for task, config in tasks.items()
        for activation in ACTIVATIONS
    }


def _twelve_bit(options: StudyOptions) -> RunConfig:
    quick = options.scale == "quick"
    return RunConfig(
        data=DataConfig("12-bit"),
        network=NetworkConfig(preset="12-bit", initialisation="truncated-normal"),
        training=TrainingConfig(
            epochs=1000 if quick else 10_000,
            batch_size=256,
            optimizer="adam",
            learning_rate=4e-4,
            device=options.device,
        ),
        observing=_observing(quick, bin_width=0.07, variance=0.001),
        members=options.members or (5 if quick else 50),
        seed=options.seed,
    )


def _images(options: StudyOptions) -> RunConfig:
    quick = options.scale == "quick"
    return RunConfig(
        data=DataConfig(
            options.data or "mnist",
            root=options.data_root,
            train_size=5000 if quick and options.data != "digits" else None,
        ),
        network=NetworkConfig(preset="saxe", initialisation="xavier"),
        training=TrainingConfig(
            epochs=100 if quick else 10_000,
            batch_size=128,
            optimizer="sgd",
            momentum=0.0,
            learning_rate=200 * IMAGES_RATE if quick else IMAGES_RATE,
            device=options.device,
        ),
        observing=_observing(quick, bin_width=0.5, variance=0.1),
        members=options.members or (2 if quick else 50),
        seed=options.seed,
    )


def _observing(quick: bool, *, bin_width: float, variance: float) -> ObservingConfig:
    return ObservingConfig(
        schedule="log",
        points=30 if quick else 100,
        bin_width=bin_width,
        subsets=(ALL,),
        estimators=(
            f"kde-upper(noise_variance={variance})",
            *(f"bins(bin_width={width})" for width in WIDTHS),
        ),
        estimator_examples=1000,
    )


def claims(runs: Runs) -> list[Claim]:
    """Judge the compression of the hidden layers by bins and by KDE."""
    all_claims = []
    for name, run in runs.items():
        step = _other_steps(run)
        for estimator in ("bins", KDE):
            ratio = most_compressed(run, estimator)
            tanh = run.config.network.hidden_activation == "tanh"
            all_claims.append(
                claim(
                    f"{name}: {'a hidden layer compresses' if tanh else 'none compresses'} by "
                    f"{estimator} (largest fall of I(X;T) from its peak, of the hidden layers; not "
                    f"judged where one at the wall could be the one{step})",
                    ratio,
                    (ratio >= COMPRESSED) == tanh,
                    unit="of the peak",
                    published="tanh compresses, ReLU does not (no number known to us)",
                    null="0: it ends at its peak" if tanh else "a fall as large as that of tanh",
                    refuted_by=f"a fall {'below' if tanh else 'of at least'} {COMPRESSED:.0%} "
                    "(our threshold)",
                )
            )
        learned = accuracy(run.training, TRAIN)
        chance = 0.6 if name.startswith("12-bit") else 0.2
        all_claims.append(
            claim(
                f"{name}: the networks leave chance (accuracy on train above {chance:g}{step})",
                learned,
                learned > chance,
                unit="",
                null="one answer for all: 0.52 on 12-bit, about 0.1 on images of ten classes",
                refuted_by=f"an accuracy of {chance:g} (our threshold) or less",
            )
        )
    return all_claims + [_generalization(runs, task) for task in _tasks(runs)]


def _other_steps(run: Run) -> str:
    """Say by how much the learning rate on images is not the published one, if it is not."""
    rate, published = run.config.training.learning_rate, IMAGES_RATE
    if run.config.data.name == "12-bit" or rate == published:
        return ""
    return f"; learning rate {rate:g}, {rate / published:g} times the published one"


def most_compressed(run: Run, estimator: str) -> np.ndarray:
    """Return the largest compression of the hidden layers, of each member.

    NaN where it could be seen in none of them, or in too few: a layer at the wall cannot be told
    from one that does not compress, so that "none compresses" needs them all.
    """
    m = run.measurements
    ratios = [
        seen_compression(m, layer, subset=ALL, estimator=estimator) for layer in layers(m)[:-1]
    ]
    largest = np.fmax.reduce(ratios)  # which passes NaN over
    unseen = np.isnan(ratios).any(axis=0) & (largest < COMPRESSED)
    return np.where(unseen, np.nan, largest)


def _tasks(runs: Runs) -> list[str]:
    return list(dict.fromkeys(name.split(", ")[0] for name in runs))


def _generalization(runs: Runs, task: str) -> Claim:
    step = _other_steps(runs[f"{task}, {ACTIVATIONS[0]}"])
    tanh, relu = (accuracy(runs[f"{task}, {a}"].training, TEST) for a in ACTIVATIONS)
    return claim(
        f"{task}: without compression the network generalizes no worse (accuracy on test of relu "
        f"less tanh; above -.02{step})",
        relu - tanh,
        relu - tanh > -0.02,
        unit="",
        published="compression is not needed (no number known to us)",
        null="0: both generalize alike, as two networks at chance do",
        refuted_by="relu worse than tanh by .02 (our threshold) or more",
    )


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the planes by bins and by KDE, and I(X;T) against the width of the bins."""
    drawn = {}
    for task in _tasks(runs):
        slug = task.replace("/", "-")
        of_task = {a: runs[f"{task}, {a}"].measurements for a in ACTIVATIONS}
        drawn[f"planes-{slug}"] = information_planes(
            {
                f"{a}, {estimator}": plane_points(m, subset=ALL, estimator=estimator)
                for estimator in ("bins", KDE)
                for a, m in of_task.items()
            }
        )
        for a, m in of_task.items():
            drawn[f"sweep-{slug}-{a}"] = resolution_map(m, SWEPT, subset=ALL)
    return drawn


STUDY = Study(
    name="saxe-2018",
    title="Compression, the activation and the estimator",
    source="Saxe et al. 2018, On the Information Bottleneck Theory of Deep Learning",
    configure=configure,
    claims=claims,
    figures=figures,
)
