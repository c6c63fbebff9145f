"""Memorized examples: seven measures by networks on subsets, and what M of layers says of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from infoplane.data.config import DataConfig
from infoplane.figures import (
    agreement_matrix,
    attack_roc,
    in_and_out,
    long_tail,
    memorization_histogram,
)
from infoplane.memorization.ensembles.influence import memorization
from infoplane.memorization.ensembles.lira import ATTACKS, likelihood_ratios, log_odds, roc
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.names import TEST, TRAIN
from infoplane.runs.analyses.inputs import drawable, training_images
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.runs.ensembles.ensemble import Ensemble
from infoplane.runs.ensembles.stack import load_once
from infoplane.studies.memorized_examples.claims import claims
from infoplane.studies.memorized_examples.measures import (
    HALF,
    NOISY,
    RANDOM,
    SEVEN_TENTHS,
    TRUE,
    agreement_table,
    c_score_table,
    cmi_table,
    layer_table,
    lira_table,
    outcomes_of,
    pairs_of,
    score_matrix,
    single_training,
)
from infoplane.studies.study import Runs, Study, StudyOptions, ensembles_of

CLEAR = 4  # standard errors of an influence that is drawn
TARGETS = 16  # networks that are attacked for the figure


def _sizes(options: StudyOptions) -> dict[str, int]:
    """Return training examples on true, on noisy and on random labels."""
    if options.data == "digits":
        return {TRUE: 1000, NOISY: 600, RANDOM: 400}
    paper = options.scale == "paper"
    return {TRUE: 60_000 if paper else 10_000, NOISY: 20_000 if paper else 4000, RANDOM: 1000}


def ensembles(options: StudyOptions) -> dict[str, EnsembleConfig]:
    """Return the ensembles: halves and seven tenths on true labels, noisy and random labels."""
    sizes, paper = _sizes(options), options.scale == "paper"
    name = options.data or "mnist"
    if name == "cifar10" and paper:
        sizes[TRUE] = 50_000
    data = DataConfig(name, root=options.data_root, train_size=sizes[TRUE], whiten=True)
    base = EnsembleConfig(data=data, networks=2000 if paper else 256, seed=options.seed)
    base = replace(base, training=replace(base.training, device=options.device))
    if options.members is not None:
        base = replace(base, networks=options.members)
    if name == "cifar10":  # fits no faster
        base = replace(base, training=replace(base.training, epochs=40))

    def noisy(rate: float, size: int, epochs: int, networks: int) -> EnsembleConfig:
        data = replace(base.data, labels="resampled", rate=rate, train_size=size)
        training = replace(base.training, epochs=epochs)
        return replace(base, data=data, training=training, networks=min(networks, base.networks))

    return {
        HALF: base,
        SEVEN_TENTHS: replace(base, ratio=0.7),
        NOISY: noisy(0.2, sizes[NOISY], 50, 128),
        RANDOM: noisy(1.0, sizes[RANDOM], 100, 64),
    }


def configure(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the single trainings whose scores are compared: on true and on noisy labels."""
    asked = ensembles(options)
    return {TRUE: single_training(asked[HALF]), NOISY: single_training(asked[NOISY])}


def tables(runs: Runs) -> dict[str, pd.DataFrame]:
    """Return agreement, attacks, conditional mutual information, pairs, and M by layer."""
    asked = ensembles_of(runs)
    return {
        "agreement": agreement_table(runs[TRUE], asked[HALF]),
        "agreement-noisy": agreement_table(runs[NOISY], asked[NOISY]),
        "attacks": lira_table(asked),
        "c-scores": c_score_table(asked[HALF], asked[SEVEN_TENTHS]),
        "cmi": cmi_table(asked),
        "pairs": pairs_of(asked[HALF])[0],
        "layers": layer_table(runs[NOISY], asked[NOISY]),
    }


def figures(runs: Runs) -> dict[str, Figure]:
    """Draw histograms, the long tail, attacks, one example, and the agreement of measures."""
    asked = ensembles_of(runs)
    half, noisy = asked[HALF], asked[NOISY]
    outcomes = outcomes_of(half)
    matrix, examples = score_matrix(runs[TRUE], half)
    drawn = {
        "memorization": _histogram(half, outcomes, "True labels"),
        "memorization-noisy": _histogram(noisy, outcomes_of(noisy), "A fifth of the labels random"),
        "attacks": _roc(outcomes),
        "in-and-out": _one_example(half, outcomes),
        "agreement": agreement_matrix(matrix, examples=examples, title="Measures of memorization"),
    }
    pairs, _ = pairs_of(half)
    pairs = pairs[pairs["influence"] > CLEAR * pairs["standard_error"]]
    if len(pairs) and len(load_once(half.config.data, half.config.seed)[0].inputs.shape) == 4:
        labels = half.examples.set_index("subset")["label"]
        drawn["long-tail"] = long_tail(
            pairs,
            training_images(runs[TRUE]),
            drawable(load_once(half.config.data, half.config.seed)[1].inputs),
            (labels[TRAIN].to_numpy(), labels[TEST].to_numpy()),
            title="The long tail",
        )
    return drawn


def shuffled(outcomes: Outcomes) -> Outcomes:
    """Return the outcomes with the memberships of other networks: nothing is memorized by them."""
    order = np.random.default_rng(0).permutation(outcomes.networks)
    return replace(outcomes, seen=outcomes.seen[order])


def _histogram(ensemble: Ensemble, outcomes: Outcomes, title: str) -> Figure:
    train = ensemble.examples[ensemble.examples["subset"] == TRAIN]
    table = pd.DataFrame(
        {
            "memorization": memorization(outcomes).values,
            "shuffled": memorization(shuffled(outcomes)).values,
            "corrupted": train["corrupted"].to_numpy(),
        }
    )
    return memorization_histogram(table, networks=outcomes.networks, title=title)


def _roc(outcomes: Outcomes) -> Figure:
    which = np.arange(min(TARGETS, outcomes.networks))
    curves = [
        roc(likelihood_ratios(outcomes, attack=a, targets=which), outcomes.seen[which]).assign(
            attack=a
        )
        for a in ATTACKS
    ]
    subtitle = f"{len(which)} networks, each attacked by the {outcomes.networks - 1} others"
    return attack_roc(pd.concat(curves), title="Who was trained on", subtitle=subtitle)


def _one_example(ensemble: Ensemble, outcomes: Outcomes) -> Figure:
    """Draw the example that is memorized most."""
    i = int(memorization(outcomes, soft=True).values.argmax())
    table = pd.DataFrame({"seen": outcomes.seen[:, i], "log_odds": log_odds(outcomes.log2_p[:, i])})
    example = ensemble.examples[ensemble.examples["subset"] == TRAIN].iloc[i]
    return in_and_out(table, title=f"Example {example.id}, label {example.seen_label}")


STUDY = Study(
    name="memorized-examples",
    title="Which examples are memorized, by the definitions of the field and by M of each layer",
    source="Feldman & Zhang 2020; Jiang et al. 2021; Carlini et al. 2022; Harutyunyan et al. 2021; "
    "Hellström & Durisi 2022; Morris et al. 2025",
    configure=configure,
    claims=claims,
    figures=figures,
    tables=tables,
    ensembles=ensembles,
)
