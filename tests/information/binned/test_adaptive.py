"""Adaptive bins against the published rule, written out in NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import entropy_of, rows_of

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.binned.adaptive import AdaptiveBins
from infoplane.information.binned.counting import group_rows
from infoplane.information.binned.hashing import hash_activations


def published_codes(t: np.ndarray, number: int, low: float) -> np.ndarray:
    """Edges and digitize as in estimators.md §1.3."""
    u = np.unique(t[t != low])
    edges = [low, *(u[k * len(u) // number] for k in range(number)), u[-1]]
    return np.digitize(t, np.array(edges, dtype=t.dtype)) - 1


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 300), st.integers(1, 5), st.integers(2, 40), st.integers(0, 99))
def test_equals_the_published_rule(n: int, d: int, number: int, seed: int) -> None:
    t = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    relu, tanh = np.maximum(t, 0), np.tanh(3 * t)
    relu[0, 0] = 1.0  # something must be above zero there
    ours = AdaptiveBins(number).codes(torch.from_numpy(relu))
    np.testing.assert_array_equal(ours.numpy(), published_codes(relu, number, 0))
    ours = AdaptiveBins(number, low=None).codes(torch.from_numpy(tanh))
    np.testing.assert_array_equal(ours.numpy(), published_codes(tanh, number, -1.000001))


def test_bins_hold_equally_many_distinct_values_however_often_each_occurs() -> None:
    values = torch.arange(1, 61).float().repeat_interleave(torch.arange(60) % 7 + 1)
    codes = AdaptiveBins(30).codes(values[:, None])[:, 0]
    held = [len(values[codes == c].unique()) for c in codes.unique()]
    assert held == [2] * 29 + [1, 1]  # the largest has a bin of its own


def test_zero_and_saturated_values_share_one_cell_each() -> None:
    random = torch.Generator().manual_seed(0)
    relu = torch.randn(500, 4, generator=random).clamp(0, 1)
    codes = AdaptiveBins(30).codes(relu)
    assert codes[relu == 0].unique().tolist() == [0]
    assert codes[relu == 1].unique().tolist() == [31]
    assert (codes[relu > 0] > 0).all()


def test_values_below_low_are_binned_too() -> None:
    """GELU is below its zero in places, which the published edges, unsorted then, cannot take."""
    t = torch.nn.functional.gelu(torch.linspace(-3, 3, 201))[:, None]
    t[100] = 0.0
    codes = AdaptiveBins(10).codes(t)[:, 0]
    order = t[:, 0].argsort()
    assert codes[100] == 0
    assert (codes == 0).sum() == 1
    others = order[order != 100]
    assert (codes[others].diff() >= 0).all()


@given(st.integers(0, 99))
@settings(deadline=None, max_examples=20)
def test_ignores_increasing_maps_of_the_whole_layer(seed: int) -> None:
    t = torch.randn(80, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    for values in (t.clamp_min(0), t):
        codes = AdaptiveBins(10).codes(values)
        assert torch.equal(codes, AdaptiveBins(10).codes(values**3))
        assert torch.equal(codes, AdaptiveBins(10).codes(1e-6 * values))
        order = torch.randperm(80)
        assert torch.equal(codes[order], AdaptiveBins(10).codes(values[order]))


def test_keeps_what_a_rule_must_keep() -> None:
    t = torch.randn(50, 3, generator=torch.Generator().manual_seed(1))
    before, rule = t.clone(), AdaptiveBins(5)
    codes = rule.codes(t)
    assert torch.equal(t, before)
    assert torch.equal(rule.codes(t.mT.contiguous().mT), codes)
    assert torch.equal(codes, rule.codes(t.double()))
    assert codes.dtype == torch.float32
    assert group_rows(hash_activations(t, rule).numpy()).entropy == pytest.approx(
        entropy_of(rows_of(codes.numpy()))
    )
    t[3, 1] = math.nan
    with pytest.raises(NonFiniteError):
        hash_activations(t, rule)
    assert rule.resolution == "5 adaptive bins (EBAB), 0 kept apart"
    assert AdaptiveBins(low=None).resolution == "30 adaptive bins (EBAB)"


def test_a_dead_layer_has_one_code() -> None:
    assert AdaptiveBins().codes(torch.zeros(5, 2)).unique().tolist() == [0]
    assert len(AdaptiveBins(low=None).codes(torch.zeros(5, 2)).unique()) == 1
    assert AdaptiveBins().codes(torch.zeros(0, 2)).shape == (0, 2)


def test_refuses_a_number_without_sense() -> None:
    with pytest.raises(InfoplaneError, match="1 bins were asked for"):
        AdaptiveBins(1)
