"""How often a stated error holds what it should, and how often a null holds independent values."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from infoplane import seeds
from infoplane.information.as_text import make
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import Estimator
from infoplane.information.decoders.estimator import FAMILIES
from infoplane.information.decoders.usable import usable_information
from infoplane.information.mutual_information import mutual_information
from infoplane.information.registry import ESTIMATORS
from infoplane.names import BINS, INSIDE_NULL

SIZES = (150, 1000, 4000)
REPETITIONS = 200
BATCH = 20  # repetitions in one task
M = "M, "  # and the decoder
JACKKNIFED, GROUPS = (BINS, "ross", "kde-lower", "edge"), 20
DECODERS = ("knn", "linear", "mlp", "strongest")
FLIPPED = 0.1  # labels y, of which so many are drawn anew: the truth below is exact
NORMAL = 1.96

Draw = tuple[Tensor, Tensor]


def coverage_rows(
    only: Collection[str] | None = None,
    *,
    sizes: Collection[int] = SIZES,
    repetitions: int = REPETITIONS,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Measure coverage of errors and nulls, nominally .95, in repeated samples.

    The null: t and y are independent, and a value counts as inside with p > .05. The error: t is
    one of two clusters, which tells a label that is then flipped with chance .1, so that I(T;Y) is
    .531 bits exactly; the interval is the value ± 1.96 standard errors. Where an estimator is
    biased at n, its error can but cover its own expectation: both are counted.

    Args:
        only: names of estimators, and "M, knn" … of the memorized part; all unless given.
        sizes: numbers of samples.
        repetitions: of each.
        jobs: processes.
        progress: called with the number of batches done, and of all.

    Returns:
        Columns ``measure, n, repetitions``; ``null_inside``; ``covers_truth, covers_expectation``,
        shares; ``bias``, ``spread`` and ``stated_error`` (the mean), bits.
    """
    names = list(only) if only else [*_stating(), *(M + name for name in DECODERS)]
    batches = range(0, repetitions, BATCH)
    tasks = [
        (name, n, first, min(BATCH, repetitions - first))
        for name, n, first in product(names, sorted(sizes, reverse=True), batches)
    ]
    rows = []
    for done, batch_rows in enumerate(_measured(tasks, jobs), start=1):
        rows += batch_rows
        if progress:
            progress(done, len(tasks))
    return summarised(pd.DataFrame(rows))


def summarised(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each measure and number of samples, of one for each repetition."""
    of = rows.groupby(["measure", "n"], sort=False)
    return pd.DataFrame([_summary(group) for _, group in of])


def _stating() -> list[str]:
    """The estimators that make a null unless asked otherwise, and some that state an error."""
    with_null = [name for name, estimator in ESTIMATORS.items() if estimator.permutations >= 2]
    return [*with_null, *(f"{name}, jackknife" for name in JACKKNIFED)]


def _measured(tasks: list[tuple[str, int, int, int]], jobs: int) -> Iterator[list[dict[str, Any]]]:
    if jobs == 1:
        yield from map(_batch, tasks)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=torch.set_num_threads, initargs=(1,)) as p:
        yield from p.map(_batch, tasks)


def _batch(task: tuple[str, int, int, int]) -> list[dict[str, Any]]:
    name, n, first, count = task
    measure = _measure(name)
    rows = []
    for repetition in range(first, first + count):
        by_chance = measure(*_independent(n, repetition), seed=repetition)
        no_null = math.isnan(by_chance.p_value)
        estimate = measure(*_flipped(n, repetition), seed=repetition, permutations=0)
        rows.append(
            {
                "measure": name,
                "n": n,
                "inside": math.nan if no_null else by_chance.p_value > INSIDE_NULL,
                "bits": estimate.bits,
                "error": estimate.standard_error,
            }
        )
    return rows


def _measure(name: str) -> Callable[..., Estimate]:
    if name.startswith(M):
        return partial(_memorized, name.removeprefix(M))
    name, _, repeated = name.partition(", ")
    estimator = make(name, {"bins": 2} if name == BINS else {})
    options: dict[str, Any] = {"jackknife": GROUPS, "permutations": 0} if repeated else {}
    if "labels" not in estimator.takes:
        return partial(_of_values, estimator)
    return lambda t, y, **more: mutual_information(t, y, estimator, **(more | options))


def _of_values(estimator: Estimator, t: Tensor, y: Tensor, **more: Any) -> Estimate:
    """I(T;Y) of values from which the label can be read without error: it is that of the label."""
    draw = seeds.generator(more["seed"], "coverage, values", len(y))
    values = y + 0.05 * torch.randn(len(y), generator=draw)
    return mutual_information(t, values, estimator, **more)


def _memorized(
    decoder: str, t: Tensor, y: Tensor, *, seed: int, permutations: int = 20
) -> Estimate:
    """M of seen labels y where the true label is the parity of the number of a sample."""
    labels = torch.arange(len(y)) % 2
    options = {"decoder": FAMILIES[decoder], "permutations": permutations, "seed": seed}
    return usable_information(t, y, given=labels, **options)


def _independent(n: int, repetition: int) -> Draw:
    draw = seeds.generator(repetition, "coverage, independent", n)
    return torch.randn(n, 2, generator=draw), torch.randint(2, (n,), generator=draw)


def _flipped(n: int, repetition: int) -> Draw:
    draw = seeds.generator(repetition, "coverage, flipped", n)
    labels = torch.randint(2, (n,), generator=draw)
    t = torch.randn(n, 2, generator=draw)
    t[:, 0] = 0.3 * t[:, 0] + 4 * (2 * labels - 1)
    flips = torch.rand(n, generator=draw) < FLIPPED
    return t, torch.where(flips, 1 - labels, labels)


def truth() -> float:
    """Return 1 - H(.1) in bits: the information of the clusters on their flipped label."""
    return 1 + FLIPPED * np.log2(FLIPPED) + (1 - FLIPPED) * np.log2(1 - FLIPPED)


def _summary(rows: pd.DataFrame) -> dict[str, Any]:
    bits, error = rows["bits"].to_numpy(), rows["error"].to_numpy()
    stated = bool(np.isfinite(error).all())

    def covers(value: float) -> float:
        return float(_within(bits, value, error).mean()) if stated else float("nan")

    return {
        "measure": rows["measure"].iloc[0],
        "n": rows["n"].iloc[0],
        "repetitions": len(rows),
        "null_inside": rows["inside"].astype(float).mean(),
        "covers_truth": covers(truth()),
        "covers_expectation": covers(float(bits.mean())),
        "bias": bits.mean() - truth(),
        "spread": bits.std(ddof=1),
        "stated_error": error.mean() if stated else float("nan"),
    }


def _within(
    bits: Float[np.ndarray, " r"], value: float, error: Float[np.ndarray, " r"]
) -> Bool[np.ndarray, " r"]:
    return np.abs(bits - value) <= NORMAL * error + 1e-12
