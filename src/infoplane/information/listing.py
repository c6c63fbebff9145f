"""The estimators as a table: what each takes, what parts it from I(T;Y), its cost and source."""

from __future__ import annotations

from inspect import signature
from typing import Any

import pandas as pd

from infoplane.information.registry import BIASES, ESTIMATORS, NAMES
from infoplane.names import BINS

OF_BINS: dict[str, Any] = {
    "takes": "labels, values",
    "repeats": True,
    "parameters": "bin_width, bins, bin_range, binning, correction, alphabet_size",
    "cost": "n d + n log n",
    "source": "Shwartz-Ziv & Tishby 2017",
}


def estimators() -> pd.DataFrame:
    """Return one row an estimator, by the name that ``mutual_information`` takes.

    Returns:
        Columns ``name``; ``takes``: labels, values or both, as y; ``repeats``: whether rows of t
        may repeat; ``bias``: what always parts it from I(T;Y), "" where nothing does with enough
        samples; ``parameters`` with their usual values; ``cost``: the order of its time for n
        samples of d units; ``source``: the paper.
    """
    return pd.DataFrame([{"name": name, **_known(name)} for name in NAMES])


def _known(name: str) -> dict[str, Any]:
    if name == BINS:
        return OF_BINS | {"bias": BIASES[BINS]}
    estimator = ESTIMATORS[name]
    own = [
        f"{p.name}={p.default!r}"
        for p in signature(estimator.function).parameters.values()
        if p.kind is p.KEYWORD_ONLY and p.name not in ("seed", *estimator.fixed)
    ]
    return {
        "takes": ", ".join(estimator.takes),
        "repeats": estimator.atoms,
        "bias": estimator.bias,
        "parameters": ", ".join(own),
        "cost": estimator.cost,
        "source": estimator.source,
    }
