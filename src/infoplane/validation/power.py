"""The power of the decoders: what they find of a planted memorized part, by how and how much."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context

import pandas as pd
import torch

from infoplane.information.decoders.usable import DecoderSettings, decoded
from infoplane.names import DECODERS
from infoplane.validation.planted import LEAKS, planted

SIZES = (200, 500, 1000, 2000, 5000, 10_000)
PARTS = (0.0, 0.1, 0.25, 0.5, 1.0)  # of what can be memorized
Case = tuple[str, int, float, int]  # leak, n, share, seed


def power_rows(
    *,
    leaks: Sequence[str] = LEAKS,
    sizes: Sequence[int] = SIZES,
    shares: Sequence[float] = PARTS,
    seeds: int = 3,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Measure M of planted leaks by every decoder.

    Args:
        leaks: see ``planted``.
        sizes: numbers of samples.
        shares: of the samples that hold their label.
        seeds: repetitions.
        jobs: processes.
        progress: called with the number of layers measured, and of all.

    Returns:
        Columns ``leak, n, share, decoder``; ``true``, the planted bits, ``found``, the mean over
        seeds, ``spread``, their standard deviation, and ``ceiling``, H(Ỹ|Y), bits.
    """
    cases = list(product(leaks, sorted(sizes, reverse=True), shares, range(seeds)))
    rows = []
    for done, case_rows in enumerate(_measured(cases, jobs), start=1):
        rows += case_rows
        if progress:
            progress(done, len(cases))
    return averaged(pd.DataFrame(rows))


def averaged(table: pd.DataFrame) -> pd.DataFrame:
    """Return the means over seeds of one row for each measurement."""
    grouped = table.groupby(["leak", "n", "share", "decoder"], sort=False)
    return grouped.agg(
        true=("true", "mean"),
        found=("found", "mean"),
        spread=("found", "std"),
        ceiling=("ceiling", "mean"),
    ).reset_index()


def _measured(cases: list[Case], jobs: int) -> Iterator[list[dict[str, object]]]:
    if jobs == 1:
        yield from map(_case, cases)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=torch.set_num_threads, initargs=(1,)) as p:
        yield from p.map(_case, cases)


def _case(case: Case) -> list[dict[str, object]]:
    leak, n, share, seed = case
    layer = planted(leak, n, share, seed)
    estimates = decoded(
        layer.t, layer.seen_labels[None], DecoderSettings(DECODERS, seed=seed), given=layer.labels
    )
    return [
        {
            "leak": leak,
            "n": n,
            "share": share,
            "decoder": name,
            "true": share * estimate.ceiling,
            "found": estimate.bits,
            "ceiling": estimate.ceiling,
        }
        for name, estimate in estimates.items()
    ]
