"""Strips against all distances: exact where sure, and sure nearly everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from infoplane.information.neighbours import planar_search as strips
from infoplane.information.neighbours import search as neighbours
from infoplane.information.neighbours.planar_search import kth_in_strips, suits_strips
from infoplane.information.neighbours.search import kth_distances


def kth(points: np.ndarray, k: int) -> np.ndarray:
    distances = cdist(points, points, "chebyshev")
    np.fill_diagonal(distances, np.inf)
    return np.sort(distances, axis=1)[:, k - 1]


def cloud(kind: str, n: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, 2))
    if kind == "tails":
        return random.standard_cauchy((n, 2))
    if kind == "grid":
        return random.integers(0, 12, (n, 2)) * 0.1 + 0.7
    if kind == "line":
        return np.stack([x[:, 0], np.sin(x[:, 0])], axis=1)
    if kind == "clusters":
        return x * 1e-6 + random.integers(0, 5, (n, 1))
    if kind == "flat":
        return x * [1, 1e-9]
    if kind == "half constant":
        return np.maximum(x, 0)
    return x


KINDS = ["normal", "tails", "grid", "line", "clusters", "flat", "half constant"]


@pytest.mark.parametrize("kind", KINDS)
@given(st.integers(3, 400), st.integers(1, 5), st.integers(0, 99))
@settings(deadline=None, max_examples=25)
def test_where_sure_exactly_the_kth_of_all(kind: str, n: int, k: int, seed: int) -> None:
    points = cloud(kind, n, seed)
    if n <= k:
        return
    before = points.copy()
    found = kth_in_strips(points, k)
    sure = ~np.isnan(found)
    assert np.array_equal(found[sure], kth(points, k)[sure])
    assert np.array_equal(points, before)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_sure_of_nearly_all(k: int) -> None:
    for kind in ("normal", "line"):
        assert np.isnan(kth_in_strips(cloud(kind, 5000, 0), k)).mean() < 0.25


@pytest.mark.parametrize("kind", KINDS)
def test_the_rest_is_found_by_a_tree(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    points = cloud(kind, 700, 1)
    monkeypatch.setattr(neighbours, "suits_strips", lambda *_: True)
    assert np.array_equal(kth_distances(torch.from_numpy(points), 3), kth(points, 3))


def test_what_suits_strips() -> None:
    many = cloud("normal", strips.LEAST, 0)
    assert suits_strips(many, 3)
    assert not suits_strips(many[:-1], 3)
    assert not suits_strips(many, 6)
    assert not suits_strips(many * [1, 100], 3)
    assert not suits_strips(many * [1, 0], 3)
    assert not suits_strips(many[:, :1], 3)
