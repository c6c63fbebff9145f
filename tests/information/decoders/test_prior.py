"""What is certain of a gain over the prior, and how much of the prior to mix in."""

from __future__ import annotations

import math

import pytest
import torch

from infoplane.information.decoders.prior import SHARES, best_share, certain, mixed
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


def test_the_best_share_is_the_best_of_all_mixtures() -> None:
    """To the last bit, as what a run keeps depends on it."""
    draw = torch.Generator().manual_seed(0)
    of_t, prior = (torch.rand(7, 41, generator=draw).double().log2() for _ in "tp")
    gains = [
        certain(mixed(of_t, prior, torch.full((7,), s, dtype=torch.float64)) - prior)
        for s in SHARES
    ]
    shares, gain = best_share(of_t, prior)
    assert gain.equal(torch.stack(gains).max(dim=0).values)
    for i, share in enumerate(shares.tolist()):
        assert gain[i] == gains[SHARES.index(share)][i]
