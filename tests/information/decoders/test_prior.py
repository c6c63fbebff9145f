"""What is certain of a gain over the prior, and how much of the prior to mix in."""

from __future__ import annotations

import math

import pytest
import torch

from infoplane.information.decoders.prior import best_share, certain
from infoplane.information.decoders.usable import usable_information


def test_the_gain_less_its_standard_error() -> None:
    gain = torch.tensor([[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]], dtype=torch.float64)
    assert certain(gain).tolist() == pytest.approx([2 - 1 / math.sqrt(3), 1])


def test_of_one_sample_nothing_is_certain() -> None:
    sure, prior = torch.zeros(1, 1, dtype=torch.float64), torch.full((1, 1), -1.0).double()
    assert certain(sure - prior).tolist() == [-math.inf]
    assert best_share(sure, prior)[1].item() == -math.inf
    t, y = torch.tensor([[0.0], [1.0], [0.0], [1.0]]), torch.tensor([0, 1, 0, 1])
    assert usable_information(t, y, decoder="linear decoder").bits == 0
