"""Counts, entropies, nulls and corrections against the slow way and published numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import entropy_of, mutual_information_of, rows_of
from sklearn.metrics.cluster import expected_mutual_information

from infoplane.errors import InfoplaneError
from infoplane.information.binned import counting
from infoplane.information.binned import plug_in as binned
from infoplane.information.binned.counting import group_rows, joint, make_labels
from infoplane.information.binned.hashing import hash_rows
from infoplane.information.binned.plug_in import (
    MILLER_MADOW,
    PLUG_IN,
    binned_information,
    each_binned_information,
)
from infoplane.information.binned.rules import FixedWidth


def measure(hashes: np.ndarray, y: np.ndarray, *, permutations: int = 20) -> dict:
    labels = {"Y": make_labels(y, permutations=permutations, seed=0)}
    found = binned_information(hashes, labels, resolution="test")
    return {(m.quantity, m.estimate.estimator): m.estimate for m in found}


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 200), st.integers(1, 5), st.sampled_from([0.1, 0.5, 2.0]), st.integers(0, 99))
def test_equals_the_row_unique_method(n: int, classes: int, width: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    t, y = random.standard_normal((n, 3)), random.integers(0, classes, n)
    codes = FixedWidth(width).codes(torch.from_numpy(t))
    rows, labels = rows_of(codes.numpy()), list(y)
    got = measure(hash_rows(codes).numpy(), y)
    h_t, i_ty = entropy_of(rows), mutual_information_of(rows, labels)
    assert got["H(T)", PLUG_IN].bits == pytest.approx(h_t, abs=1e-9)
    assert got["I(X;T)", PLUG_IN].bits == pytest.approx(h_t, abs=1e-9)
    assert got["I(T;Y)", PLUG_IN].bits == pytest.approx(i_ty, abs=1e-9)
    assert got["I(X;T|Y)", PLUG_IN].bits == pytest.approx(h_t - i_ty, abs=1e-9)
    for key, value in got.items():
        assert value.bits <= value.ceiling + 1e-9, key


def test_many_labels_are_counted_as_few_are() -> None:
    """A binned y has as many values as samples: cells are then sorted, not tabulated."""
    random = np.random.default_rng(0)
    t, y = random.integers(0, 20, 5000), random.integers(0, 4000, 5000)
    got = measure(t, y, permutations=2)["I(T;Y)", PLUG_IN].bits
    assert got == pytest.approx(mutual_information_of(list(t), list(y)), abs=1e-9)


@pytest.mark.parametrize(
    ("counts", "plug_in", "miller_madow"),  # nats, estimators.md §1.6
    [([4, 2, 3, 2, 1], 1.5171063971, 1.6837730637), ([1, 2, 3, 4], 1.2798542258, 1.4298542258)],
)
def test_published_entropies(counts: list[int], plug_in: float, miller_madow: float) -> None:
    rows = np.repeat(np.arange(len(counts)), counts)
    got = measure(rows, np.zeros_like(rows))
    assert got["H(T)", PLUG_IN].bits * math.log(2) == pytest.approx(plug_in, abs=1e-9)
    assert got["H(T)", MILLER_MADOW].bits * math.log(2) == pytest.approx(miller_madow, abs=1e-9)


def test_miller_madow_of_the_information_is_of_its_three_entropies() -> None:
    random = np.random.default_rng(0)
    t, y = random.integers(0, 40, 300), random.integers(0, 4, 300)
    pairs = t * 4 + y

    def corrected(a: np.ndarray) -> float:
        return measure(a, np.zeros_like(a))["H(T)", MILLER_MADOW].bits

    expected = corrected(t) + corrected(y) - corrected(pairs)
    got = measure(t, y)
    assert got["I(T;Y)", MILLER_MADOW].bits == pytest.approx(expected, abs=1e-9)
    given_y = corrected(pairs) - corrected(y)
    assert got["I(X;T|Y)", MILLER_MADOW].bits == pytest.approx(given_y, abs=1e-9)


def test_null_is_the_exact_expectation_over_permutations() -> None:
    """scikit-learn has E[I] under permutations in closed form (Vinh et al. 2010)."""
    random = np.random.default_rng(0)
    t, y = random.integers(0, 300, 2000), random.integers(0, 10, 2000)
    null = measure(t, y, permutations=50)["I(T;Y)", PLUG_IN]
    table = np.zeros((300, 10), dtype=np.int64)
    np.add.at(table, (t, y), 1)
    exact = expected_mutual_information(table[table.sum(axis=1) > 0], 2000) / math.log(2)
    assert null.null_mean == pytest.approx(exact, abs=4 * null.null_std / math.sqrt(50))
    assert abs(null.bits - exact) < 5 * null.null_std  # labels have nothing to do with t here


@pytest.mark.parametrize(
    ("log2_cells", "h_t", "spurious"),  # estimators.md §0.4: 60,000 samples, ten classes
    [(10, 10.0, 0.12), (12, 12.0, 0.52), (14, 13.8, 1.57), (16, 15.1, 2.65), (20, 15.8, 3.27)],
)
def test_plug_in_of_unrelated_labels_is_the_published_bias(
    log2_cells: int, h_t: float, spurious: float
) -> None:
    random = np.random.default_rng(0)
    got = measure(random.integers(0, 2**log2_cells, 60000), np.arange(60000) % 10)
    estimate = got["I(T;Y)", PLUG_IN]
    assert got["H(T)", PLUG_IN].bits == pytest.approx(h_t, abs=0.06)
    assert estimate.bits == pytest.approx(spurious, abs=0.03)
    assert abs(estimate.bits - estimate.null_mean) < 5 * estimate.null_std


def test_block_size_does_not_change_the_null(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    t, y = random.integers(0, 50, 500), random.integers(0, 10, 500)
    before = measure(t, y)["I(T;Y)", PLUG_IN]
    monkeypatch.setattr(counting, "BLOCK", 1)
    assert measure(t, y)["I(T;Y)", PLUG_IN] == before


@given(st.integers(0, 50))
@settings(deadline=None, max_examples=20)
def test_invariant_to_order_of_rows_and_names_of_labels(seed: int) -> None:
    random = np.random.default_rng(seed)
    t, y = random.integers(0, 9, 80), random.integers(0, 3, 80)
    order, names = random.permutation(80), np.array([7, -2, 40])
    before = measure(t, y)["I(T;Y)", PLUG_IN].bits
    after = measure(t[order] * 1000 - 3, names[y[order]])["I(T;Y)", PLUG_IN].bits
    assert after == pytest.approx(before, abs=1e-12)


def test_labels_that_say_nothing_and_everything() -> None:
    t = np.arange(64) % 8
    assert measure(t, np.zeros(64, dtype=int))["I(T;Y)", PLUG_IN].bits == pytest.approx(0)
    assert measure(t, t)["I(T;Y)", PLUG_IN].bits == pytest.approx(3)
    assert measure(t, np.array(list("abcdefgh"))[t])["I(T;Y)", PLUG_IN].bits == pytest.approx(3)


def test_saturation_flag() -> None:
    labels = np.zeros(1000, dtype=int)
    assert measure(np.arange(1000), labels)["H(T)", PLUG_IN].saturated
    assert not measure(np.arange(1000) % 10, labels)["H(T)", PLUG_IN].saturated
    assert measure(np.zeros(1, dtype=int), labels[:1])["H(T)", PLUG_IN].saturated


def test_null_needs_two_permutations() -> None:
    t = np.arange(10) % 3
    assert math.isnan(measure(t, t, permutations=0)["I(T;Y)", PLUG_IN].null_mean)
    assert math.isnan(measure(t, t, permutations=1)["I(T;Y)", PLUG_IN].null_std)


def test_joint_counts_of_alone_and_shared_rows() -> None:
    groups = group_rows(np.array([5, 5, 9, 5, 7, 7]))
    labels = make_labels(np.array([0, 1, 1, 0, 2, 2]), permutations=3, seed=0)
    assert groups.distinct == 3
    assert groups.singletons == 1
    pairs = joint(groups, labels)
    assert pairs.distinct[0] == 4
    assert pairs.entropy.shape == (4,)


@pytest.mark.parametrize("classes", [2, 700])
@pytest.mark.parametrize("block", [1, 700, 1 << 16])
def test_codings_counted_together_are_those_counted_alone(
    classes: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All distinct, none, and between: equal hashes of two codings are not equal rows."""
    monkeypatch.setattr(counting, "BLOCK", block)
    monkeypatch.setattr(binned, "BLOCK", block)
    random = np.random.default_rng(0)
    spread = [10**9, 1, 3, 10**9, 40, 300]
    hashes = np.stack([random.integers(0, most, 300) for most in spread])
    labels = {"Y": make_labels(random.integers(0, classes, 300), permutations=5, seed=0)}
    together = each_binned_information(hashes, labels, resolution="test")
    for coding, found in zip(hashes, together, strict=True):
        assert found == list(binned_information(coding, labels, resolution="test"))


def test_refuses_no_samples() -> None:
    with pytest.raises(InfoplaneError, match="no samples to measure"):
        group_rows(np.array([], dtype=np.int64))
