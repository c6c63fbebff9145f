"""The estimators as a table: what each takes, what parts it from I(T;Y), its cost and source."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pandas as pd

from infoplane.information.core.estimator import Estimator
from infoplane.information.registry import CLASSES


def estimators() -> pd.DataFrame:
    """Return one row an estimator, by the name that ``mutual_information`` takes.

    Returns:
        Columns ``name``; ``takes``: labels, values or both, as y; ``repeats``: whether rows of t
        may repeat; ``bias``: what always parts it from I(T;Y), "" where nothing does with enough
        samples; ``parameters`` with their usual values; ``cost``: the order of its time for n
        samples of d units; ``source``: the paper.
    """
    return pd.DataFrame([_row(estimator) for estimator in CLASSES])


def _row(estimator: type[Estimator]) -> dict[str, Any]:
    return {
        "name": estimator.name,
        "takes": ", ".join(estimator.takes),
        "repeats": estimator.atoms,
        "bias": estimator.bias,
        "parameters": ", ".join(f"{f.name}={f.default!r}" for f in fields(estimator)),
        "cost": estimator.cost,
        "source": estimator.source,
    }
