"""Ranges by layer and unit in NumPy, and quantised layers of which everything is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import entropy_of, rows_of

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.binned import ranged as ranged_bins
from infoplane.information.binned.counting import group_rows
from infoplane.information.binned.hashing import hash_activations
from infoplane.information.binned.ranged import ExactCodes, RangedBins

RULES = [RangedBins(7), RangedBins(7, per="unit"), ExactCodes(8), ExactCodes(8, per="unit")]


def layer(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def quantized(t: torch.Tensor, bits: int, *, per_unit: bool = False) -> torch.Tensor:
    """Round to 2^bits levels, equally spaced over the range, as fake quantisation does."""
    low, high = torch.aminmax(t, dim=0) if per_unit else torch.aminmax(t)
    step = (high - low) / (2**bits - 1)
    return low + ((t - low) / step).round() * step


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 60), st.integers(1, 4), st.integers(2, 300), st.integers(0, 99))
def test_ranges_are_those_of_numpy(n: int, d: int, number: int, seed: int) -> None:
    t = np.random.default_rng(seed).standard_normal((n, d))
    for per, axis in (("layer", None), ("unit", 0)):
        low, high = t.min(axis=axis), t.max(axis=axis)
        expected = np.minimum(np.floor((t - low) / (high - low) * number), number - 1)
        codes = RangedBins(number, per=per).codes(torch.from_numpy(t))
        np.testing.assert_array_equal(codes.numpy(), expected)
        assert codes.min() == 0
        assert codes.max() == number - 1


def test_ranges_ignore_scale_and_shift() -> None:
    t = layer(200, 3).double()
    scaled = t * torch.tensor([1.0, 8.0, 0.25]) + torch.tensor([0.0, 5.0, -7.0])
    for whole, other in ((4 * t + 1, RangedBins(9)), (scaled, RangedBins(9, per="unit"))):
        differing = (other.codes(t) != other.codes(whole)).sum()
        assert differing <= 2  # at most rounding at an edge


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    t = layer(100, 5)
    whole = [rule.codes(t) for rule in RULES[:2]]
    monkeypatch.setattr(ranged_bins, "BLOCK", 7)
    assert all(torch.equal(rule.codes(t), w) for rule, w in zip(RULES[:2], whole, strict=True))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 12])
@pytest.mark.parametrize("per", ["layer", "unit"])
def test_aligned_bins_equal_the_exact_codes(bits: int, per: str) -> None:
    """2^b bins over the range of b-bit levels are exact: Lorenzen's check, for few units used too.

    A unit that does not reach all levels of its layer has its range stretched over 2^b bins.
    """
    t = quantized(layer(5000, 3), bits, per_unit=per == "unit")
    rows = rows_of((t + 0.0).numpy())
    for codes in (ExactCodes(bits, per=per), RangedBins(2**bits, per="unit")):
        groups = group_rows(hash_activations(t, codes).numpy())
        assert groups.entropy == pytest.approx(entropy_of(rows), abs=1e-9)
        assert groups.distinct == len(set(rows))


def test_exact_entropy_of_a_layer_that_is_known() -> None:
    """Three independent 2-bit units, all combinations equally often: 6 bits."""
    levels = torch.tensor([-1.0, -0.1, 0.4, 7.0])  # not even equally spaced
    t = torch.cartesian_prod(levels, levels, levels).repeat(5, 1)
    for per in ("layer", "unit"):
        groups = group_rows(hash_activations(t, ExactCodes(2, per=per)).numpy())
        assert groups.entropy == pytest.approx(6, abs=1e-12)


def test_zero_has_no_sign() -> None:
    assert ExactCodes(1).codes(torch.tensor([[0.0], [-0.0], [1.0]])).flatten().tolist() == [0, 0, 1]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.resolution)
def test_keeps_what_a_rule_must_keep(rule) -> None:
    t = quantized(layer(60, 3), 5)
    before, codes = t.clone(), rule.codes(t)
    assert torch.equal(t, before)
    assert torch.equal(codes, codes.floor())
    assert torch.equal(rule.codes(t.mT.contiguous().mT), codes)
    assert torch.equal(rule.codes(t.double()), codes)
    assert rule.codes(t[:0]).shape == (0, 3)
    assert len(rule.codes(torch.ones(4, 2)).unique()) == 1
    tiny = torch.tensor([[0.0], [5e-324]], dtype=torch.float64)
    assert len(rule.codes(tiny).unique()) == 2
    for bad in (math.nan, math.inf):
        t[3, 1] = bad
        with pytest.raises(NonFiniteError):
            hash_activations(t, rule)


def test_refuses_what_is_not_quantised_so() -> None:
    t = quantized(layer(5000, 2), 4, per_unit=True)
    with pytest.raises(InfoplaneError, match="a layer has 32 distinct values and 4 bits code 16"):
        ExactCodes(4).codes(t)
    with pytest.raises(InfoplaneError, match="a unit has 16 distinct values and 3 bits code 8"):
        ExactCodes(3, per="unit").codes(t)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RangedBins(1), "1 bins were asked for"),
        (lambda: RangedBins(5, per="neuron"), "per is 'neuron'; give 'layer' or 'unit'"),
        (lambda: ExactCodes(0), "bits is 0; give 1 to 24"),
        (lambda: ExactCodes(4, per="net"), "per is 'net'; give 'layer' or 'unit'"),
    ],
)
def test_refuses_rules_without_sense(make, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        make()
