"""Our hyperbolic tangent against torch's in double precision."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from infoplane.networks.tanh import Tanh

SIZES = torch.logspace(-30, 1.2, 200_000)
VALUES = torch.cat([SIZES, -SIZES, torch.linspace(-10, 10, 100_001)])


def test_is_right_to_two_units_in_the_last_place() -> None:
    truth = torch.tanh(VALUES.double())
    unit = torch.nextafter(truth.float().abs(), torch.tensor(math.inf)) - truth.float().abs()
    assert ((Tanh()(VALUES).double() - truth).abs() / unit).max() < 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_is_torchs(dtype: torch.dtype) -> None:
    x = torch.tensor([0.0, -0.0, math.inf, -math.inf, math.nan, 0.3, -2.0], dtype=dtype)
    torch.testing.assert_close(Tanh()(x), nn.Tanh()(x), equal_nan=True)


def test_a_value_does_not_depend_on_where_it_stands() -> None:
    x = VALUES[:7000]
    whole = Tanh()(x)
    assert torch.equal(Tanh()(x[3:70]), whole[3:70])
    assert torch.equal(Tanh()(x.view(70, 100).T).T.flatten(), whole)


def test_gradients_are_exact_to_the_second_order() -> None:
    x = torch.linspace(-3, 3, 12, dtype=torch.float64).view(3, 4).T.requires_grad_()
    assert torch.autograd.gradcheck(Tanh(), x)
    assert torch.autograd.gradgradcheck(Tanh(), x)
