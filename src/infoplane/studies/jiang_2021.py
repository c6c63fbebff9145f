"""Which digits are regular, and what tells it cheaply? The C-score of MNIST (Jiang et al. 2021)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import consistency_figure, image_grid
from infoplane.memorization.ensembles.agreement import halves, spearman, stepped_up
from infoplane.memorization.ensembles.c_score import c_scores, consistency
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.memorization.localization.prediction_depth import NEIGHBOURS, nearest_neighbours
from infoplane.names import TRAIN
from infoplane.runs.analyses.inputs import drawable
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.runs.ensembles.ensemble import Ensemble
from infoplane.runs.ensembles.stack import load_once
from infoplane.studies.claims import Claim, claim
from infoplane.studies.memorized_examples.claims import QUARTERS, quarters
from infoplane.studies.memorized_examples.measures import (
    agreements_by_member,
    over_members,
    single_training,
)
from infoplane.studies.study import Runs, Study, StudyOptions, ensembles_of
from infoplane.training.config import TrainingConfig

RATIOS = tuple(round(0.1 * tenth, 1) for tenth in range(1, 10))
RUN = "one training"
SPEED = ("correctness", "confidence", "cumulative_loss")  # the paper's, over a whole training
NEAR = "share of neighbours with its label"
SHOWN = 16  # examples of each end


def ensembles(options: StudyOptions) -> dict[str, EnsembleConfig]:
    """Return an ensemble for each ratio, by the share of the examples in a subset.

    As in the published script for MNIST: a perceptron of 512 and 256 units, SGD at .1, momentum .9,
    10 epochs in batches of 128; 200 networks a ratio. Departs from it: images are whitened one by
    one. Quick has 10,000 images, 32 networks a ratio, and 20 epochs.
    """
    paper, name = options.scale == "paper", options.data or "mnist"
    whole = {"digits": 1000, "cifar10": 50_000}.get(name, 60_000)
    size = whole if paper else min(whole, 10_000)
    base = EnsembleConfig(
        data=DataConfig(name, root=options.data_root, train_size=size, whiten=True),
        training=TrainingConfig(
            epochs=10 if paper else 20,
            batch_size=128,
            optimizer="sgd",
            learning_rate=0.1,
            device=options.device,
        ),
        networks=options.members or (200 if paper else 32),
        seed=options.seed,
    )
    return {f"at {ratio:g}": replace(base, ratio=ratio) for ratio in RATIOS}


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the training on all examples whose scores stand in for the C-score, three seeds."""
    return {RUN: single_training(next(iter(ensembles(options).values())))}


@lru_cache(maxsize=16)  # of all ratios
def _outcomes(ensemble: Ensemble) -> Outcomes:
    return ensemble.outcomes(TRAIN)


def by_ratio(runs: Runs) -> dict[float, Outcomes]:
    """Return the outcomes on the training examples, by the share of them in a subset."""
    return {e.config.ratio: _outcomes(e) for e in ensembles_of(runs).values()}


def scores_by_half(outcomes: dict[float, Outcomes]) -> list[Float[np.ndarray, " n"]]:
    """Return the C-score of each example by each half of the networks (complements together)."""
    parts = [halves(some) for some in outcomes.values()]
    return [
        c_scores(dict(zip(outcomes, half, strict=True)))["mean"].to_numpy()
        for half in zip(*parts, strict=True)
    ]


@lru_cache(maxsize=1)  # claims and tables ask for them
def neighbours_alike(ensemble: Ensemble) -> Float[np.ndarray, " n"]:
    """Return the share of the nearest other training inputs that have an example's own label."""
    train, _ = load_once(ensemble.config.data, ensemble.config.seed)
    k = min(NEIGHBOURS, len(train.labels) - 1)
    nearest = nearest_neighbours(train.inputs, k=k)
    alike = train.seen_labels[nearest] == train.seen_labels[:, None]
    return alike.double().mean(dim=1).numpy()


def proxies(runs: Runs) -> pd.DataFrame:
    """Return how far what is cheap ranks examples as 1 - C-score does, best first.

    Spearman's ρ is the mean over the networks of one training, ``spearman_sd`` its standard
    deviation. ``most`` is how far the order of the truth itself would agree with these ensembles:
    the root of what two halves of them agree by, stepped up.
    """
    most = max(stepped_up(spearman(*scores_by_half(by_ratio(runs)))), 0.0) ** 0.5
    table = over_members(_proxies_by_member(runs)).assign(most=most)
    columns = ["spearman", "spearman_sd", "direction", "seconds", "most"]
    return table[columns].sort_values("spearman", ascending=False).reset_index()


def _proxies_by_member(runs: Runs) -> list[pd.DataFrame]:
    hard = 1 - c_scores(by_ratio(runs))["mean"].to_numpy()
    near = neighbours_alike(next(iter(ensembles_of(runs).values())))
    return agreements_by_member(runs[RUN], hard, beside={NEAR: (near, -1)})


