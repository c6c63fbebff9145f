"""Tables as a run would leave them: deeper layers compress, early ones stay at the wall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from infoplane import tables
from infoplane.names import I_TY, I_TY_SEEN, I_XT

EPOCHS = [*range(20), *range(20, 100, 5), *range(100, 401, 20)]
N = 5000
CLASSES = 10


def null_bits(entropy: float) -> float:
    """Plug-in I(T;Y) of shuffled labels: it rises with H(T), as with 5,000 real examples."""
    return float(np.log2(CLASSES) / (1 + np.exp(-(entropy - 11.0) / 0.55)))


def layer_bits(
    depth: int, layers: int, epoch: int, *, random_labels: bool, wobble: float
) -> tuple[float, float]:
    """I(X;T) and label information of one layer at one epoch."""
    deep = depth / layers  # 1 at the logits
    wall, label = np.log2(N), np.log2(CLASSES)
    pace = 60.0 if random_labels else 6.0
    learned = 1 - np.exp(-epoch / pace)
    rising = min(wall - 0.05 * depth, 12.4 - 1.9 * deep * np.exp(-epoch / 3))
    late = (epoch / (epoch + pace * 4)) * max(deep - (0.5 if random_labels else 0.25), 0) * 2
    x = max(rising - late * (5.0 if random_labels else 8.3) + wobble * deep, 0.5)
    floor = null_bits(x)
    known = label * learned * (0.25 + 0.75 * deep)
    if random_labels:
        known = label * learned * max(deep - 0.45, 0) / 0.55
    y = floor + (label - floor) * known / label
    return min(x, wall - 0.01), min(y, label)


def measurements(
    *,
    random_labels: bool = False,
    members: int = 3,
    layers: int = 8,
    epochs: Sequence[int] = EPOCHS,
    labels: Sequence[str] = (I_TY, I_TY_SEEN),
) -> pd.DataFrame:
    """A measurements table of a network with an input, hidden layers and logits."""
    draw = np.random.default_rng(0)
    names = ["input", *(f"layer{i}" for i in range(1, layers)), "logits"]
    rows = []
    for member in range(members):
        wobbles = draw.normal(0, 0.25, len(names))
        for epoch in epochs:
            for depth, layer in enumerate(names):
                wobble = wobbles[depth] + draw.normal(0, 0.04)
                x, y = layer_bits(depth, layers, epoch, random_labels=random_labels, wobble=wobble)
                if depth == 0:
                    x, y = np.log2(N), np.log2(CLASSES)
                common = {
                    "run": "a1", "member": member, "epoch": epoch, "step": epoch * 20,
                    "layer": layer, "depth": depth, "subset": "train", "estimator": "bins",
                    "resolution": "bins of width 0.5", "n": N, "width": 20, "saturated": x > 11.67,
                }  # fmt: skip
                rows.append(
                    common
                    | {"quantity": I_XT, "bits": x, "ceiling": np.log2(N)}
                    | {"null_mean": np.nan, "null_std": np.nan, "p_value": np.nan}
                )
                for label in labels:
                    true_of_random = random_labels and label == I_TY
                    floor = min(null_bits(x), np.log2(CLASSES))
                    bits = floor if true_of_random else y
                    rows.append(
                        common
                        | {"quantity": label, "bits": bits, "ceiling": np.log2(CLASSES)}
                        | {"null_mean": floor, "null_std": 0.012}
                        | {"p_value": 0.5 if bits <= floor + 0.024 else 1 / 21}
                    )
    return tables.table(rows, tables.MEASUREMENTS)


def training(*, corrupted: float = 0.3, members: int = 3) -> pd.DataFrame:
    """A training table of a run whose labels are corrupted in part: clean first, then the rest."""
    draw = np.random.default_rng(1)
    wrong_labels = int(N * corrupted)
    sizes = {"train": N, "clean": N - wrong_labels, "corrupted": wrong_labels, "test": 1000}
    rows = []
    for member in range(members):
        for epoch in EPOCHS:
            clean = 1 - 0.9 * np.exp(-epoch / 5) + draw.normal(0, 0.004)
            wrong = 0.02 + 0.98 / (1 + np.exp(-(epoch - 150) / 25)) + draw.normal(0, 0.006)
            test = 0.93 - 0.83 * np.exp(-epoch / 5) - 0.2 * wrong * corrupted / 0.3
            parts = {"clean": (clean, clean), "corrupted": (wrong, 0.95 * (1 - wrong) * clean)}
            if not corrupted:
                parts = {}
            seen = (1 - corrupted) * clean + corrupted * wrong
            true = (1 - corrupted) * clean + corrupted * 0.95 * (1 - wrong) * clean
            parts |= {"train": (seen, true), "test": (test, test)}
            for subset, (accuracy, true_accuracy) in parts.items():
                loss = 3.4 * (1 - accuracy) + (0.008 * epoch if subset == "test" else 0.02)
                rows.append(
                    {"run": "a1", "member": member, "epoch": epoch, "step": epoch * 20}
                    | {"subset": subset, "loss": loss, "accuracy": min(accuracy, 1.0)}
                    | {"true_accuracy": min(true_accuracy, 1.0), "n": sizes[subset]}
                )
    return tables.table(rows, tables.TRAINING)
