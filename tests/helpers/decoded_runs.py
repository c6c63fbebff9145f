"""Measurements as a run on half-corrupted labels would leave them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from infoplane.names import I_TY, STRONGEST, M
from infoplane.tables import MEASUREMENTS, table

END = (-0.04, 0.07, 0.86, 1.73, 2.0, 2.04, 2.05)  # M after 80 epochs at rate .5, real digits
LAYERS = ("input", *(f"layer{i}" for i in range(1, 6)), "logits")


def decoded(
    *,
    members: int = 2,
    epochs: tuple[int, ...] = (0, 2, 6, 20, 80),
    layers: int = 7,
    decoders: dict[str, float] | None = None,
    of_input: float = 0.0,
) -> pd.DataFrame:
    """Return what a run on half-corrupted labels measures by its decoders.

    Args:
        members, epochs, layers: how many, and which.
        decoders: the share of M that each reads; the strongest alone unless given.
        of_input: bits that the input says of the seen labels, and with it every layer.
    """
    rows = []
    places = itertools.product(range(members), epochs, range(layers))
    shares = (decoders or {STRONGEST: 1.0}).items()
    for (member, epoch, depth), (decoder, share) in itertools.product(places, shares):
        grown = 1 - np.exp(-epoch / 25)
        values = {
            (M, "train"): share * END[depth] * grown + 0.02 * member + of_input,
            (M, "test"): -0.01,
            (I_TY, "test"): 2.7 - 0.2 * depth * grown,
        }
        for (quantity, subset), bits in values.items():
            outside = bits > 0.05 and subset == "train"
            rows.append(
                {
                    **dict.fromkeys(MEASUREMENTS, np.nan),
                    **{"run": "r", "member": member, "epoch": epoch, "step": epoch},
                    **{"layer": LAYERS[depth], "depth": depth, "subset": subset},
                    **{"quantity": quantity, "estimator": decoder, "bits": bits},
                    **{"resolution": "2 folds", "saturated": False, "n": 4000, "width": 512},
                    **{"null_mean": 0.0, "null_std": 0.004, "p_value": 1 / 21 if outside else 0.6},
                    "ceiling": 2.42 if quantity == M else 3.32,
                }
            )
    return table(rows, MEASUREMENTS)
