"""The claims on memorized examples; those on ensembles by each quarter of the networks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from infoplane.memorization.ensembles.agreement import rank_correlation
from infoplane.memorization.ensembles.influence import memorization
from infoplane.memorization.ensembles.lira import attack_table
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.memorization.ensembles.supersample import (
    error_cmi,
    pooled_error_cmi,
    prediction_cmi,
)
from infoplane.runs.ensembles.ensemble import Ensemble
from infoplane.runs.run import Run
from infoplane.studies.claims import Claim, claim
from infoplane.studies.memorized_examples.measures import (
    DIRECTIONS,
    HALF,
    NOISY,
    RANDOM,
    READERS,
    TRUE,
    layer_table,
    outcomes_of,
    pairs_of,
    scores_of,
)
from infoplane.studies.study import Runs, ensembles_of

QUARTERS = "quarters of the networks"
EQUAL, NINE_TENTHS = 0.005, 0.02  # bits: how near two values are called equal


def quarters(outcomes: Outcomes) -> list[Outcomes]:
    """Return four parts of the networks; complements stay together."""
    edges = np.linspace(0, outcomes.networks // 2, 5).astype(int) * 2
    return [outcomes.of(slice(a, b)) for a, b in pairwise(edges)]


def claims(runs: Runs) -> list[Claim]:
    """Judge each claim."""
    asked = ensembles_of(runs)
    half, random = asked[HALF], asked[RANDOM]
    return [
        *_information(half),
        _random_labels(random),
        _attack(half),
        _helpers(half),
        _cumulative_loss(runs[TRUE], half),
        *_layers(runs[NOISY], asked[NOISY]),
    ]


def _information(ensemble: Ensemble) -> list[Claim]:
    pairs, parts = ensemble.pairs(), quarters(outcomes_of(ensemble))
    training = np.array([1 - part.correct[part.seen].mean() for part in parts])
    unseen = np.array([1 - part.correct[~part.seen].mean() for part in parts])
    pooled = np.array([pooled_error_cmi(part, pairs).bits for part in parts])
    given = np.array([error_cmi(part, pairs).bits for part in parts])
    null = np.array([error_cmi(part, pairs).null for part in parts])
    bound = np.array([prediction_cmi(part, pairs).bound for part in parts])
    return [
        claim(
            "e-CMI in bits an example is the error on unseen examples, where training has none "
            "(pooled over pairs, less that error)",
            np.where(training < EQUAL, pooled - unseen, np.nan),
            abs(pooled - unseen) < EQUAL,
            published="equal (Wang & Mao 2023, for interpolating algorithms)",
            null="less by the whole error: 0 bits where nothing is memorized",
            refuted_by=f"a difference of {EQUAL} bits (ours) or more",
            of=QUARTERS,
        ),
        claim(
            "Given the supersample, e-CMI is more than that error (ratio, less its null): few "
            "examples make most errors",
            (given - null) / unseen,
            given - null > unseen,
            unit="times the error",
            null="1: all examples are wrong unseen with one chance; at most 2",
            refuted_by="a ratio of 1 or less",
            of=QUARTERS,
        ),
        claim(
            "The bound by f-CMI holds and says something: the gap of errors is below it, and it is "
            "below 1",
            bound,
            (bound > unseen - training) & (bound < 1),
            unit="errors an example",
            published=".026 for a gap of .008 (Harutyunyan 2021: MNIST 4 against 9, n = 4,000)",
            null="1: a bound that says nothing",
            refuted_by="a bound of 1 or more, or below the gap",
            of=QUARTERS,
        ),
    ]


def _random_labels(ensemble: Ensemble) -> Claim:
    pairs, parts = ensemble.pairs(), quarters(outcomes_of(ensemble))
    bits = np.array([pooled_error_cmi(part, pairs).bits for part in parts])
    return claim(
        "On random labels of ten classes e-CMI is .9 bits an example (pooled over pairs)",
        bits,
        abs(bits - 0.9) < NINE_TENTHS,
        published=".9, the error of guessing, where training has none",
        null="0 bits: nothing is memorized",
        refuted_by=f"a value further from .9 than {NINE_TENTHS} bits (ours)",
        of=QUARTERS,
    )


def _attack(ensemble: Ensemble) -> Claim:
    parts = quarters(outcomes_of(ensemble))
    tables = [attack_table(part, targets=16).set_index("attack") for part in parts]
    rates = np.array([table.loc["online", "tpr_at_0.001"] for table in tables])
    return claim(
        "Some members are told for sure: LiRA online has more than ten times the true positives of "
        "chance at .1 % false ones",
        100 * rates,
        rates > 0.01,
        unit="%",
        published="8.4 % (Carlini 2022: CIFAR-10, WRN-28-2, 256 shadow models)",
        null=".1 %: chance",
        refuted_by="1 % (our threshold) or less",
        of=QUARTERS,
    )


def _helpers(ensemble: Ensemble) -> Claim:
    pairs, by_chance = pairs_of(ensemble)
    return claim(
        "Memorized examples help test examples: pairs with memorization and influence of .25 or "
        "more, beyond ten times what shuffled networks give",
        float(len(pairs)),
        len(pairs) > 10 * by_chance,
        unit="pairs",
        published="35, of influence .15 or more (Feldman & Zhang 2020: MNIST, 60,000)",
        null=f"{by_chance} pairs, by shuffled networks",
        refuted_by="ten times as many as by shuffled networks (ours), or fewer",
        of="ensembles",
    )


def _cumulative_loss(run: Run, ensemble: Ensemble) -> Claim:
    reference = memorization(outcomes_of(ensemble), soft=True).values
    ahead = []
    for member in range(run.config.members):
        rho = {
            name: rank_correlation(DIRECTIONS[name] * values, reference).rho
            for name, values in scores_of(run, member).items()
            if np.ptp(values) > 0
        }
        ahead.append(rho.pop("cumulative_loss") - max(rho.values()))
    return claim(
        "Of the scores of one training, cumulative loss agrees most with memorization (Spearman's "
        "ρ with the soft form, less the best other's)",
        ahead,
        np.array(ahead) > 0,
        unit="",
        published=".79 against .72 of the best other of one training (Ravikumar 2025: Pearson, "
        "CIFAR-100)",
        null="0: another score agrees as well",
        refuted_by="another score that agrees as well or more",
    )


def _layers(run: Run, ensemble: Ensemble) -> list[Claim]:
    table = layer_table(run, ensemble)
    of_input = table[table["depth"] == 0].set_index(["decoder", "member"])["spearman_wrong"]
    found = []
    for depth in sorted(set(table["depth"]) - {0}):
        for decoder in READERS:
            rows = table[(table["depth"] == depth) & (table["decoder"] == decoder)]
            rho = rows["spearman_wrong"].to_numpy()
            beside = np.nan_to_num(of_input[decoder].to_numpy())  # a decoder that says nothing
            least = 1.96 / (ensemble.examples["corrupted"].sum() - 3) ** 0.5
            found.append(
                claim(
                    f"Of wrong labels, those that {rows['layer'].iloc[0]} holds most of are most "
                    f"memorized (Spearman's ρ of M, read by the {decoder}, with memorization, "
                    "beyond the input's)",
                    rho - beside,
                    rho - np.maximum(beside, 0) > least,
                    unit="",
                    null="0, as of labels shuffled within a kind; the input's own ρ is "
                    f"{beside.mean():.2f}",
                    refuted_by=f"a ρ that is not {least:.2f} above the input's and 0 (two standard "
                    "errors)",
                )
            )
    return found
