"""Counting by sorting, as on a GPU: the counts of the processor's tables, whatever the rows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError
from infoplane.information.binned import counting_on_gpu
from infoplane.information.binned.counting import group_rows, joint, make_labels
from infoplane.information.binned.counting_on_gpu import fits, sorted_groups
from infoplane.information.binned.plug_in import each_binned_information


def drawn(k: int, n: int, values: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-values, values, (k, n)) * (2**61 // values)


@given(
    k=st.integers(1, 4),
    n=st.integers(1, 60),
    values=st.integers(1, 80),
    classes=st.integers(1, 7),
    cells=st.sampled_from([1, 200, 1 << 20]),
    seed=st.integers(0, 2**20),
)
def test_counts_are_those_of_the_processor(
    k: int, n: int, values: int, classes: int, cells: int, seed: int
) -> None:
    hashes = drawn(k, n, values, seed)
    labels = make_labels(np.arange(n) % classes, permutations=3, seed=seed)
    expected, found = group_rows(hashes), sorted_groups(torch.from_numpy(hashes))
    np.testing.assert_array_equal(found.distinct, expected.distinct)
    np.testing.assert_array_equal(found.singletons, expected.singletons)
    np.testing.assert_allclose(found.entropy, expected.entropy, atol=1e-12)
    np.testing.assert_array_equal(found.saturated, expected.saturated)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting_on_gpu, "CELLS", cells)  # in one block, or in many
        of_labels = found.joint(labels)
    np.testing.assert_array_equal(of_labels.distinct, joint(expected, labels).distinct)
    np.testing.assert_allclose(of_labels.entropy, joint(expected, labels).entropy, atol=1e-12)


def test_every_quantity_is_that_of_the_processor() -> None:
    hashes = drawn(3, 400, 50, 0)
    labels = {
        name: make_labels(drawn(1, 400, 5, seed)[0], permutations=5, seed=seed)
        for seed, name in enumerate(("Y", "Ỹ"))
    }
    there = each_binned_information(torch.from_numpy(hashes), labels, resolution="r")
    here = each_binned_information(hashes, labels, resolution="r")
    for found, expected in zip(there, here, strict=True):
        for a, b in zip(found, expected, strict=True):
            assert a.quantity == b.quantity
            assert a.estimate.bits == pytest.approx(b.estimate.bits, abs=1e-11)
            assert a.estimate.null_mean == pytest.approx(
                b.estimate.null_mean, abs=1e-11, nan_ok=True
            )
            assert a.estimate.saturated == b.estimate.saturated


def test_labels_that_are_too_many_are_counted_on_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = {"Y": make_labels(np.arange(100), permutations=2, seed=0)}
    monkeypatch.setattr(counting_on_gpu, "CELLS", 100 * 100 - 1)
    assert not fits(labels["Y"])
    monkeypatch.setattr(counting_on_gpu.SortedGroups, "joint", None)  # never asked
    hashes = drawn(2, 100, 20, 0)
    found = each_binned_information(torch.from_numpy(hashes), labels, resolution="r")
    expected = each_binned_information(hashes, labels, resolution="r")
    for a, b in zip(found, expected, strict=True):
        assert repr(a) == repr(b)


def test_labels_are_moved_once() -> None:
    labels, device = make_labels(np.arange(4), permutations=2, seed=0), torch.device("cpu")
    assert labels.on(device) is labels.on(device)
    assert labels.on(device).shape == (3, 4)


def test_no_samples_are_refused() -> None:
    with pytest.raises(InfoplaneError, match=r"no samples to measure; give at least one row"):
        sorted_groups(torch.empty(2, 0, dtype=torch.int64))
