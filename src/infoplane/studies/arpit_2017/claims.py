"""The claims of Arpit et al. (2017), each judged in every member."""

from __future__ import annotations

import numpy as np
import pandas as pd

from infoplane.names import TEST, TRAIN
from infoplane.runs.analyses.criticality import kept_criticality
from infoplane.runs.run import Run
from infoplane.studies.arpit_2017.measures import (
    ONE_EPOCH,
    PARTIAL,
    accuracy_by_epoch,
    overdispersions,
)
from infoplane.studies.arpit_2017.sensitivity import kept_sensitivity
from infoplane.studies.claims import Claim, claim
from infoplane.studies.fitting import FITTED, epochs_to_fit
from infoplane.studies.study import Runs

NOISE = ("randX", "randY")
EASIER = 2.0  # overdispersion: more is far above a binomial's 1 …
AS_BINOMIAL = 1.5  # … and within this factor of it is about 1
HIGH = 0.9  # accuracy on the seen labels


def claims(runs: Runs) -> list[Claim]:
    """Judge every claim of order between real data and noise."""
    return [
        *_easiness(runs),
        *_sensitivity(runs),
        *_criticality(runs),
        *_pattern_first(runs[PARTIAL]),
        *(_growth(runs, noise) for noise in NOISE),
        *(_capacity(runs, noise) for noise in NOISE),
    ]


def _easiness(runs: Runs) -> list[Claim]:
    real, rand_x, rand_y = (overdispersions(runs[f"{k}{ONE_EPOCH}"]) for k in ("real", *NOISE))
    networks = runs[f"real{ONE_EPOCH}"].config.members
    what = f"overdispersion of errors over {networks} networks after one epoch"
    parts = {"unit": "", "of": "quarters of the examples"}
    return [
        claim(
            f"real: some examples are easier than others ({what}: above {EASIER:g}; spread over "
            f"{parts['of']})",
            real,
            real > EASIER,
            published="far wider than chance (figure 1, drawn, no numbers)",
            **parts,
            null="1: errors fall on examples by chance, as a binomial says",
            refuted_by=f"an overdispersion of {EASIER:g} or less (our threshold) in any quarter",
        ),
        claim(
            f"randX: all are equally easy ({what}: within a factor {AS_BINOMIAL:g} of 1)",
            rand_x,
            np.abs(np.log(rand_x)) <= np.log(AS_BINOMIAL),
            published="binomial (figure 1, drawn, no numbers)",
            **parts,
            null=f"{EASIER:g} and more, as of real data: some are easier",
            refuted_by=f"one more than a factor of {AS_BINOMIAL:g} (our threshold) from 1",
        ),
        claim(
            f"randY: between the two ({what}: more than randX, less than real)",
            rand_y,
            (rand_x < rand_y) & (rand_y < real),
            published="not binomial (figure 1, drawn, no numbers)",
            **parts,
            null="that of randX: labels make no example easier",
            refuted_by="an order other than this one in any quarter",
        ),
    ]


def _sensitivity(runs: Runs) -> list[Claim]:
    real, *noise = (_last(kept_sensitivity(runs[k]), "updates", "gini") for k in ("real", *NOISE))
    return [
        claim(
            f"The loss in training hangs on fewer examples of real data than of {name} (Gini of "
            "the unrolled loss sensitivity, real less noise)",
            real - gini,
            real > gini,
            unit="",
            published="higher for real data (§4.2, drawn, no numbers)",
            null="0: as equal in noise as in real data",
            refuted_by="a Gini coefficient of the noise that is as large, or larger",
        )
        for name, gini in zip(NOISE, noise, strict=True)
    ]


def _criticality(runs: Runs) -> list[Claim]:
    end = {
        kind: _last(kept_criticality(runs[kind]), "epoch", "critical_sample_ratio")
        for kind in ("real", PARTIAL, *NOISE)
    }
    more = [
        claim(
            f"{name} ends with more critical samples on held-out inputs than {less} (difference of "
            "ratios)",
            end[name] - end[less],
            end[name] > end[less],
            unit="",
            published="higher for randX, randY and more noise (§5, drawn, no numbers)",
            null="0: as many",
            refuted_by="a difference of 0 or less",
        )
        for name, less in (
            ("randX", "real"),
            ("randY", "real"),
            (PARTIAL, "real"),
            ("randY", PARTIAL),
        )
    ]
    table = kept_criticality(runs[PARTIAL])
    wide = table.pivot(index="epoch", columns="member", values="critical_sample_ratio")
    peaks = _peak(runs[PARTIAL])
    before = [wide.loc[wide.index[wide.index <= p], m].iloc[-1] for m, p in enumerate(peaks)]
    rise = end[PARTIAL] - np.array(before)
    return [
        *more,
        claim(
            f"{PARTIAL}: their ratio rises while noise is fitted (from the last look up to the "
            "peak on test, to the end)",
            rise,
            rise > 0,
            unit="",
            published="rises as noise is fitted (§5, drawn, no numbers)",
            null="0: as many at the end as before noise is fitted",
            refuted_by="a ratio that does not rise",
        ),
    ]


