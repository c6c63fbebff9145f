"""The claims on the price of a label; members are draws of weights, noise and random labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from infoplane.studies.achille_2018.measures import (
    AT,
    AT_ONCE,
    BELOW,
    EXTRA_AT,
    FEWER,
    GAUSSIAN,
    LOG_UNIFORM,
    LONGER,
    WIDER,
    extra_nats,
    of_draws,
    shares_at,
    sweeps,
    transitions,
    varied,
)
from infoplane.studies.achille_2018.sweep import RANDOM, TRUE
from infoplane.studies.claims import Claim, claim
from infoplane.studies.study import Runs

NOTHING, ALL, HALF = 0.05, 0.95, 0.5  # of the label bits
APART = 0.5  # decades of the price
SAME = 0.2  # of the price
NEAR = 1.5  # times


def claims(runs: Runs) -> list[Claim]:
    """Judge the predictions under each prior, then what else moves the transition."""
    points = sweeps(runs)
    found = transitions(points)
    under = [
        judged
        for prior in (LOG_UNIFORM, GAUSSIAN)
        for judged in (
            *_random(points, found, prior),
            *_true(points, found, prior),
            _extra(points, prior),
        )
    ]
    return [*under, *_instrument(found), *_rates(found)]


def _random(points: pd.DataFrame, found: pd.DataFrame, prior: str) -> Iterator[Claim]:
    rate = of_draws(found, prior, RANDOM, "rate")
    yield claim(
        f"{prior}: a bit of a random label takes a bit of weights or more (the most label bits a "
        "bit of weights, at any price)",
        rate,
        rate <= 1,
        unit="bits a bit",
        published="at most 1: I(w;D) is what is memorized or more (Achille & Soatto 2018, eq. 2)",
        null="above 1: bits of weights that are not all counted, as an improper prior may",
        refuted_by="a rate above 1",
    )
    above, below = shares_at(points, prior, RANDOM, AT), shares_at(points, prior, RANDOM, BELOW)
    yield claim(
        f"{prior}: at β = {AT:g} no random labels are kept (share of their bits; below {NOTHING})",
        above,
        above < NOTHING,
        unit="of the bits",
        published="underfitting above β = 1 (Achille & Soatto 2018, fig. 1)",
        null=f"{shares_at(points, prior, TRUE, AT).mean():.2f}, of true labels at this price",
        refuted_by=f"a share of {NOTHING} (our threshold) or more",
    )
    yield claim(
        f"{prior}: at β = {BELOW:g} all random labels are kept (share of their bits; {ALL} or "
        "more)",
        below,
        below >= ALL,
        unit="of the bits",
        published="complete overfitting below β = 1 (Achille & Soatto 2018, fig. 1)",
        null="0: the transition is at a lower price",
        refuted_by=f"a share below {ALL} (our threshold)",
    )
    decades = of_draws(found, prior, TRUE, "decades") - of_draws(found, prior, RANDOM, "decades")
    yield claim(
        f"{prior}: random labels are lost more sharply than true ones (decades of β from nine "
        "tenths of the bits to one: those of true labels less those of random ones)",
        decades,
        decades > 0,
        unit="decades",
        published="a sharp transition against a gradual one (Achille & Soatto 2018, fig. 1)",
        null="0: both are lost as gradually",
        refuted_by="0 decades or less",
    )


def _true(points: pd.DataFrame, found: pd.DataFrame, prior: str) -> Iterator[Claim]:
    share = shares_at(points, prior, TRUE, AT)
    yield claim(
        f"{prior}: at β = {AT:g} true labels are kept (share of their bits; {HALF} or more)",
        share,
        share >= HALF,
        unit="of the bits",
        published="fitted at many β above 1 (Achille & Soatto 2018, fig. 1)",
        null="0: true labels cost as much as random ones",
        refuted_by=f"a share below {HALF} (our threshold)",
    )
    half = {kind: of_draws(found, prior, kind, "half") for kind in (TRUE, RANDOM)}
    apart = np.log10(half[TRUE] / half[RANDOM])
    yield claim(
        f"{prior}: there is a wide range of β at which true labels are kept and random ones are "
        f"not (decades between the prices that half of the bits are kept at; {APART} or more)",
        apart,
        apart >= APART,
        unit="decades",
        published="wide (Achille & Soatto 2018, fig. 1)",
        null="0: one transition for all labels",
        refuted_by=f"less than {APART} decades (our threshold)",
    )


def _extra(points: pd.DataFrame, prior: str) -> Claim:
    nats = extra_nats(points, prior)
    return claim(
        f"{prior}: a random label takes about 3 nats of weights more than a true one, at β = "
        f"{EXTRA_AT:g} (within {NEAR} times)",
        nats,
        (nats >= 3 / NEAR) & (nats <= 3 * NEAR),
        unit="nats a label",
        published="3, about the size of a label, 2.3 (Achille & Soatto 2018: a fixed β below 1)",
        null="0: labels without meaning take no more",
        refuted_by=f"less than {3 / NEAR:g} or more than {3 * NEAR:g} nats (our tolerance)",
    )


def _instrument(found: pd.DataFrame) -> Iterator[Claim]:
    for prior, variation, kind, why in (
        (LOG_UNIFORM, AT_ONCE, RANDOM, "the start does not matter"),
        (LOG_UNIFORM, AT_ONCE, TRUE, "the start does not matter"),
        (GAUSSIAN, AT_ONCE, RANDOM, "the start does not matter"),
        (GAUSSIAN, AT_ONCE, TRUE, "the start does not matter"),
        (LOG_UNIFORM, LONGER, RANDOM, "the steps suffice"),
        (GAUSSIAN, LONGER, RANDOM, "the steps suffice"),
        (LOG_UNIFORM, FEWER, RANDOM, "the number of examples does not matter"),
        (LOG_UNIFORM, WIDER, RANDOM, "twice the units do not matter"),
    ):
        half = of_draws(found, prior, kind, "half")
        ratio = of_draws(found, varied(prior, variation), kind, "half") / half
        yield claim(
            f"{prior}, {variation}, {kind} labels: {why} (the price that half of the bits are kept "
            f"at, over that of the first sweep; within {SAME:.0%})",
            ratio,
            np.abs(ratio - 1) <= SAME,
            unit="",
            published="β = 1 for any number of examples and any network, of random labels",
            null="1: the transition is the network's",
            refuted_by=f"a ratio more than {SAME} (our tolerance) from 1",
        )


def _rates(found: pd.DataFrame) -> Iterator[Claim]:
    """What the best weights do does not depend on the start, though where labels are lost may."""
    for prior in (LOG_UNIFORM, GAUSSIAN):
        first = of_draws(found, prior, RANDOM, "rate")
        ratio = of_draws(found, varied(prior, AT_ONCE), RANDOM, "rate") / first
        yield claim(
            f"{prior}, {AT_ONCE}, random labels: as many bits are kept a bit of weights (the rate "
            f"below which β is worth its labels, over that of the first sweep; within {SAME:.0%})",
            ratio,
            np.abs(ratio - 1) <= SAME,
            unit="",
            null="the ratio of the prices that half is kept at: the optimizer's, not the network's",
            refuted_by=f"rates that differ by more than {SAME} (our tolerance)",
        )
