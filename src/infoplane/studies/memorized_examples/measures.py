"""What the study measures of its ensembles and of the single trainings beside them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file
from torch import Tensor

from infoplane.information.decoders.folds import copies
from infoplane.information.decoders.usable import DecoderSettings, pointwise_information
from infoplane.memorization.config import MemorizationConfig
from infoplane.memorization.ensembles.agreement import agreement, reliability, spearman
from infoplane.memorization.ensembles.bits import memorized_label_bits
from infoplane.memorization.ensembles.c_score import c_scores, consistency
from infoplane.memorization.ensembles.influence import influential_pairs, memorization
from infoplane.memorization.ensembles.lira import attack_table
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.memorization.ensembles.supersample import (
    error_cmi,
    pooled_error_cmi,
    prediction_cmi,
)
from infoplane.names import KNN, LINEAR, TEST, TRAIN
from infoplane.networks.build import build_network
from infoplane.observing.bins import make_bins
from infoplane.observing.config import ObservingConfig
from infoplane.observing.observer import Observer
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.runs.ensembles.ensemble import Ensemble
from infoplane.runs.ensembles.stack import load_once
from infoplane.runs.run import Run
from infoplane.runs.storage.folder import WEIGHTS
from infoplane.scores import SCORES

TRUE, NOISY = "true labels", "noisy labels"
HALF, SEVEN_TENTHS, RANDOM = "true labels, half", "true labels, seven tenths", "random labels"
READERS = (KNN, LINEAR)
HELPED = 0.25  # least influence of a pair: at the paper's .15 most are chance of few networks
FZ, FZ_SOFT, CONSISTENCY, BITS = "memorization", "memorization, soft", "1 − C-score", "bits"


@lru_cache(maxsize=8)  # training and test part of all four ensembles
def outcomes_of(ensemble: Ensemble, subset: str = TRAIN) -> Outcomes:
    """Return the outcomes of an ensemble on a subset, read once."""
    return ensemble.outcomes(subset)


def scores_of(run: Run, member: int) -> dict[str, np.ndarray]:
    """Return each score of a single training, by training example."""
    rows = run.examples[(run.examples["subset"] == TRAIN) & (run.examples["member"] == member)]
    return {score.name: rows[score.name].to_numpy(np.float64) for score in SCORES} | {
        "final_loss": rows["loss"].to_numpy(np.float64)
    }


def measures_of(outcomes: Outcomes) -> dict[str, np.ndarray]:
    """Return the measures that an ensemble gives of single examples, higher for more memorized."""
    return {
        FZ: memorization(outcomes).values,
        FZ_SOFT: memorization(outcomes, soft=True).values,
        CONSISTENCY: 1 - consistency(outcomes)[0],
        BITS: memorized_label_bits(outcomes).values,
    }


DIRECTIONS = {score.name: score.direction for score in SCORES} | {"final_loss": +1}


def single_training(ensemble: EnsembleConfig) -> RunConfig:
    """Return the training on all examples, three seeds, whose scores are compared."""
    return RunConfig(
        data=ensemble.data,
        network=ensemble.network,
        training=ensemble.training,
        observing=ObservingConfig(schedule="log", points=2, permutations=2),
        memorization=MemorizationConfig(
            examples="always", looks=2, decoder="none", keep_weights=False
        ),
        members=3,
        seed=ensemble.seed,
    )


def agreements_by_member(
    run: Run,
    reference: np.ndarray,
    *,
    beside: Mapping[str, tuple[np.ndarray, int]] | None = None,
) -> list[pd.DataFrame]:
    """Return how the scores of each member of a training agree with a reference, by score.

    Args:
        run: the training.
        reference: of its examples, higher for more memorized.
        beside: further scores that belong to no member, each with its direction; their seconds are
            not known.
    """
    beside = beside or {}
    directions = DIRECTIONS | {name: direction for name, (_, direction) in beside.items()}
    seconds = dict.fromkeys(DIRECTIONS, training_seconds(run)) | dict.fromkeys(beside, np.nan)
    others = {name: values for name, (values, _) in beside.items()}
    return [
        agreement(
            scores_of(run, member) | others, reference, directions=directions, seconds=seconds
        ).set_index("score")
        for member in range(run.config.members)
    ]


def over_members(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the table of the first member with the mean of ρ over all, and its deviation."""
    rho = pd.concat(tables).groupby(level=0)["spearman"]
    return tables[0].assign(spearman=rho.mean(), spearman_sd=rho.std())


