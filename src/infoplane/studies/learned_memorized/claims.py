"""The claims on what is learned and what is memorized, each measured in every member."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from infoplane.memorization.separation import separation
from infoplane.names import CLEAN_ACCURACY, I_TY, INSIDE_NULL, KNN, ONE_LAYER, TEST, TRAIN, M
from infoplane.runs.analyses.rewinding import kept_rewound
from infoplane.runs.run import Run
from infoplane.scores import SCORES
from infoplane.studies.claims import Claim, claim
from infoplane.studies.measures import Course, accuracy, course, layers
from infoplane.studies.study import Runs
from infoplane.tables import decoders

FITTED = 0.9  # accuracy on the seen labels
NEAR_ZERO = 0.1  # bits
RARE = 0.01  # the chance of as many layers outside their null, below which it is no chance
NEVER_LEARNED = 0.99  # at rate 1 there is nothing to learn: those claims are of lower rates


def claims(runs: Runs) -> list[Claim]:
    """Judge each claim at every rate at which it can be judged."""
    corrupted = {name: run for name, run in runs.items() if run.config.data.rate > 0}
    learned = {n: r for n, r in corrupted.items() if r.config.data.rate < NEVER_LEARNED}
    clean = {n: r for n, r in runs.items() if r.config.data.rate == 0}
    with_weights = {n: r for n, r in learned.items() if r.config.memorization.keep_weights}
    return [
        *(_fits(name, run) for name, run in corrupted.items()),
        *(_control(name, run) for name, run in corrupted.items()),
        *(_order(name, run) for name, run in learned.items()),
        *(_first_layer(n, r, reader) for n, r in corrupted.items() for reader in readers(r)),
        *(_depth(n, r, reader) for n, r in corrupted.items() for reader in readers(r)),
        *(_accuracy(name, run) for name, run in learned.items()),
        *(_late_layers(name, run) for name, run in with_weights.items()),
        *(_cumulative_loss(name, run) for name, run in learned.items()),
        *(_unforgettable(name, run) for name, run in clean.items()),
    ]


def _fits(name: str, run: Run) -> Claim:
    """Accuracy on the seen labels at the end: what is not fitted is not yet memorized."""
    fitted = accuracy(run.training, TRAIN)
    true = 1 - _train_examples(run)["corrupted"].mean()
    return claim(
        f"{name}: the network memorizes its labels (accuracy on the seen ones at the end; above "
        f"{FITTED})",
        fitted,
        fitted > FITTED,
        unit="",
        published=".993 to 1 (Zhang 2017, Table 1: CIFAR-10, random labels)",
        null=f"{true:.2f}, the share of true ones among them: all that learning alone can fit",
        refuted_by=f"an accuracy of {FITTED} (our threshold) or less",
    )


def _control(name: str, run: Run) -> Claim:
    """Of the layers at the last look, the share whose control is outside its null.

    One in twenty is, by chance. The input, which no training changes, is left out; layers share
    their labels, so that they are less than independent, and the binomial bound is for few of them.
    """
    m = run.measurements
    rows = m[(m["quantity"] == M) & (m["subset"] == TEST) & (m["depth"] > 0)]
    rows = rows[(rows["estimator"] == decoder(run)) & (rows["epoch"] == rows["epoch"].max())]
    outside = rows["p_value"] <= INSIDE_NULL
    share = outside.groupby(rows["member"]).mean().to_numpy()
    highest = rows["bits"].groupby(rows["member"]).max().to_numpy()
    layers_ = rows.groupby("member").size().to_numpy()
    by_chance = bdtrc(np.round(share * layers_) - 1, layers_, INSIDE_NULL)
    return claim(
        f"{name}: nothing is memorized of fresh noise: on the control M is inside its null in all "
        f"layers but as many as chance allows (share outside; P > {RARE}), and below {NEAR_ZERO} "
        "bits",
        share,
        (by_chance > RARE) & (highest < NEAR_ZERO),
        unit="of layers",
        null="1 in 20 layers outside",
        refuted_by=f"a control of {NEAR_ZERO} bits (our threshold), or more layers outside than "
        "chance allows",
    )


def _first_layer(name: str, run: Run, reader: str) -> Claim:
    """M of the first layer at the last look, against its null."""
    first = layers(run.measurements)[0]
    of = {"estimator": reader}
    bits = course(run.measurements, M, first, **of).bits[-1]
    p_value = course(run.measurements, M, first, value="p_value", **of).bits[-1]
    return claim(
        f"{name}: {first} memorizes: its M, read by the {reader}, ends above its null (p ≤ .05)",
        np.where(np.isnan(p_value), np.nan, bits),
        p_value <= INSIDE_NULL,
        null="seen labels shuffled within each true class",
        refuted_by="p > .05; a claim of this decoder alone",
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
        null="0 epochs: learned and memorized at once",
        refuted_by="a peak at that epoch or later",
    )


def _depth(name: str, run: Run, reader: str) -> Claim:
    """Rank correlation of M with depth at the end, over hidden layers and logits."""
    of = [course(run.measurements, M, x, estimator=reader) for x in layers(run.measurements)]
    ends = pd.DataFrame([layer_course.end for layer_course in of])
    order = ends.rank().corrwith(pd.Series(np.arange(len(ends))).rank())
    return claim(
        f"{name}: M, read by the {reader}, grows with depth (rank correlation over layers at the "
        "end; above .9)",
        order.to_numpy(),
        order.to_numpy() > 0.9,
        unit="",
        null="0: no order",
        refuted_by=".9 (our threshold) or less; near the ceiling the order is that of the errors",
    )


def _accuracy(name: str, run: Run) -> Claim:
    """Epochs from the peak of clean test accuracy to M of the logits passing half of its end."""
    training = run.training
    test = training[training["subset"] == TEST]
    wide = test.pivot_table(index="epoch", columns="member", values="true_accuracy")
    best = wide.idxmax().to_numpy()
    delay = memorized(run, layers(run.measurements)[-1]).half_epoch - best
    return claim(
        f"{name}: clean test accuracy peaks before M of the logits passes half of its end",
        delay,
        delay > 0,
        unit="epochs",
        null="0 epochs: as accurate as ever when half is memorized",
        refuted_by="a peak at that epoch or later",
    )


def _late_layers(name: str, run: Run) -> Claim:
    """Clean accuracy won by rewinding one late layer, less that by rewinding one early layer."""
    table = kept_rewound(run)
    one = table[(table["mode"] == ONE_LAYER) & (table["quantity"] == CLEAN_ACCURACY)]
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
        published="late (Stephenson 2021); not late (Maini 2023); no number known to us",
        null="0: early and late layers bring back alike",
        refuted_by="a difference of 0 or less",
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
        published=".987 against .653, of confidence (Ravikumar 2025: CIFAR-10, 10 % flipped)",
        null="0: both losses tell as much",
        refuted_by="a difference of 0 or less",
    )


def _auroc(examples: pd.DataFrame) -> float:
    table = separation(examples[["cumulative_loss"]], examples["corrupted"].to_numpy())
    return float(table["auroc"].iloc[0])


def _unforgettable(name: str, run: Run) -> Claim:
    """The share of examples that were learned and never forgotten."""
    rows = _train_examples(run)
    share = (rows["forgetting_events"] == 0).groupby(rows["member"]).mean().to_numpy()
    of = "(Toneva 2019: whole set, in all of five seeds)"
    published = {"mnist": f"91.7 % {of}", "cifar10": f"31.3 % {of}"}
    return claim(
        f"{name}: more than half of the examples are never forgotten",
        100 * share,
        share > 0.5,
        unit="%",
        published=published.get(run.config.data.name, ""),
        null="0 %: every example is forgotten once at least",
        refuted_by="half of them (our threshold) or fewer",
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
        separations = [
            separation(r[names], r["corrupted"].to_numpy()) for _, r in rows.groupby("member")
        ]
        mean = pd.concat(separations).groupby("score", sort=False).mean().reset_index()
        parts.append(mean.assign(rate=run.config.data.rate))
    table = pd.concat(parts, ignore_index=True)
    return table[["rate", *(c for c in table.columns if c != "rate")]]


def _train_examples(run: Run) -> pd.DataFrame:
    examples = run.examples
    return examples[examples["subset"] == TRAIN]


def decoder(run: Run) -> str:
    """The decoder that M is told by: the strongest, where several were asked."""
    return decoders(run.measurements)[0]


def readers(run: Run) -> list[str]:
    """The decoders whose verdicts are told apart: the strongest, and the neighbours."""
    return [name for name in decoders(run.measurements) if name in (decoder(run), KNN)]


def memorized(run: Run, layer: str) -> Course:
    """M of a layer on the training examples."""
    return course(run.measurements, M, layer, estimator=decoder(run))


def learned(run: Run, layer: str) -> Course:
    """Held-out I(T;Y) of a layer."""
    return course(run.measurements, I_TY, layer, subset=TEST, estimator=decoder(run))
