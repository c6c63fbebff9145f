"""The 60,000-sample snapshot: bins of width 0.5 on eight layers, I(X;T) and I(T;Y)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from benchmarks import published
from benchmarks.measuring import Row, seconds
from infoplane.information.binned.counting import Labels, make_labels
from infoplane.information.binned.hashing import hash_activations
from infoplane.information.binned.plug_in import PLUG_IN, binned_information
from infoplane.information.binned.rules import FixedWidth
from infoplane.information.core import compiling

SAMPLES = 60_000
WIDTHS = (784, 1024, 1024, 20, 20, 20, 10, 10)
BINS = FixedWidth(0.5)


def snapshot() -> tuple[list[torch.Tensor], np.ndarray]:
    """Return layers like those of a trained net: wide ones all distinct, narrow ones clustered."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(SAMPLES) % 10
    layers = []
    for depth, width in enumerate(WIDTHS):
        centres = torch.randn(10, width, generator=generator)
        noise = torch.randn(SAMPLES, width, generator=generator) / (1 + depth)
        layers.append(torch.tanh(centres[y] + noise))
    return layers, y.numpy()


def measure(layers: list[torch.Tensor], labels: Labels) -> list[tuple[float, float]]:
    """Measure all layers."""
    values = []
    for t in layers:
        hashes = hash_activations(t, BINS).numpy()
        bits = {
            m.quantity: m.estimate.bits
            for m in binned_information(hashes, {"Y": labels}, resolution=BINS.resolution)
            if m.estimate.estimator == PLUG_IN
        }
        values.append((bits["I(X;T)"], bits["I(T;Y)"]))
    return values


def rows() -> Iterator[Row]:
    """Time the snapshot without and with its null, against unique rows and one read of it."""
    layers, y = snapshot()
    alone = make_labels(y, permutations=0, seed=0)
    with_null = make_labels(y, permutations=20, seed=0)
    theirs = [published.binned_information(t.numpy(), y, 0.5) for t in layers]
    np.testing.assert_allclose(measure(layers, alone), theirs, atol=1e-9, rtol=0)

    slow = seconds(
        lambda: [published.binned_information(t.numpy(), y, 0.5) for t in layers], repeats=1
    )
    compiling.PAYS_AFTER = 0  # as after the first looks of a run
    fast = seconds(lambda: measure(layers, alone), repeats=5)
    nulls = seconds(lambda: measure(layers, with_null), repeats=5)
    floor = seconds(lambda: [t.sum() for t in layers], repeats=5)
    work = "bins of a snapshot of 60,000"
    yield Row("snapshot", work, fast, "unique rows of a byte view", slow, floor=floor, aim="≥ 100")
    yield Row("read", work, fast, "(one read of the activations)", floor, aim="≥ 0.5")
    yield Row("null", f"{work}, 20 permutations", nulls, "(without them)", fast, aim="≥ 0.5")
