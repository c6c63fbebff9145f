"""Measurements as a run on half-corrupted labels would leave them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from infoplane.tables import I_TY, MEASUREMENTS, M, table

END = (-0.04, 0.07, 0.86, 1.73, 2.0, 2.04, 2.05)  # M after 80 epochs at rate .5, real digits
LAYERS = ("input", *(f"layer{i}" for i in range(1, 6)), "logits")


def decoded(
    *, members: int = 2, epochs: tuple[int, ...] = (0, 2, 6, 20, 80), layers: int = 7
) -> pd.DataFrame:
    """Return what a run on half-corrupted labels measures by its decoders."""
    rows = []
    for member, epoch, depth in itertools.product(range(members), epochs, range(layers)):
        grown = 1 - np.exp(-epoch / 25)
        values = {
            (M, "train"): END[depth] * grown + 0.02 * member,
            (M, "test"): -0.01,
            (I_TY, "test"): 2.7 - 0.2 * depth * grown,
        }
        for (quantity, subset), bits in values.items():
            rows.append(
                {
                    **dict.fromkeys(MEASUREMENTS, np.nan),
                    **{"run": "r", "member": member, "epoch": epoch, "step": epoch},
                    **{"layer": LAYERS[depth], "depth": depth, "subset": subset},
                    **{"quantity": quantity, "estimator": "k-NN decoder", "bits": bits},
                    **{"resolution": "k ≤ 50", "saturated": False, "n": 4000, "width": 512},
                    "ceiling": 2.42 if quantity == M else 3.32,
                }
            )
    return table(rows, MEASUREMENTS)
