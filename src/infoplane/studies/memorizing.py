"""True against random labels on the information plane: the main job."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import memorization_figure
from infoplane.figures import memorizing as draw
from infoplane.memorization.config import MemorizationConfig
from infoplane.names import I_TY_SEEN, I_XT, TEST, TRAIN
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import (
    accuracy,
    best_accuracy,
    course,
    end_outside_null,
    layers,
    not_saturated,
)
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.training.config import TrainingConfig

EARLY = 0.1  # of the training
COMPRESSED = 0.1  # of the peak given up, at least
AT_CEILING = 0.95  # of log2 n
CHANCE_MARGIN = 0.03


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the two runs: the same network on true and on permuted labels."""
    name = options.data or ("digits" if options.scale == "quick" else "mnist")
    quick, digits = options.scale == "quick", name == "digits"
    true_epochs, random_epochs = (200, 500) if quick else (800, 4000)
    network, training = NetworkConfig(preset="mnist"), TrainingConfig(device=options.device)
    memorization = MemorizationConfig()
    if digits:  # 64 pixels, few images: narrower first layers, and minibatches, larger steps that
        # end small, and weights that keep the scale of a deep tanh network: else random labels are
        # not fitted from every seed
        network = NetworkConfig(widths=(64, 256, 256, 20, 20, 20, 10), initialisation="xavier")
        training = replace(training, learning_rate=3e-3, schedule="cosine", batch_size=256)
        memorization = MemorizationConfig(looks=6)  # each costs as much as a dozen epochs
        true_epochs, random_epochs = 200, 500

    def configuration(labels: str, epochs: int) -> RunConfig:
        return RunConfig(
            data=DataConfig(
                name=name,
                root=options.data_root,
                labels=labels,  # pyright: ignore[reportArgumentType]
                train_size=5000 if quick and not digits else None,
                test_size=2000 if quick and not digits else None,
            ),
            network=network,
            training=replace(training, epochs=epochs),
            observing=ObservingConfig(bin_width=0.5),
            memorization=memorization,
            members=options.members or (3 if digits else 2),
            seed=options.seed,
        )

    return {
        "true labels": configuration("true", true_epochs),
        "random labels": configuration("permuted", random_epochs),
    }


def claims(runs: Runs) -> list[Claim]:
    """Judge what the published figure says, and what it could not say."""
    true, random = runs["true labels"], runs["random labels"]
    return [
        *_fitting(runs),
        *_true_labels(true.measurements, true.config.training.epochs),
        *_random_labels(true.measurements, random.measurements),
    ]


def _fitting(runs: Runs) -> list[Claim]:
    training = runs["random labels"].training
    fitted = best_accuracy(training, TRAIN)
    test = accuracy(training, TEST)
    n = int(training.loc[training["subset"] == TEST, "n"].iloc[0])
    classes = runs["random labels"].examples["label"].nunique()
    margin = max(CHANCE_MARGIN, 4 * math.sqrt((1 - 1 / classes) / classes / n))
    return [
        claim(
            "Random labels are fitted: training accuracy reaches .99",
            fitted,
            fitted >= 0.99,
            unit="accuracy",
            published="fitted (no number known to us)",
            null=f"{1 / classes:.2g}: labels guessed",
            refuted_by="an accuracy below .99 (our threshold) in any network",
        ),
        claim(
            f"Test accuracy is then chance: within {margin:.2g} of 1/{classes}",
            test,
            np.abs(test - 1 / classes) < margin,
            unit="accuracy",
            published="chance (no number known to us)",
            null=f"{1 / classes:.2g}, whatever is fitted: a control of how labels are drawn",
            refuted_by="an accuracy outside the margin (ours: four standard errors, or .03)",
        ),
    ]