def training_seconds(run: Run) -> float:
    """Return the seconds that one of the networks of a run took to train."""
    return float(run.read("seconds")["training"].sum()) / run.config.members


def agreement_table(run: Run, ensemble: Ensemble) -> pd.DataFrame:
    """Return how the scores of single trainings agree with memorization, hard and soft.

    Spearman's ρ is the mean over members, ``spearman_sd`` its standard deviation; the interval is
    over examples, of the first. ``most`` is how far the order of the truth itself would agree with
    this ensemble, the root of its reliability. Measures by the ensemble itself stand below, with
    the seconds of all of its networks.
    """
    outcomes = outcomes_of(ensemble)
    of_ensemble = measures_of(outcomes)
    parts = []
    for soft, reference in ((False, FZ), (True, FZ_SOFT)):
        of_members = over_members(agreements_by_member(run, of_ensemble[reference]))
        others = {name: v for name, v in of_ensemble.items() if name != reference}
        own = agreement(
            others,
            of_ensemble[reference],
            directions=dict.fromkeys(others, 1),
            seconds=dict.fromkeys(others, ensemble.seconds),
        ).set_index("score")
        table = pd.concat([of_members, own])
        table["most"] = max(reliability(outcomes, soft=soft), 0.0) ** 0.5
        parts.append(table.reset_index().assign(reference=reference))
    return pd.concat(parts, ignore_index=True)


def score_matrix(run: Run, ensemble: Ensemble) -> tuple[pd.DataFrame, int]:
    """Return Spearman's ρ between all measures and scores, in stated directions, and n."""
    columns = measures_of(outcomes_of(ensemble))
    columns |= {name: DIRECTIONS[name] * values for name, values in scores_of(run, 0).items()}
    frame = pd.DataFrame(columns)
    frame = frame.loc[:, frame.nunique() > 1].dropna(axis=1)
    frame.columns = [str(name).replace("_", " ") for name in frame.columns]
    return frame.rank().corr(), len(frame)


def c_score_table(*ensembles: Ensemble) -> pd.DataFrame:
    """Return the C-score of each training example, by the ratio of each ensemble and averaged."""
    table = c_scores({e.config.ratio: outcomes_of(e) for e in ensembles})
    examples = ensembles[0].examples
    table.insert(0, "id", examples.loc[examples["subset"] == TRAIN, "id"].to_numpy())
    return table


