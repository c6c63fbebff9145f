"""What saturated means: one threshold, the same of bins, kernels, mixtures and neighbours."""

from __future__ import annotations

import math

import numpy as np
import torch

from infoplane.information.binned.counting import group_rows
from infoplane.information.core.estimate import SATURATED
from infoplane.information.noisy.kde import kde_information

N = 1000


def test_the_threshold_is_19_of_20_parts_of_the_ceiling() -> None:
    assert SATURATED == 0.95


def test_bins_are_saturated_above_it() -> None:
    """Of some rows alone and the others in pairs: H(T) says on which side of it they are."""
    n, sides = 100_000, []
    for alone in range(14_000, 20_000, 200):
        sizes = [1] * alone + [2] * ((n - alone) // 2)
        groups = group_rows(np.repeat(np.arange(len(sizes)), sizes))
        sides.append(math.log2(n) - (n - alone) / n > 0.95 * math.log2(n))
        assert bool(groups.saturated) == sides[-1]
    assert 5 < sum(sides) < 25


def test_half_of_the_rows_alone_is_saturated() -> None:
    for alone in (498, 500, 502, 504):
        sizes = [1] * alone + [N - alone]
        groups = group_rows(np.repeat(np.arange(len(sizes)), sizes))
        assert bool(groups.saturated) == (alone > 500)


def test_kernels_are_saturated_above_it() -> None:
    t = torch.linspace(0, 30, N)[:, None]
    labels, shares = torch.arange(N) % 2, []
    for variance in np.geomspace(1e-6, 1e-2, 40):
        for found in kde_information(t, labels, noise_variance=float(variance)):
            shares.append(found.x.bits / math.log2(N))
            assert found.x.saturated == found.y.saturated == (shares[-1] > 0.95)
    assert any(0.93 < share < 0.95 for share in shares)
    assert any(0.95 < share < 0.97 for share in shares)
