"""Estimators of a layer with noise among the others: which quantities, from which settings."""

from __future__ import annotations

import math

import pytest
import torch

from infoplane.information.layer_quantities import layer_information
from infoplane.information.noisy.estimator import KDELower, KDEUpper, Mixture, Noisy
from infoplane.information.noisy.kde import kde_information
from infoplane.information.noisy.mixture import mixture_information

GENERATOR = torch.Generator().manual_seed(0)
T, Y = torch.randn(80, 2, generator=GENERATOR), torch.arange(80) % 4


@pytest.mark.parametrize("made", [KDELower(0.3), KDEUpper(0.3, relative=True), Mixture(0.3, 2)])
def test_what_is_said_of_a_layer(made: Noisy) -> None:
    """I(X;T) has nothing to do with labels: it is said once, beside those of the true ones."""
    if isinstance(made, Mixture):
        expected = mixture_information(T, Y, noise_variance=0.3, draws=2)
    else:
        relative = isinstance(made, KDEUpper)
        expected = kde_information(T, Y, noise_variance=0.3, relative=relative)[relative]
    found = {name: each.bits for name, each in layer_information(T, Y, made)}
    assert found == {
        "I(T;Y)": expected.y.bits,
        "I(X;T)": expected.x.bits,
        "I(X;T|Y)": expected.x_given_y.bits,
    }
    assert [name for name, _ in layer_information(T, Y, made, label="Ỹ")] == ["I(T;Ỹ)"]


def test_the_usual_noise_is_absolute_and_its_width_a_standard_deviation() -> None:
    for each in (KDELower(), KDEUpper()):
        assert (each.noise_variance, each.relative) == (0.1, False)
        assert each.fixed_width == pytest.approx(math.sqrt(0.1))
