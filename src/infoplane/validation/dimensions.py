"""The error of every estimator against the number of dimensions and of samples."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from infoplane import seeds as seeding
from infoplane.errors import InfoplaneError
from infoplane.information.as_text import make
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import Estimator, Kind
from infoplane.information.mutual_information import mutual_information
from infoplane.information.registry import ESTIMATORS
from infoplane.names import BINS
from infoplane.validation.discrete_family import class_mixture
from infoplane.validation.distribution import BITS
from infoplane.validation.protocol import rotated_normal

DIMENSIONS = (1, 4, 16, 64)
SIZES = (1000, 10_000)
NATS = 1 / BITS  # 1 bit, in nats, of T and Y together, whatever their width
CLASSES, APART = 4, 2.0  # normal classes on a line of random direction, standard deviations apart
BIN_WIDTH = 0.5
MOST_SECONDS = 60.0  # of one estimate; longer ones are left out
REPEATED = 10.0  # seconds of all samples of a row, after which no further one is drawn
SHUFFLES, QUICK = 2, 5.0  # of the first sample, where an estimate takes fewer seconds

DIMENSION_ROWS = {
    "estimator": "string",
    "y": "string",  # labels or values
    "dimensions": "int64",
    "n": "int64",
    "truth": "float64",  # bits
    "estimate": "float64",  # bits, mean over samples; NaN where there is none
    "error": "float64",  # estimate - truth
    "spread": "float64",  # standard deviation over samples, NaN of one
    "null": "float64",  # mean of shuffled y, of the first sample; NaN where that takes too long
    "samples": "int64",
    "seconds": "float64",  # of one estimate, without its null
    "flags": "string",  # that any of the samples raised, joined by ", "
    "not_measured": "string",  # why there is no estimate; "" where there is one
}


def dimension_rows(
    only: Collection[str] | None = None,
    *,
    dimensions: Collection[int] = DIMENSIONS,
    sizes: Collection[int] = SIZES,
    seeds: int = 3,
    progress: Callable[[dict[str, Any]], None] | None = None,
) -> pd.DataFrame:
    """Estimate one known information in spaces of several widths, from few and from many samples.

    Labels: four normal classes on a line, 2 standard deviations apart; the other directions are
    noise, so that the truth is that of the line. Values: normal T and Y of the same width, 1 bit
    spread evenly over their pairs of coordinates, both sides turned.

    Args:
        only: names of estimators; all unless given.
        dimensions: widths of T, and of Y where it is values.
        sizes: numbers of samples, rising.
        seeds: samples of each; fewer where they would take more than ten seconds together.
        progress: called with each row.

    Returns:
        Columns of ``DIMENSION_ROWS``; bits, and seconds of one estimate without its null.

    Raises:
        InfoplaneError: where a name is not that of an estimator.

    Cost: an estimate that would take over a minute, by its declared growth, is left out and says
    so. All of them take about an hour of one core, most of it the trained bounds.
    """
    unknown = set(only or ()) - set(ESTIMATORS)
    if unknown:
        raise InfoplaneError(
            f"only has {', '.join(sorted(unknown))}; give some of: {', '.join(ESTIMATORS)}."
        )
    rows = []
    for name in only or ESTIMATORS:
        estimator = make(name, {"bin_width": BIN_WIDTH} if name == BINS else {})
        for kind, d in product(estimator.takes, dimensions):
            for row in _growing(estimator, kind, d, sorted(sizes), seeds):
                rows.append(row)
                if progress:
                    progress(row)
    return pd.DataFrame(rows, columns=list(DIMENSION_ROWS)).astype(DIMENSION_ROWS)


def _growing(
    estimator: Estimator, kind: Kind, d: int, sizes: list[int], seeds: int
) -> Iterator[dict[str, Any]]:
    """Yield a row a number of samples; those that would take too long are only said to."""
    seconds, measured = 0.0, sizes[0]
    for n in sizes:
        expected = seconds * (n / measured) ** _power(estimator)
        if expected > MOST_SECONDS:
            yield _row(estimator, kind, d, n, [], [], f"takes over {MOST_SECONDS:.0f} s")
            continue
        row = _measured(estimator, kind, d, n, seeds)
        seconds, measured = row["seconds"], n
        yield row


def _power(estimator: Estimator) -> int:
    """The power of n with which its time grows, as it declares it; 0 where there is no n in it."""
    powers = {"n³": 3, "n²": 2}
    return max(
        (powers.get(n, 1) for n in re.findall(r"\bn(?![a-z])[²³]?", estimator.cost)), default=0
    )


def _measured(estimator: Estimator, kind: Kind, d: int, n: int, seeds: int) -> dict[str, Any]:
    estimates: list[Estimate] = []
    seconds: list[float] = []
    for seed in range(seeds):
        t, y = _draw(kind, d, n, seed)
        start = time.perf_counter()
        try:
            estimates.append(mutual_information(t, y, estimator, permutations=0, seed=seed))
        except InfoplaneError as error:
            return _row(estimator, kind, d, n, [], [], str(error))
        seconds.append(time.perf_counter() - start)
        if seed == 0 and seconds[0] < QUICK:
            estimates[0] = mutual_information(t, y, estimator, permutations=SHUFFLES, seed=seed)
        if sum(seconds) > REPEATED:
            break
    return _row(estimator, kind, d, n, estimates, seconds)


def _draw(kind: Kind, d: int, n: int, seed: int) -> tuple[Tensor, Tensor]:
    if kind == "values":
        return rotated_normal(NATS, d, n, seed, even=True)
    draw = seeding.generator(seed, "validation: dimensions", d, n)
    return class_mixture(CLASSES, APART, d).sample(n, draw)


def _truth(kind: Kind) -> float:
    return 1.0 if kind == "values" else class_mixture(CLASSES, APART, 1).truth_bits


def _row(
    estimator: Estimator,
    kind: Kind,
    d: int,
    n: int,
    estimates: list[Estimate],
    seconds: list[float],
    why: str = "",
) -> dict[str, Any]:
    bits = np.array([estimate.bits for estimate in estimates])
    flags = dict.fromkeys(flag for estimate in estimates for flag in _held_against(estimate))
    return {
        "estimator": estimator.name,
        "y": kind,
        "dimensions": d,
        "n": n,
        "truth": _truth(kind),
        "estimate": bits.mean() if estimates else np.nan,
        "error": bits.mean() - _truth(kind) if estimates else np.nan,
        "spread": bits.std(ddof=1) if len(bits) > 1 else np.nan,
        "null": estimates[0].null_mean if estimates else np.nan,
        "samples": len(bits),
        "seconds": np.mean(seconds) if seconds else np.nan,
        "flags": ", ".join(flags),
        "not_measured": why,
    }


def _held_against(estimate: Estimate) -> tuple[str, ...]:
    return (*estimate.flags, *["saturated"] * estimate.saturated)
