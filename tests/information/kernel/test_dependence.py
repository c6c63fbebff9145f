"""HSIC and CKA against their matrices written out, clusters against distinct rows."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, pdist

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.binned.rules import EqualBins, FixedWidth
from infoplane.information.kernel import dependence
from infoplane.information.kernel.dependence import (
    cluster_count,
    hsic,
    linear_cka,
    median_distance,
    normalised_hsic,
)


def normal(n: int, d: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator, dtype=torch.float64)


def gauss(t: torch.Tensor, width: float) -> np.ndarray:
    return np.exp(-(cdist(t.numpy(), t.numpy()) ** 2) / (2 * width**2))


def same(y: torch.Tensor) -> np.ndarray:
    return (y[:, None] == y).double().numpy()


def biased(k: np.ndarray, l: np.ndarray) -> float:  # noqa: E741
    h = np.eye(len(k)) - 1 / len(k)
    return float(np.trace(k @ h @ l @ h)) / len(k) ** 2


def unbiased(k: np.ndarray, l: np.ndarray) -> float:  # noqa: E741
    """The U-statistic itself: the mean of its kernel over all ordered quadruples."""
    values = [
        k[i, j] * (l[i, j] + l[q, r] - 2 * l[i, q])
        for i, j, q, r in itertools.permutations(range(len(k)), 4)
    ]
    return float(np.mean(values))


def test_biased_is_the_trace() -> None:
    t, z, y = normal(40, 3), normal(40, 2, seed=1), torch.arange(40) % 4
    k, l = gauss(t, 0.7), gauss(z, 2.0)  # noqa: E741
    got = hsic(t, z, width=0.7, y_width=2.0, unbiased=False)
    assert got == pytest.approx(biased(k, l), abs=1e-14)
    assert hsic(t, y, width=0.7, unbiased=False) == pytest.approx(biased(k, same(y)), abs=1e-14)
    ratio = biased(k, l) / math.sqrt(biased(k, k) * biased(l, l))
    assert normalised_hsic(t, z, width=0.7, y_width=2.0) == pytest.approx(ratio, abs=1e-12)


def test_unbiased_is_the_mean_over_quadruples() -> None:
    t, z, y = normal(9, 3), normal(9, 2, seed=1), torch.arange(9) % 3
    k, l = gauss(t, 1.5), gauss(z, 0.5)  # noqa: E741
    assert hsic(t, z, width=1.5, y_width=0.5) == pytest.approx(unbiased(k, l), abs=1e-13)
    assert hsic(t, y, width=1.5) == pytest.approx(unbiased(k, same(y)), abs=1e-13)
    ratio = unbiased(k, l) / math.sqrt(unbiased(k, k) * unbiased(l, l))
    got = normalised_hsic(t, z, width=1.5, y_width=0.5, unbiased=True)
    assert got == pytest.approx(ratio, abs=1e-12)


def test_unbiased_has_mean_zero_under_independence_and_keeps_its_sign() -> None:
    values = [
        hsic(normal(20, 2, s), normal(20, 2, 500 + s), width=1, y_width=1) for s in range(200)
    ]
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(200)
    assert min(values) < 0


@pytest.mark.parametrize("measure", [normalised_hsic, linear_cka])
def test_normalised_measures_know_their_ends(measure) -> None:
    t, y = normal(60, 4), torch.arange(60) % 3
    rotation = torch.linalg.qr(normal(4, 4, seed=3)).Q
    assert measure(t, t) == pytest.approx(1)
    assert measure(t, 3 * t @ rotation + 5) == pytest.approx(1)
    assert measure(torch.eye(3)[y], y) == pytest.approx(1)
    assert 0 < measure(t, y) < 0.3
    assert measure(torch.full((60, 4), 0.1), y) == 0
    assert measure(t, y * 0) == 0
    assert measure(t[:1], t[:1]) == 0
    assert measure(1e-12 * t, 1e-12 * t) == pytest.approx(1)


def test_linear_cka_is_the_trace_of_linear_kernels() -> None:
    t, z, y = normal(30, 5), normal(30, 2, seed=1) + normal(30, 5)[:, :2], torch.arange(30) % 3
    for other, features in ((z, z), (y, torch.eye(3, dtype=torch.float64)[y])):
        k, l = ((s @ s.T).numpy() for s in (t, features))  # noqa: E741
        ratio = biased(k, l) / math.sqrt(biased(k, k) * biased(l, l))
        assert linear_cka(t, other) == pytest.approx(ratio, abs=1e-12)


def test_blocks_order_shift_and_precision_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    t, y = normal(50, 4), torch.arange(50) % 3
    before = t.clone()
    order = torch.randperm(50, generator=torch.Generator().manual_seed(0))
    for measure in (hsic, normalised_hsic, linear_cka):
        value = measure(t, y)
        assert measure(t[order], y[order]) == pytest.approx(value, rel=1e-9)
        assert measure(t + 100, 7 - y) == pytest.approx(value, rel=1e-9)
        assert measure(t.float(), y) == pytest.approx(value, rel=1e-4)
        assert measure((t + 100).float(), y) == pytest.approx(value, rel=1e-3)
        assert measure(t, y) == value
        with monkeypatch.context() as patch:
            patch.setattr(dependence, "BLOCK", 170)
            assert measure(t, y) == pytest.approx(value, rel=1e-9)
    assert torch.equal(t, before)


def test_median_distance_is_that_of_pairs() -> None:
    t = normal(80, 3)
    found = np.sort(pdist(t.numpy()))
    assert median_distance(t, 0) == pytest.approx(found[(len(found) - 1) // 2])
    dead = torch.zeros(50, 2, dtype=torch.float64)
    assert median_distance(dead, 0) == 1
    dead[0] = 3.0
    assert median_distance(dead, 0) == pytest.approx(3 * math.sqrt(2))


def test_median_distance_is_of_so_many_rows_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependence, "MEDIAN_OF", 2)
    t = torch.tensor([[0.0], [1.0], [10.0]])
    assert {median_distance(t, seed) for seed in range(20)} == {1, 9, 10}


def test_clusters_are_distinct_coded_rows() -> None:
    t = normal(300, 2)
    codes = np.floor(t.numpy() / 0.5)
    assert cluster_count(t, FixedWidth(0.5)) == len(np.unique(codes, axis=0))
    assert cluster_count(t, EqualBins(2, -9, 9)) == 4
    assert cluster_count(torch.zeros(5, 2), FixedWidth(1)) == 1
    assert isinstance(cluster_count(t, FixedWidth(1)), float)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t": torch.zeros(0, 2)}, "t has shape .0, 2.; give 1 or more samples"),
        (
            {"t": torch.zeros(3, 2), "y": torch.zeros(3, 1)},
            "t has 3 samples; unbiased HSIC needs 4",
        ),
        ({"y": torch.zeros(3, 2)}, "t has 4 samples and y has 3; give as many"),
        ({"y": torch.zeros(4, 1, dtype=torch.int64), "y_width": 0.0}, "y_width is 0.0; give a"),
        ({"width": math.inf}, "width is inf; give a kernel width above 0"),
    ],
)
def test_refuses_what_has_no_sense(change: dict, message: str) -> None:
    given = {"t": torch.ones(4, 3), "y": torch.zeros(4, dtype=torch.int64), **change}
    with pytest.raises(InfoplaneError, match=message):
        hsic(**given)


def test_refuses_what_is_not_finite() -> None:
    for measure in (hsic, normalised_hsic, linear_cka):
        with pytest.raises(NonFiniteError, match="t has values that are NaN"):
            measure(torch.tensor([[math.nan]] * 4), torch.arange(4))
