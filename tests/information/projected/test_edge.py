"""EDGE against cells counted one by one, known truths, and the defects of its published code."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from oracle import mutual_information_of, rows_of

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.projected.edge import edge_information, ensemble_weights


def normal(n: int, d: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator, dtype=torch.float64)


def correlated(n: int, d: int, rho: float) -> tuple[torch.Tensor, torch.Tensor]:
    x = normal(n, d)
    return x, rho * x + math.sqrt(1 - rho**2) * normal(n, d, seed=1)


@pytest.mark.parametrize(("rho", "tolerance"), [(0.0, 0.05), (0.75, 0.04), (0.95, 0.1)])
def test_gaussian_pairs_in_one_dimension(rho: float, tolerance: float) -> None:
    got = edge_information(*correlated(10_000, 1, rho))
    assert got.bits == pytest.approx(-math.log2(1 - rho**2) / 2, abs=tolerance)
    assert got.ceiling == pytest.approx(math.log2(10_000))
    assert not got.saturated


def test_labels_that_are_read_off_and_labels_that_are_not() -> None:
    y = torch.arange(3000) % 4
    t = 20.0 * torch.eye(4, dtype=torch.float64)[y] + normal(3000, 4)
    assert edge_information(t, y).bits == pytest.approx(2, abs=0.01)
    assert edge_information(t, y).ceiling == pytest.approx(2, abs=1e-6)
    shuffled = y[torch.randperm(3000, generator=torch.Generator().manual_seed(0))]
    assert edge_information(t[:, :1], shuffled).bits < 0.05
    assert edge_information(t, y * 0).bits == 0
    assert edge_information(torch.ones(5, 2), torch.arange(5)).bits == 0
    assert edge_information(t[:1], y[:1]).bits == 0


def test_one_scale_is_plug_in_on_a_grid() -> None:
    """Values so far apart that every shift of a narrow grid separates them."""
    y = torch.arange(8).repeat(50)
    t = y[:, None].double()  # eight values, far apart for narrow cells
    got = edge_information(t, y, scales=[0.1])
    assert got.bits == pytest.approx(3, abs=1e-12)
    pairs = mutual_information_of(rows_of(t.numpy()), list(y.tolist()))
    assert got.bits == pytest.approx(pairs, abs=1e-12)
    noise = torch.randint(0, 3, (400,), generator=torch.Generator().manual_seed(0))
    expected = mutual_information_of(y.tolist(), noise.tolist())
    assert edge_information(t, noise, scales=[0.1]).bits == pytest.approx(expected, abs=1e-12)
    both = edge_information(t, noise[:, None].double(), scales=[0.1])
    assert both.bits == pytest.approx(expected, abs=1e-12)


def test_weights_fulfil_their_conditions_and_are_the_shortest() -> None:
    scales = np.linspace(1, 4, 10)
    for orders in (0, 1, 2, 4):
        w = ensemble_weights(scales, orders)
        assert [(w * scales**i).sum() for i in range(orders + 1)] == pytest.approx(
            [1] + [0] * orders, abs=1e-9
        )
        powers = scales ** np.arange(orders + 1)[:, None]
        outside = w - powers.T @ np.linalg.lstsq(powers.T, w, rcond=None)[0]
        assert np.abs(outside).max() < 1e-9  # nothing of it in the null space
    assert ensemble_weights([1, 2], 0) == pytest.approx([0.5, 0.5])


def test_orders_are_the_weighted_scales() -> None:
    x, y = correlated(1000, 1, 0.5)
    scales = [1.0, 2.0, 4.0]
    each = [edge_information(x, y, scales=[s]).bits for s in scales]
    for orders in (0, 1):
        w = ensemble_weights(scales, orders)
        got = edge_information(x, y, scales=scales, orders=orders)
        assert got.bits == pytest.approx(float(w @ each), abs=1e-12)
        assert got.bits <= got.ceiling
        assert got.ceiling == pytest.approx(math.log2(1000) * w[w > 0].sum())


def test_ratios_are_not_clipped_unless_asked_to_be() -> None:
    """The published code cuts each ratio at 10: it never says more than log2 10 bits."""
    y = torch.arange(4000) % 64
    t = 1000.0 * y[:, None].double()
    assert edge_information(t, y, scales=[0.05]).bits == pytest.approx(6, abs=1e-3)
    cut = edge_information(t, y, scales=[0.05], truncation=10.0)
    assert cut.bits == pytest.approx(math.log2(10), abs=1e-6)
    assert cut.ceiling == pytest.approx(math.log2(10))


def test_extrapolated_estimates_below_zero_are_kept() -> None:
    """The published code clips at zero; two scales can extrapolate below it."""
    bits = []
    for seed in range(20):
        x, y = normal(300, 1, seed=seed), normal(300, 1, seed=100 + seed)
        bits.append(edge_information(x, y, scales=[20.0, 40.0], orders=1).bits)
    assert min(bits) < 0


def test_scale_shift_order_and_precision_do_not_matter() -> None:
    x, y = correlated(500, 3, 0.8)
    before, value = x.clone(), edge_information(x, y).bits
    assert edge_information(4 * x, 0.25 * y).bits == pytest.approx(value, abs=1e-9)
    order = torch.randperm(500, generator=torch.Generator().manual_seed(0))
    assert edge_information(x[order], y[order]).bits == pytest.approx(value, abs=1e-9)
    assert edge_information(x.float(), y.float()).bits == pytest.approx(value, abs=0.02)
    assert edge_information(x + 1000, y).bits == pytest.approx(value, abs=0.02)
    assert edge_information(x, y).bits == value
    assert edge_information(x, y, seed=1).bits != value
    assert torch.equal(x, before)


def test_wide_layers_are_projected_and_say_so_when_saturated() -> None:
    y = torch.arange(2000) % 2
    t = normal(2000, 200) + 3.0 * y[:, None]
    shuffled = y[torch.randperm(2000, generator=torch.Generator().manual_seed(0))]
    got, null = (edge_information(t, labels, dimensions=2) for labels in (y, shuffled))
    assert 3 * null.bits < got.bits <= got.ceiling
    wide = edge_information(t, y)  # projected to 7
    assert wide.resolution.endswith("n^(-1/14)")
    narrow = edge_information(t, y, scales=[0.1])
    assert narrow.saturated
    assert narrow.bits == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t": torch.zeros(0, 2)}, "t has shape .0, 2.; give 1 or more samples"),
        ({"y": torch.zeros(3, dtype=torch.int64)}, "t has 4 samples and y has 3"),
        ({"y": torch.zeros(3, 1)}, "t has 4 samples and y has 3"),
        ({"scales": []}, "scales are ..; give different numbers above 0"),
        ({"scales": [1, 1]}, "scales are .1, 1.; give different"),
        ({"scales": [0.0]}, "scales are .0.0.; give"),
        ({"orders": 5}, "orders is 5 for 5 scales; give 0 to 4"),
        ({"dimensions": 0}, "dimensions is 0; give 1 or more"),
        ({"truncation": 1.0}, "truncation is 1.0; give a ratio above 1"),
    ],
)
def test_refuses_what_has_no_sense(change: dict, message: str) -> None:
    given = {"t": torch.ones(4, 3), "y": torch.zeros(4, dtype=torch.int64), **change}
    with pytest.raises(InfoplaneError, match=message):
        edge_information(**given)


def test_refuses_what_is_not_finite() -> None:
    with pytest.raises(NonFiniteError, match="y has values that are NaN"):
        edge_information(torch.ones(2, 1), torch.tensor([0.0, math.nan]))
