"""The two fitted densities against those of SciPy."""

from __future__ import annotations

import math

import pytest
import torch
from scipy import stats

from infoplane import seeds
from infoplane.information.neural.doe import DENSITIES, Densities

SCIPY = {
    "doe-gaussian": stats.norm,
    "doe-logistic": stats.logistic(scale=math.sqrt(3) / math.pi),  # of standard deviation 1
}


@pytest.mark.parametrize("family", DENSITIES)
def test_log_densities_are_those_of_scipy(family: str) -> None:
    """q(y) of standardised values at the start; q(y|t) moved by a line and narrowed by e."""
    generator = torch.Generator().manual_seed(0)
    t, y = torch.randn(50, 1, generator=generator), torch.randn(50, 2, generator=generator)
    model = Densities(family, 1, 2, 4, seeds.generator(0, "weights"))
    with torch.no_grad():
        model.conditional.weights[-1].zero_()
        model.linear.copy_(torch.tensor([[2.0, -3.0, 0.0, 0.0]]))
        model.conditional.biases[-1].copy_(torch.tensor([0.0, 0.0, -1.0, -1.0]))
        alone, given = model.log_densities(t, y)
    expected = SCIPY[family].logpdf(y.numpy()).sum(axis=1)
    assert alone.numpy() == pytest.approx(expected, abs=1e-4)
    z = (y - t * torch.tensor([2.0, -3.0])) * math.e
    expected = (SCIPY[family].logpdf(z.numpy()) + 1).sum(axis=1)
    assert given.numpy() == pytest.approx(expected, abs=1e-4)
