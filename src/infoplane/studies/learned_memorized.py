"""What is learned and what is memorized, layer by layer, from true labels to random ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import learned_memorized_planes, memorized_by_depth
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import Course, course, layers
from infoplane.studies.study import Runs, Study, StudyOptions
from infoplane.tables import I_TY, M
from infoplane.training.config import TrainingConfig

RATES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
DECODER = "k-NN decoder"
CONTROL_ERRORS = 4  # standard errors of one control value; a run has hundreds of them
NEVER_LEARNED = 0.99  # at rate 1 there is nothing to learn: those claims are of lower rates


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return one run a rate of resampled labels: a ReLU network of five layers of 512."""
    quick = options.scale == "quick"
    name = options.data or "mnist"

    def configuration(rate: float) -> RunConfig:
        return RunConfig(
            data=DataConfig(
                name=name,
                root=options.data_root,
                labels="resampled",
                rate=rate,
                train_size=4000 if quick and name != "digits" else None,
                test_size=4000 if quick and name != "digits" else None,
            ),
            network=NetworkConfig(widths=(512,) * 5, activation="relu"),
            training=TrainingConfig(
                epochs=80, batch_size=100, learning_rate=1e-3, device=options.device
            ),
            observing=ObservingConfig(schedule="every", every=2 if quick else 1),
            memorization=MemorizationConfig(keep_weights=True, examples="always"),
            members=options.members or 1,
            seed=options.seed,
        )

    return {f"rate {rate:g}": configuration(rate) for rate in RATES}


def claims(runs: Runs) -> list[Claim]:
    """Judge the four claims at every rate at which they can be judged."""
    corrupted = {name: run for name, run in runs.items() if run.config.data.rate > 0}
    learned = {n: r for n, r in corrupted.items() if r.config.data.rate < NEVER_LEARNED}
    return [
        *(_control(name, run) for name, run in corrupted.items()),
        *(_order(name, run) for name, run in learned.items()),
        *(_depth(name, run) for name, run in corrupted.items()),
        *(_accuracy(name, run) for name, run in learned.items()),
    ]


def _control(name: str, run: Run) -> Claim:
    """The largest control value of any layer and epoch, in standard errors above zero."""
    m = run.measurements
    control = m[(m["quantity"] == M) & (m["subset"] == "test") & (m["estimator"] == DECODER)]
    errors = (control["bits"] / control["standard_error"]).groupby(control["member"]).max()
    return claim(
        f"{name}: M is zero at every layer and epoch on the control (largest, in standard errors; "
        f"below {CONTROL_ERRORS})",
        errors.to_numpy(),
        errors.to_numpy() < CONTROL_ERRORS,
        unit="s.e.",
        published="by construction",
    )


def _order(name: str, run: Run) -> Claim:
    """Epochs from the peak of held-out I(T;Y) to M passing half of its end, last hidden layer."""
    layer = layers(run.measurements)[-2]
    delay = half_time(memorized(run, layer)) - learned(run, layer).peak_epoch
    return claim(
        f"{name}: learning comes first: held-out I(T;Y) of {layer} peaks before its M passes half "
        "of its end (epochs between)",
        delay,
        delay > 0,
        unit="epochs",
    )


def _depth(name: str, run: Run) -> Claim:
    """Rank correlation of M with depth at the end, over hidden layers and logits."""
    ends = pd.DataFrame([memorized(run, layer).end for layer in layers(run.measurements)])
    order = ends.rank().corrwith(pd.Series(np.arange(len(ends))).rank())
    return claim(
        f"{name}: M grows with depth (rank correlation over layers at the end; above .9)",
        order.to_numpy(),
        order.to_numpy() > 0.9,
        unit="",
    )


def _accuracy(name: str, run: Run) -> Claim:
    """Epochs from the peak of clean test accuracy to M of the logits passing half of its end."""
    training = run.training
    test = training[training["subset"] == "test"]
    wide = test.pivot_table(index="epoch", columns="member", values="true_accuracy")
    best = wide.idxmax().to_numpy()
    delay = half_time(memorized(run, layers(run.measurements)[-1])) - best
    return claim(
        f"{name}: clean test accuracy peaks before M of the logits passes half of its end",
        delay,
        delay > 0,
        unit="epochs",
    )


def memorized(run: Run, layer: str) -> Course:
    """M of a layer on the training examples."""
    return course(run.measurements, M, layer, estimator=DECODER)


def learned(run: Run, layer: str) -> Course:
    """Held-out I(T;Y) of a layer."""
    return course(run.measurements, I_TY, layer, subset="test", estimator=DECODER)


def half_time(values: Course) -> np.ndarray:
    """Return the first epoch at which each member passes half of its end."""
    passed = values.bits >= 0.5 * values.end
    return values.epochs[passed.argmax(axis=0)]


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the plane of each rate, and M against depth for all of them."""
    corrupted = {n: r.measurements for n, r in runs.items() if r.config.data.rate > 0}
    return {
        "planes": learned_memorized_planes(corrupted),
        "depth": memorized_by_depth(corrupted),
    }


STUDY = Study(
    name="learned-memorized",
    title="What each layer learns and what it memorizes, from true labels to random ones",
    source="the decomposition I(T;Ỹ) = [I(T;Y) - I(T;Y|Ỹ)] + I(T;Ỹ|Y)",
    configure=configure,
    claims=claims,
    figures=figures,
)