def lira_table(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
    """Return how well each attack tells members of the ensembles of halves.

    At other ratios an example may be in all subsets, or in none, of few networks.
    """
    halves = {name: e for name, e in ensembles.items() if e.config.ratio == 0.5}
    tables = [attack_table(outcomes_of(e)).assign(ensemble=name) for name, e in halves.items()]
    return pd.concat(tables, ignore_index=True)


def cmi_table(ensembles: Mapping[str, Ensemble]) -> pd.DataFrame:
    """Return errors, e-CMI and f-CMI of the ensembles of halves."""
    rows = []
    for name, ensemble in ensembles.items():
        if ensemble.config.ratio == 0.5:
            found = cmi_of(outcomes_of(ensemble), ensemble.pairs())
            test = float(1 - outcomes_of(ensemble, TEST).correct.mean())
            rows.append({"ensemble": name, **found, "test_error": test})
    return pd.DataFrame(rows)


def cmi_of(outcomes: Outcomes, pairs: np.ndarray) -> dict[str, float]:
    """Return errors on what networks saw and did not see, and information on who saw what."""
    pooled, given = pooled_error_cmi(outcomes, pairs), error_cmi(outcomes, pairs)
    predicted = prediction_cmi(outcomes, pairs)
    return {
        "training_error": float(1 - outcomes.correct[outcomes.seen].mean()),
        "unseen_error": float(1 - outcomes.correct[~outcomes.seen].mean()),
        "e_cmi_pooled": pooled.bits,
        "e_cmi_pooled_se": pooled.standard_error,
        "e_cmi": given.bits,
        "e_cmi_se": given.standard_error,
        "e_cmi_null": given.null,
        "f_cmi": predicted.cmi.bits,
        "f_cmi_null": predicted.cmi.null,
        "f_cmi_bound": predicted.bound,
    }


@lru_cache(maxsize=4)
def pairs_of(ensemble: Ensemble) -> tuple[pd.DataFrame, int]:
    """Return the pairs of memorized and helped examples, and how many chance gives."""
    outcomes, on = outcomes_of(ensemble), outcomes_of(ensemble, TEST)
    shuffled = np.random.default_rng(0)
    by_chance = influential_pairs(outcomes, on, influence=HELPED, shuffled=shuffled)
    return influential_pairs(outcomes, on, influence=HELPED), len(by_chance)


@lru_cache(maxsize=2)
def layer_table(run: Run, ensemble: Ensemble) -> pd.DataFrame:
    """Return how far M of each layer, example by example, agrees with what the ensemble says.

    Of every member, layer and decoder: ``bits``, the sum of the examples' M over n; ``ensemble``,
    that of the ensemble's bits; ``spearman`` with memorization (soft) over all examples, and over
    those with wrong and with true labels alone, which the kind of label cannot explain (NaN where
    a decoder says the same of all); ``seconds`` of the decoder. How far they could agree:
    ``between_members``, ρ of M of wrong labels with that of another member (NaN where all share
    the layer), and ``most_wrong``, the root of the reliability of memorization among wrong labels.
    """
    train, _ = load_once(run.config.data, run.config.seed)
    outcomes = outcomes_of(ensemble)
    memorized = memorization(outcomes, soft=True).values
    wrong, groups = train.corrupted.numpy(), copies(train.inputs)
    kinds = {"": np.ones_like(wrong), "_wrong": wrong, "_true": ~wrong}
    shared = {
        "ensemble": memorized_label_bits(outcomes).values.mean(),
        "most_wrong": max(reliability(outcomes.on(wrong), soft=True), 0.0) ** 0.5,
    }
    rows = []
    for name, depth, members in _layers(run):
        for decoder in READERS:
            settings = DecoderSettings((decoder,), folds=2, seed=run.config.seed)
            started = time.perf_counter()
            each = [
                pointwise_information(
                    t, train.seen_labels, settings, given=train.labels, groups=groups
                )[decoder].numpy()
                for t in members
            ]
            seconds = (time.perf_counter() - started) / len(members)
            for member, m in enumerate(each):
                other = each[member - 1] if len(each) > 1 else None
                rho = {
                    f"spearman{kind}": spearman(m[some], memorized[some])
                    for kind, some in kinds.items()
                }
                between = np.nan if other is None else spearman(m[wrong], other[wrong])
                rows.append(
                    {"member": member, "layer": name, "depth": depth, "decoder": decoder}
                    | {"bits": m.mean(), "seconds": seconds, "between_members": between}
                    | rho
                    | shared
                )
    return pd.DataFrame(rows)


def _layers(run: Run) -> Iterator[tuple[str, int, list[Tensor]]]:
    """Yield name, depth and activations [members, n, d] of each layer at the end of training."""
    train, _ = load_once(run.config.data, run.config.seed)
    model = build_network(
        run.config.network,
        input_shape=train.inputs.shape[1:],
        classes=train.classes,
        seed=run.config.seed,
        members=run.config.members,
    )
    model.load_state_dict(load_file(run.path / WEIGHTS))
    observer = Observer(model.eval(), train.inputs, make_bins(run.config.observing))
    with torch.inference_mode():
        for depth, (name, _, members) in enumerate(observer.whole_layers(train.inputs)):
            yield name, depth, [t.float() for t in members]