def _true_labels(measurements, epochs: int) -> list[Claim]:
    last = [course(measurements, I_XT, layer) for layer in layers(measurements)[-5:]]
    least = np.min([c.compression for c in last], axis=0)
    latest = np.max([c.peak_epoch for c in last], axis=0)
    return [
        claim(
            f"True labels compress each of the last five layers: I(X;T) ends at least "
            f"{COMPRESSED:.0%} below its peak (least of the five)",
            least,
            least >= COMPRESSED,
            unit="of the peak",
            published="12.4 11.6 10.0 6.6 6.1 → 5.4 4.85 3.95 3.3 3.9 bits",
            null="0: no fall; also of a layer at the wall throughout, whose fall is not seen",
            refuted_by=f"a layer that gives up less than {COMPRESSED:.0%} (our threshold)",
        ),
        claim(
            f"They do so early: every peak within {EARLY:.0%} of the training (latest of the five)",
            latest,
            latest <= EARLY * epochs,
            unit="epochs",
            published="within 30 of 800 epochs",
            null="a peak anywhere in the training: so early in 1 of 10 layers",
            refuted_by="a peak of any of the five after that (our threshold)",
        ),
    ]


def _random_labels(true, random) -> list[Claim]:
    names = layers(random)[-5:]
    ours = {layer: course(random, I_XT, layer) for layer in names}
    theirs = {layer: course(true, I_XT, layer) for layer in names}
    ceiling = course(random, I_XT, names[0], value="ceiling").end
    first = np.min([not_saturated(random, I_XT, layer) for layer in names[:2]], axis=0)
    least = np.min([ours[layer].compression for layer in names[2:]], axis=0)
    delay = np.min([ours[x].peak_epoch - theirs[x].peak_epoch for x in names[2:]], axis=0)
    less = np.min([theirs[x].compression - ours[x].compression for x in names[2:]], axis=0)
    delay = np.where(least >= COMPRESSED, delay, np.nan)
    seen = np.array([not_saturated(random, I_TY_SEEN, layer) for layer in names])
    outside = np.array([end_outside_null(random, I_TY_SEEN, layer) for layer in names])
    off_wall, outside = (np.isfinite(of).sum(axis=0) for of in (seen, outside))
    share = np.where(off_wall > 0, outside / np.maximum(off_wall, 1), np.nan)
    a, b, *rest = names
    late = f"{rest[0]} to {rest[-1]}"
    return [
        claim(
            f"Random labels leave {a} and {b} at the ceiling: I(X;T) ends within 5 % of log2 n (a "
            "value that is saturated says so of any layer: not judged)",
            first,
            first >= AT_CEILING * ceiling,
            published="15.5 of 15.9 bits",
            null="log2 n, of any layer at too fine a resolution: it can be refuted, not supported",
            refuted_by="a value off the wall that is below 95 % of log2 n (our threshold)",
        ),
        claim(
            f"Random labels compress {late}, by at least {COMPRESSED:.0%} of the peak (least)",
            least,
            least >= COMPRESSED,
            unit="of the peak",
            published="14.6 10.4 13.4 → 10.4 4.05 7.7 bits",
            null="0: I(X;T) of none of the three falls",
            refuted_by=f"one of the three that gives up less than {COMPRESSED:.0%} (our threshold)",
        ),
        claim(
            f"… later than true labels do: each peak of {late} comes later (smallest delay; not "
            "judged where random labels do not compress them)",
            delay,
            delay > 0,
            unit="epochs",
            published="epochs 600, 350, 600 against < 30",
            null="0 epochs: both peak together",
            refuted_by="one of the three that peaks with true labels, or before",
        ),
        claim(
            f"… and less: each of {late} gives up a smaller share of its peak (least difference)",
            less,
            less > 0,
            unit="of the peak",
            published="less; yet by the numbers above .29 .61 .43 against .61 .50 .36",
            null="0: both give up the same share",
            refuted_by="one of the three that gives up as much as with true labels",
        ),
        claim(
            "I(T;Ỹ) on random labels ends outside its permutation null in each of the last five "
            "layers that is off the wall (share outside; not judged where none is)",
            share,
            share == 1,
            unit="of these layers",
            published="not said",
            null="1 in 20 layers outside, by chance",
            refuted_by="a layer off the wall and inside its null",
        ),
    ]


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the four panels, and what the layers memorize of the random labels."""
    true, random = runs["true labels"], runs["random labels"]
    return {
        "memorizing": draw(true.measurements, random.measurements),
        "learned-memorized": memorization_figure(random.measurements),
    }


STUDY = Study(
    name="memorizing",
    title="True labels against random labels on the information plane",
    source="the four-panel figure of the published information planes on random labels",
    configure=configure,
    claims=claims,
    figures=figures,
)
