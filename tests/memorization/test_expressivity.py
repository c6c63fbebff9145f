"""Theorem 1 of Zhang et al. (2017), constructed: any labels of n points, with 2n + d weights."""

from __future__ import annotations

import pytest
import torch

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.memorization.expressivity import memorizing_network


def points(n: int, d: int, seed: int) -> torch.Tensor:
    return torch.randn(n, d, generator=seeds.generator(seed, "points"), dtype=torch.float64)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", ["real", "classes", "alternating"])
def test_any_labels_of_500_points_in_20_dimensions(seed: int, kind: str) -> None:
    x = points(500, 20, seed)
    noise = torch.randn(500, generator=seeds.generator(seed, "labels"), dtype=torch.float64)
    y = {"real": noise, "classes": (noise * 5).round(), "alternating": noise.sign()}[kind]
    network = memorizing_network(x, y, generator=seeds.generator(seed, "direction"))
    assert network.weights == 2 * 500 + 20
    assert float((network(x) - y).abs().max()) < 1e-6


@pytest.mark.parametrize(("n", "d"), [(1, 1), (2, 1), (50, 1), (3, 200)])
def test_any_shape(n: int, d: int) -> None:
    x, y = points(n, d, 0).float(), torch.arange(n)
    network = memorizing_network(x, y, generator=seeds.generator(0, "direction"))
    assert network.weights == 2 * n + d
    assert float((network(x) - y).abs().max()) < 1e-6


def test_biases_and_projections_alternate() -> None:
    x = points(100, 5, 0)
    network = memorizing_network(x, x[:, 0], generator=seeds.generator(0, "direction"))
    z = (x @ network.a).sort().values
    both = torch.stack([network.b, z], dim=1).flatten()
    assert (both.diff() > 0).all()


def test_refusals() -> None:
    x = points(5, 3, 0)
    generator = seeds.generator(0, "direction")
    with pytest.raises(InfoplaneError, match="5 points came with 4 labels; give one for each"):
        memorizing_network(x, torch.zeros(4), generator=generator)
    with pytest.raises(InfoplaneError, match="1 of 6 points equal another one"):
        memorizing_network(torch.cat([x, x[:1]]), torch.zeros(6), generator=generator)
