"""The claims on what is learned and what is memorized, each measured in every member."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.memorization.scores import SCORES
from infoplane.memorization.separation import separation
from infoplane.runs.rewinding import kept_rewound
from infoplane.runs.run import Run
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import Course, accuracy, course, layers
from infoplane.studies.study import Runs
from infoplane.tables import I_TY, M

DECODER = "k-NN decoder"
FITTED = 0.9  # accuracy on the seen labels
NEAR_ZERO = 0.1  # bits
CONTROL_ERRORS = 4  # standard errors of one control value; a run has hundreds of them
NEVER_LEARNED = 0.99  # at rate 1 there is nothing to learn: those claims are of lower rates


def claims(runs: Runs) -> list[Claim]:
    """Judge each claim at every rate at which it can be judged."""
    corrupted = {name: run for name, run in runs.items() if run.config.data.rate > 0}
    learned = {n: r for n, r in corrupted.items() if r.config.data.rate < NEVER_LEARNED}
    clean = {n: r for n, r in runs.items() if r.config.data.rate == 0}
    kept = {n: r for n, r in learned.items() if r.config.memorization.keep_weights}
    return [
        *(_fits(name, run) for name, run in corrupted.items()),
        *(_control(name, run) for name, run in corrupted.items()),
        *(_order(name, run) for name, run in learned.items()),
        *(_depth(name, run) for name, run in corrupted.items()),
        *(_accuracy(name, run) for name, run in learned.items()),
        *(_late_layers(name, run) for name, run in kept.items()),
        *(_cumulative_loss(name, run) for name, run in learned.items()),
        *(_unforgettable(name, run) for name, run in clean.items()),
    ]


def _fits(name: str, run: Run) -> Claim:
    """Accuracy on the seen labels at the end: what is not fitted is not yet memorized."""
    fitted = accuracy(run.training, "train")
    return claim(
        f"{name}: the network memorizes its labels (accuracy on the seen ones at the end; above "
        f"{FITTED})",
        fitted,
        fitted > FITTED,
        unit="",
        published="1 (Zhang 2017)",
    )


def _control(name: str, run: Run) -> Claim:
    """The highest control of any layer and epoch, which has to be noise.

    Below zero it is the price of fitting a decoder where there is nothing to decode: the smaller
    the test part, the further.
    """
    m = run.measurements
    control = m[(m["quantity"] == M) & (m["subset"] == "test") & (m["estimator"] == DECODER)]
    member = control["member"]
    highest = control["bits"].groupby(member).max().to_numpy()
    errors = (control["bits"] / control["standard_error"]).groupby(member).max().to_numpy()
    return claim(
        f"{name}: M is zero at every layer and epoch on the control (highest value; below "
        f"{NEAR_ZERO} and never {CONTROL_ERRORS} standard errors above zero)",
        highest,
        (highest < NEAR_ZERO) & (errors < CONTROL_ERRORS),
        published="by construction",
    )


def _order(name: str, run: Run) -> Claim:
    """Epochs from the peak of held-out I(T;Y) to M passing half of its end, last hidden layer."""
    layer = layers(run.measurements)[-2]
    delay = memorized(run, layer).half_epoch - learned(run, layer).peak_epoch
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
    delay = memorized(run, layers(run.measurements)[-1]).half_epoch - best
    return claim(
        f"{name}: clean test accuracy peaks before M of the logits passes half of its end",
        delay,
        delay > 0,
        unit="epochs",
    )


def _late_layers(name: str, run: Run) -> Claim:
    """Clean accuracy won by rewinding one late layer, less that by rewinding one early layer."""
    table = kept_rewound(run)
    one = table[(table["mode"] == "one layer") & (table["quantity"] == "clean accuracy")]
    wide = one.pivot_table(index=["member", "epoch"], columns="depth", values="value")
    gain = wide.sub(wide.xs(one["epoch"].max(), level="epoch"), level="member").drop(
        index=[0, one["epoch"].max()], level="epoch"
    )
    depths = list(gain.columns)
    early, late = depths[: len(depths) // 2], depths[len(depths) // 2 :]
    ahead = (gain[late].mean(axis=1) - gain[early].mean(axis=1)).groupby("member").mean()
    return claim(
        f"{name}: memorization sits in late layers: rewinding one of the later half brings back "
        "more clean accuracy than one of the earlier half (difference, mean over epochs)",
        ahead.to_numpy(),
        ahead.to_numpy() > 0,
        unit="",
        published="late (Stephenson 2021); not late (Maini 2023)",
    )


def _cumulative_loss(name: str, run: Run) -> Claim:
    """AUROC of corrupted examples by their loss over all epochs, less that by their last loss."""
    ahead = []
    for _, rows in _train_examples(run).groupby("member"):
        last = rows.assign(cumulative_loss=rows["loss"])
        ahead.append(_auroc(rows) - _auroc(last))
    return claim(
        f"{name}: the loss over all epochs tells corrupted examples better than the last one "
        "(AUROC, difference)",
        ahead,
        np.array(ahead) > 0,
        unit="",
        published=".987 against .653 (CIFAR-10, 10 % flipped)",
    )


def _auroc(examples: pd.DataFrame) -> float:
    table = separation(examples[["cumulative_loss"]], examples["corrupted"].to_numpy())
    return float(table["auroc"].iloc[0])


def _unforgettable(name: str, run: Run) -> Claim:
    """The share of examples that were learned and never forgotten."""
    rows = _train_examples(run)
    share = (rows["forgetting_events"] == 0).groupby(rows["member"]).mean().to_numpy()
    many = "mnist" in run.config.data.name
    published = {"mnist": "91.7 % (whole MNIST)", "cifar10": "31.3 % (whole CIFAR-10)"}
    return claim(
        f"{name}: {'more' if many else 'less'} than half of the examples are never forgotten",
        100 * share,
        (share > 0.5) == many,
        unit="%",
        published=published.get(run.config.data.name, ""),
    )


def separation_table(runs: Runs) -> pd.DataFrame:
    """Return how well each score tells corrupted examples from clean ones, by rate, over members.

    AUROC, average precision and true positives at 1 % false positives; means over members.
    """
    parts = []
    for run in runs.values():
        rows = _train_examples(run)
        if not rows["corrupted"].any() or rows["corrupted"].all():
            continue
        names = [score.name for score in SCORES]
        each = [separation(r[names], r["corrupted"].to_numpy()) for _, r in rows.groupby("member")]
        mean = pd.concat(each).groupby("score", sort=False).mean().reset_index()
        parts.append(mean.assign(rate=run.config.data.rate))
    table = pd.concat(parts, ignore_index=True)
    return table[["rate", *(c for c in table.columns if c != "rate")]]


def _train_examples(run: Run) -> pd.DataFrame:
    examples = run.examples
    return examples[examples["subset"] == "train"]


def memorized(run: Run, layer: str) -> Course:
    """M of a layer on the training examples."""
    return course(run.measurements, M, layer, estimator=DECODER)


def learned(run: Run, layer: str) -> Course:
    """Held-out I(T;Y) of a layer."""
    return course(run.measurements, I_TY, layer, subset="test", estimator=DECODER)
