"""Each rule of binning against its definition in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError
from infoplane.information.binned.rules import EqualBins, FixedWidth, IDNNsBins, QuantileBins

RULES = {
    "fixed width": FixedWidth(0.3),
    "equal": EqualBins(30, -1, 1),
    "idnns": IDNNsBins(),
    "quantile layer": QuantileBins(10),
    "quantile unit": QuantileBins(10, per="unit"),
}
VALUES = torch.cat([torch.randn(200, 6, generator=torch.Generator().manual_seed(1)), torch.eye(6)])


@pytest.mark.parametrize("name", RULES)
def test_rule_properties(name: str) -> None:
    rule, values = RULES[name], VALUES.clone()
    codes = rule.codes(values)
    assert torch.equal(values, VALUES), "the input was changed"
    assert codes.shape == values.shape
    assert torch.equal(codes, codes.floor())
    assert torch.equal(rule.codes(values.mT.contiguous().mT), codes)
    values[3, 2] = torch.nan
    assert not torch.isfinite(rule.codes(values)).all(), "a bin hid a NaN"
    assert rule.resolution


@pytest.mark.parametrize("name", RULES)
def test_codes_increase_with_the_value(name: str) -> None:
    if name == "idnns":
        pytest.skip("values below -1 share the top code: that is its defect")
    values = torch.linspace(-3, 3, 301)[:, None]
    assert (RULES[name].codes(values).diff(dim=0) >= 0).all()


def test_fixed_width_is_floor() -> None:
    values = np.random.default_rng(0).standard_normal((100, 4)).astype(np.float32)
    codes = FixedWidth(0.07).codes(torch.from_numpy(values))
    np.testing.assert_array_equal(codes.numpy(), np.floor(values / np.float32(0.07)))


def test_equal_bins_include_their_ends_and_clamp() -> None:
    values = torch.tensor([-2.0, -1.0, -0.999, 0.0, 0.999, 1.0, 5.0])[:, None]
    assert EqualBins(4, -1, 1).codes(values).flatten().tolist() == [0, 0, 0, 2, 3, 3, 3]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-3, 3, width=32), min_size=1, max_size=50))
def test_idnns_rule_is_its_code(values: list[float]) -> None:
    """``bins[np.digitize(x, bins) - 1]`` with ``bins = np.linspace(-1, 1, 30)``."""
    x = np.array(values, dtype=np.float32)
    edges = np.linspace(-1, 1, 30)
    published = edges[np.digitize(x, edges) - 1]
    ours = IDNNsBins().codes(torch.from_numpy(x)[:, None]).flatten().long().numpy()
    np.testing.assert_array_equal(edges[ours], published)


def test_idnns_defects_are_reproduced_and_ours_have_none() -> None:
    """30 edges are 29 bins; +1 has a code of its own, -1 has not; below -1 wraps to the top."""
    values = torch.tensor([-1.5, -1.0, -0.99, 0.99, 1.0, 3.0])[:, None]
    assert IDNNsBins().codes(values).flatten().tolist() == [29, 0, 0, 28, 29, 29]
    assert EqualBins(30, -1, 1).codes(values).flatten().tolist() == [0, 0, 0, 29, 29, 29]


def test_quantile_bins_hold_equally_many() -> None:
    values = torch.randn(1000, 1, generator=torch.Generator().manual_seed(0))
    for per in ("layer", "unit"):
        counts = torch.bincount(QuantileBins(10, per=per).codes(values).flatten().long())
        assert counts.tolist() == [100] * 10


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_quantile_bins_ignore_increasing_maps(seed: int) -> None:
    values = torch.randn(60, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    layer, unit = QuantileBins(5), QuantileBins(5, per="unit")
    assert torch.equal(layer.codes(values), layer.codes(values**3))
    scaled = values * torch.tensor([1.0, 10.0, 0.1]) + torch.tensor([0.0, 5.0, -7.0])
    assert torch.equal(unit.codes(values), unit.codes(scaled))


def test_equal_values_share_a_bin() -> None:
    relu = torch.randn(500, 4, generator=torch.Generator().manual_seed(0)).clamp_min(0)
    for per in ("layer", "unit"):
        codes = QuantileBins(30, per=per).codes(relu)
        for unit in range(4):
            assert len(codes[relu[:, unit] == 0, unit].unique()) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FixedWidth(0.0), "bin_width is 0.0; give a width above 0"),
        (lambda: FixedWidth(float("nan")), "bin_width is nan"),
        (lambda: EqualBins(1, 0, 1), "1 bins were asked for; give 2 to 1,000,000"),
        (lambda: QuantileBins(10**7), "10000000 bins were asked for"),
        (lambda: IDNNsBins(0), "0 bins were asked for"),
        (lambda: EqualBins(5, 1, 1), "range is 1 to 1; give low < high"),
        (lambda: QuantileBins(5, per="neuron"), "per is 'neuron'; give 'layer' or 'unit'"),
    ],
)
def test_refuses_rules_without_sense(make, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        make()
