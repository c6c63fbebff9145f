"""Where a member of a run ended: accuracy, and its last hidden layer in bits."""

from __future__ import annotations

from typing import Any

import pandas as pd

from infoplane import tables
from infoplane.names import I_TY, I_XT, TEST, TRAIN, M

VALUES = ("train accuracy", "test accuracy", I_XT, I_TY, M)


def end(training: pd.DataFrame, measurements: pd.DataFrame) -> dict[str, Any]:
    """Return the last values of one member."""
    if training.empty or measurements.empty:
        return {}
    last = training[training["epoch"] == training["epoch"].max()].set_index("subset")
    hidden = measurements[measurements["depth"] < measurements["depth"].max()]
    layer = hidden.sort_values("depth")["layer"].iloc[-1]
    of_layer = hidden[hidden["layer"] == layer]
    told = of_layer[(of_layer["subset"] == tables.main_subset(measurements))]
    binned = told[told["estimator"] == "bins"]
    values = {"layer": layer}
    for name, subset, column in (
        ("train accuracy", TRAIN, "accuracy"),
        ("test accuracy", TEST, "true_accuracy"),
    ):
        values[name] = last[column].get(subset, float("nan"))
    for quantity in (I_XT, I_TY):
        values[quantity] = _last(binned, quantity)
    decoder = next(iter(tables.decoders(measurements)), "")
    decoded = of_layer[(of_layer["subset"] == TRAIN) & (of_layer["estimator"] == decoder)]
    return values | {M: _last(decoded, M)}


def _last(rows: pd.DataFrame, quantity: str) -> float:
    rows = rows[rows["quantity"] == quantity].sort_values("epoch")
    return rows["bits"].iloc[-1] if len(rows) else float("nan")
