"""The claims of Zhang et al. 2017, each measured in every network and member."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
import torch

from infoplane import seeds
from infoplane.memorization.expressivity import memorizing_network
from infoplane.names import TRAIN
from infoplane.runs.run import Run
from infoplane.studies.claims import Claim, claim
from infoplane.studies.fitting import FITTED
from infoplane.studies.study import Runs
from infoplane.studies.zhang_2017.measures import (
    ORDER,
    RANDOM,
    TRUE,
    at_end,
    by_rate,
    cells,
    networks,
    slowdown,
    steps_to_fit,
    test_error,
)
from infoplane.studies.zhang_2017.published import TABLE_1, TEST_ERROR, slowdown_at

SMALL_FACTOR = 5.0
GROWS = 0.9  # rank correlation
NEAR_CHANCE = 0.05  # of test error around 1 - 1/classes


def claims(runs: Runs) -> list[Claim]:
    """Judge fitting, order, slow-down, test error and regularizers of each network."""
    all_claims: list[Claim] = []
    for network in networks(runs):
        of_network = cells(runs, network)
        for cell, run in of_network.items():
            all_claims.append(_fits(network, cell, run))
        all_claims += _order(network, of_network)
        all_claims += _rates(network, of_network)
        all_claims += _regularizers(network, of_network)
    return [*all_claims, _theorem_1()]


def _fits(network: str, cell: str, run: Run) -> Claim:
    fitted = at_end(run, TRAIN)
    published = TABLE_1.get((network, cell))
    return claim(
        f"{network}, {cell}: every label is fitted (accuracy on the seen labels at the end; "
        f"{FITTED} or more)",
        fitted,
        fitted >= FITTED,
        unit="",
        published="" if published is None else f"{published[0] / 100:g} (Table 1)",
        null="the share of the largest class: one answer for all images",
        refuted_by=f"less than {FITTED} (our threshold) in any network, in as many epochs",
    )


def _order(network: str, runs: dict[str, Run]) -> Iterator[Claim]:
    """Each neighbouring pair of the published order of the five corruptions."""
    there = [cell for cell in ORDER if cell in runs]
    steps = "5k < 6k < 8.3k < 8.7k < 14k steps (figure 1 a, read off)"
    published = steps if network == "inception" else ""
    for faster, slower in pairwise(there) if len(there) > 2 else ():
        later = steps_to_fit(runs[slower]) - steps_to_fit(runs[faster])
        yield claim(
            f"{network}: {slower} take longer than {faster} (steps to {FITTED} accuracy, "
            "difference; never reached counts as twice the training)",
            later,
            later > 0,
            unit="steps",
            published=published,
            null="0 steps: the two take as long",
            refuted_by=f"a difference of 0 steps or less (to {FITTED}: our threshold)",
        )


def _rates(network: str, runs: dict[str, Run]) -> Iterator[Claim]:
    factor = slowdown(runs, RANDOM)
    yield claim(
        f"{network}: random labels slow fitting by a small factor (below {SMALL_FACTOR:g}, both "
        "fitted)",
        factor,
        factor < SMALL_FACTOR,
        unit="times",
        published=slowdown_at(network, 1.0),
        null="1: random labels take as long as true ones",
        refuted_by=f"{SMALL_FACTOR:g} or more (our threshold); not judged where one is not fitted",
    )
    error = test_error(runs[RANDOM])
    classes = runs[RANDOM].examples["label"].nunique()
    chance = 1 - 1 / classes
    entry = TABLE_1.get((network, RANDOM))
    yield claim(
        f"{network}: random labels teach nothing: test error within {NEAR_CHANCE} of {chance:g}",
        error,
        np.abs(error - chance) <= NEAR_CHANCE,
        unit="",
        published="" if entry is None else f"{1 - entry[1] / 100:.3f} (Table 1)",
        null=f"{chance:g}, whatever is fitted: a control of how labels are drawn",
        refuted_by=f"an error farther than {NEAR_CHANCE} (our threshold) from it",
    )
    rates = by_rate(runs)
    if len(rates) < 3:
        return
    errors = pd.DataFrame([test_error(runs[cell]) for cell in rates.values()])  # [rates, members]
    ranks = errors.rank().corrwith(pd.Series(list(rates)).rank()).to_numpy()
    first, last = (TEST_ERROR.get(network, (np.nan,))[i] for i in (0, -1))
    yield claim(
        f"{network}: test error grows with the rate (rank correlation; above {GROWS})",
        ranks,
        ranks > GROWS,
        unit="",
        published=f"{first:g} → {last:g} (figure 1 c, read off)",
        null="0: no order of test error and rate",
        refuted_by=f"a correlation of {GROWS} (our threshold) or less",
    )


def _regularizers(network: str, runs: dict[str, Run]) -> Iterator[Claim]:
    """Regularizers help a little, and nothing hinges on them."""
    gains = {
        cell: 100 * (test_error(runs[TRUE]) - test_error(runs[cell]))
        for cell in ("weight decay", "crop", "crop and weight decay")
        if cell in runs
    }
    for cell, gain in gains.items():
        published = ""
        if (network, cell) in TABLE_1:
            difference = TABLE_1[network, cell][1] - TABLE_1[network, TRUE][1]
            published = f"{difference:+.2f} points (Table 1)"
        learned = 100 * (test_error(runs[RANDOM]) - test_error(runs[TRUE]))
        yield claim(
            f"{network}: {cell} adds less to test accuracy than half of what learning without it "
            "does over random labels",
            gain,
            gain < learned / 2,
            unit="points",
            published=published,
            null="0 points: no help",
            refuted_by="a gain of half (our threshold) or more",
        )
    if "crop" in gains:
        ahead = gains["crop"] - gains["weight decay"]
        published_rows = [TABLE_1.get((network, cell)) for cell in ("crop", "weight decay")]
        crop, decay = (np.nan if row is None else row[1] for row in published_rows)
        published = "" if np.isnan(crop + decay) else f"{crop - decay:+.2f} points (Table 1)"
        yield claim(
            f"{network}: augmentation helps more than weight decay (difference of the gains)",
            ahead,
            ahead > 0,
            unit="points",
            published=published,
            null="0 points: both help as much",
            refuted_by="a difference of 0 or less",
        )


def _theorem_1(*, n: int = 500, d: int = 20, draws: int = 5) -> Claim:
    """The largest error of the constructed network on random points and random real labels."""
    errors = []
    for draw in range(draws):
        generator = seeds.generator(draw, "theorem 1")
        x, y = torch.randn(n, d, generator=generator), torch.randn(n, generator=generator)
        network = memorizing_network(x, y, generator=generator)
        errors.append(float((network(x) - y).abs().max()))
    return claim(
        f"Theorem 1: two layers of 2n + d = {2 * n + d:,} weights fit any labels of {n} points in "
        f"{d} dimensions (largest error, over {draws} draws; at most 1e-6)",
        errors,
        np.array(errors) <= 1e-6,
        of="draws",
        unit="",
        published="exactly (Theorem 1)",
        null="about 3: the largest of the labels, by which a network that is 0 is wrong",
        refuted_by="an error above 1e-6 (our threshold, for float64) in any draw",
    )