def profile(runs: Runs) -> pd.DataFrame:
    """Return by ratio how often networks are right on what they did not see, over examples."""
    rows = []
    for ratio, outcomes in by_ratio(runs).items():
        each = consistency(outcomes)[0]
        each = each[~np.isnan(each)]
        shares = np.quantile(each, (0.01, 0.05, 0.25, 0.5))
        names = ("quantile_1", "quantile_5", "quantile_25", "median")
        rows.append(
            {"ratio": ratio, "networks": outcomes.networks, "mean": each.mean()}
            | dict(zip(names, shares, strict=True))
            | {"never": (each == 0).mean()}
        )
    return pd.DataFrame(rows)


def claims(runs: Runs) -> list[Claim]:
    """Judge how accuracy grows with the subset, and what ranks examples as the C-score does."""
    outcomes = by_ratio(runs)
    parts = zip(*(quarters(some) for some in outcomes.values()), strict=True)
    courses = np.array(
        [[part.correct[~part.seen].mean() for part in of_ratios] for of_ratios in parts]
    )
    table = pd.DataFrame([of_member["spearman"] for of_member in _proxies_by_member(runs)])
    speed = table[[name for name in SPEED if name in table]].max(axis=1)
    others = table.drop(columns=[*SPEED, NEAR], errors="ignore").max(axis=1)
    between = spearman(*scores_by_half(outcomes))
    return [
        claim(
            "The more examples networks saw, the more of the others they are right on (accuracy "
            "unseen at .9, less that at .1)",
            courses[:, -1] - courses[:, 0],
            (np.diff(courses[:, [0, len(RATIOS) // 2, -1]], axis=1) > 0).all(axis=1),
            published="rises over all ratios (Jiang 2021)",
            unit="of the examples",
            null="0: subsets of a tenth are enough",
            refuted_by="an accuracy at .5 no higher than at .1, or at .9 no higher than at .5",
            of=QUARTERS,
        ),
        claim(
            "The C-score is the example's, not the networks': two halves of the networks rank "
            "examples alike (Spearman's ρ)",
            between,
            between > 0.5,
            unit="",
            null="0: what is ranked is chance",
            refuted_by="a ρ of .5 (our threshold) or less",
            of="halves",
        ),
        claim(
            "Learning speed says more of the C-score than closeness in input space does (ρ of the "
            "best score of learning speed, less that of the neighbours' labels)",
            (speed - table[NEAR]).to_numpy(),
            (speed > table[NEAR]).to_numpy(),
            unit="",
            published="learning speed agrees best, distances little (Jiang 2021: CIFAR-10)",
            null="0: closeness says as much",
            refuted_by="a ρ of the neighbours' labels that is as high",
        ),
        claim(
            "Of the scores of one training, one of learning speed agrees best (its ρ, less that of "
            "the best other score)",
            (speed - others).to_numpy(),
            (speed > others).to_numpy(),
            unit="",
            published="cumulative correctness and confidence agree best (Jiang 2021)",
            null="0: forgetting, norms of gradients or the last loss say as much",
            refuted_by="another score whose ρ is as high",
        ),
    ]


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw the C-scores, and the examples at both ends."""
    outcomes, first = by_ratio(runs), next(iter(ensembles_of(runs).values()))
    table = c_scores(outcomes)
    drawn = {"c-scores": consistency_figure(table, title="The C-score of training examples")}
    train, _ = load_once(first.config.data, first.config.seed)
    if train.inputs.ndim == 4:
        order = np.argsort(table["mean"].to_numpy(), kind="stable")
        images, labels = drawable(train.inputs), train.seen_labels.numpy()
        for name, some in (("lowest", order[:SHOWN]), ("highest", order[::-1][:SHOWN])):
            captions = [f"{labels[i]} · {table['mean'].iloc[i]:.2f}" for i in some]
            title = f"The {name} C-scores: label and score"
            drawn[name] = image_grid(images[some], captions, title=title)
    return drawn


def scores(runs: Runs) -> pd.DataFrame:
    """Return the C-score of every training example, by ratio and averaged, the lowest first."""
    examples = next(iter(ensembles_of(runs).values())).examples
    table = c_scores(by_ratio(runs))
    train = examples[examples["subset"] == TRAIN]
    for place, name in enumerate(("id", "label")):
        table.insert(place, name, train[name].to_numpy())
    return table.sort_values("mean", kind="stable", ignore_index=True)


STUDY = Study(
    name="jiang-2021",
    title="The C-score: which examples are regular, and what tells it cheaply",
    source="Jiang et al. 2021, Characterizing Structural Regularities of Labeled Data, "
    "arXiv:2002.03206",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=lambda runs: {
        "c-scores": scores(runs),
        "profile": profile(runs),
        "proxies": proxies(runs),
    },
    ensembles=ensembles,
)