def _pattern_first(run: Run) -> list[Claim]:
    train, test = accuracy_by_epoch(run, TRAIN), accuracy_by_epoch(run, TEST)
    high = train.to_numpy() >= HIGH
    first = train.index.to_numpy()[high.argmax(axis=0)]
    # where noise is never fitted, what came before it cannot be said, and NaN > peak is false
    first = np.where(high.any(axis=0), first, np.nan)
    lost = np.where(high.any(axis=0), test.max() - test.iloc[-1], np.nan)
    n = int(run.training.loc[run.training["subset"] == TEST, "n"].iloc[0])
    chance = n**-0.5  # two standard errors of an accuracy, at most
    return [
        claim(
            f"{PARTIAL}: patterns first (epochs from the peak on test to {HIGH:.0%} on the seen "
            "labels)",
            first - _peak(run),
            first > _peak(run),
            unit="epochs",
            published="the peak comes first (drawn, no numbers)",
            null="0 epochs: noise is fitted as soon as patterns",
            refuted_by=f"{HIGH:.0%} (our threshold) at the peak or before; not judged if never",
        ),
        claim(
            f"{PARTIAL}: fitting noise costs accuracy on test (peak less end; more than the "
            f"{chance:.2g} that a peak over looks gains by chance; not judged where noise is not "
            "fitted)",
            lost,
            lost > chance,
            unit="",
            published="it falls after its peak (drawn, no numbers)",
            null="above 0 for a flat course too: the largest of many looks",
            refuted_by="a loss within two standard errors (our threshold)",
        ),
    ]


def _growth(runs: Runs, noise: str) -> Claim:
    """Judge how the time to fit grows from the fewest to the most examples, noise over real.

    randX does not slow down before there are many more examples than its 784 inputs, which the
    quick scale has not: 24,000 took a network of 128 units 24 epochs, as many digits 7.
    """
    grown = {kind: _grown(runs, kind) for kind in ("real", noise)}
    ratio = grown[noise] / grown["real"]
    sizes = [run.config.data.train_size for run in _sweep(runs, noise, "examples")]
    return claim(
        f"The time to fit {noise} to {FITTED:.0%} grows faster from {sizes[0]} to {sizes[-1]} "
        "examples than that of real data (ratio of growths; not judged where either is not fitted "
        "with the fewest)",
        ratio,
        ratio > 1,
        unit="",
        published="much faster for noise (drawn, no numbers)",
        null="1: both times grow alike",
        refuted_by=f"a ratio of 1 or less, of times to {FITTED:.0%} (our threshold; theirs 100%)",
    )


def _grown(runs: Runs, kind: str) -> np.ndarray:
    """Return time at most over time at fewest examples; at least so, where most are not fitted."""
    sweep = _sweep(runs, kind, "examples")
    few, many = epochs_to_fit(sweep[0]), epochs_to_fit(sweep[-1])
    if kind != "real":  # a lower bound speaks against the claim there, and for it in real data
        many = np.where(np.isnan(many), sweep[-1].config.training.epochs, many)
    return many / few


def _capacity(runs: Runs, noise: str) -> Claim:
    needed = {kind: _needed(runs, kind) for kind in ("real", noise)}
    widths = [run.config.network.hidden_widths[0] for run in _sweep(runs, noise, "units")]
    return claim(
        f"{noise} needs more units than real data (least of {', '.join(map(str, widths))} that "
        f"fits {FITTED:.0%}, noise over real; none counts as twice the most)",
        needed[noise] / needed["real"],
        needed[noise] > needed["real"],
        unit="",
        published="noise needs more (drawn, no numbers)",
        null="1: as many units",
        refuted_by="a ratio of 1 or less; more epochs may do what more units do",
    )


def _needed(runs: Runs, kind: str) -> np.ndarray:
    """Return the least width at which each member fits."""
    sweep = _sweep(runs, kind, "units")
    widths = np.array([run.config.network.hidden_widths[0] for run in sweep])
    fitted = ~np.isnan([epochs_to_fit(run) for run in sweep])  # [widths, members]
    return np.where(fitted.any(axis=0), widths[fitted.argmax(axis=0)], 2 * widths[-1])


def _sweep(runs: Runs, kind: str, of: str) -> list[Run]:
    """Return the runs of a sweep in order, with the one that both sweeps share."""
    swept = [
        run for name, run in runs.items() if name.startswith(f"{kind}, ") and name.endswith(of)
    ]
    return sorted(
        [*swept, runs[kind]],
        key=lambda run: (run.config.data.train_size or 0, run.config.network.hidden_widths),
    )


def _peak(run: Run) -> np.ndarray:
    """Return the epoch of the best accuracy on test, the first of equals, of each member."""
    test = accuracy_by_epoch(run, TEST)
    return test.index.to_numpy()[test.to_numpy().argmax(axis=0)]


def _last(table: pd.DataFrame, by: str, column: str) -> np.ndarray:
    """Return the last value of each member."""
    end = table[table[by] == table[by].max()]
    return end.sort_values("member")[column].to_numpy(dtype=np.float64)
