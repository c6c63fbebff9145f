"""One number for each layer and quantity of a look, as experiment trackers take them."""

from __future__ import annotations

import pandas as pd

from infoplane.names import BINS, DECODERS, I_TY, I_TY_SEEN, I_XT, SWEPT, TEST, TRAIN, M
from infoplane.trackers import PREFIX

QUANTITIES = (M, I_TY, I_TY_SEEN, I_XT)
PLAIN = {(M, TRAIN): "memorized", (M, TEST): "control", (I_TY, TEST): "learned"}


def scalars(measurements: pd.DataFrame) -> dict[str, float]:
    """Return the values of the last look in bits, by name.

    By the strongest decoder, or the one there is: ``infoplane/memorized/LAYER`` (M of the training
    examples), ``infoplane/control/LAYER`` (M of test examples with fresh noise),
    ``infoplane/learned/LAYER`` (held-out I(T;Y)), each beside its mean null
    (``infoplane/memorized null/LAYER``); without a test part ``infoplane/I(T;Y) train/LAYER``. By
    bins and other estimators, of training examples, ``infoplane/I(X;T) bins/LAYER``. Values that
    are saturated say nothing of the layer, and are left out.
    """
    if measurements.empty:
        return {}
    last = measurements[measurements["epoch"] == measurements["epoch"].max()]
    last = last[(last["step"] == last["step"].max()) & last["quantity"].isin(QUANTITIES)]
    present = set(last["estimator"])
    decoder = next((name for name in DECODERS if name in present), None)
    plain = {name for name in present if name not in DECODERS and not name.startswith(SWEPT)}
    plain -= {name for name in plain if name.startswith(f"{BINS}, ")}  # corrections of the same
    last = last[last["estimator"].isin({decoder, *plain}) & ~last["saturated"].astype(bool)]
    decoded, of_train = last["estimator"] == decoder, last["subset"] == TRAIN
    held_out = (decoded & (last["quantity"] == I_TY) & ~of_train).any()
    seen_before = decoded & of_train & (last["quantity"] == I_TY)
    last = last[(decoded | of_train) & ~(seen_before & held_out)]
    values: dict[str, float] = {}
    for row in last.sort_values("depth", kind="stable").to_dict("records"):
        kind = _kind(row["quantity"], row["subset"], row["estimator"])
        name = f"{PREFIX}/{kind}/{row['layer']}"
        values[name] = float(row["bits"])
        if pd.notna(row["null_mean"]):
            values[f"{PREFIX}/{kind} null/{row['layer']}"] = float(row["null_mean"])
    return values


def _kind(quantity: str, subset: str, estimator: str) -> str:
    if estimator in DECODERS:
        return PLAIN.get((quantity, subset), f"{quantity} {subset}")
    return f"{quantity} {estimator}"
