"""Neighbours, counts and entropies against every distance written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.neighbours import search as neighbours
from infoplane.information.neighbours.search import (
    as_points,
    count_within,
    kozachenko_leonenko_entropy,
    kth_distances,
    nearest,
)

METRIC = {"max": "chebyshev", "euclidean": "euclidean"}


def all_distances(points: torch.Tensor, norm: str) -> np.ndarray:
    distances = cdist(points.numpy(), points.numpy(), METRIC[norm])
    np.fill_diagonal(distances, np.inf)
    return distances


@pytest.mark.parametrize("norm", METRIC)
@pytest.mark.parametrize("d", [1, 2, 5, 14])
def test_nearest_and_counts(d: int, norm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", 1000)
    monkeypatch.setattr(neighbours, "IN_CACHE", 1000)
    points = as_points(torch.randn(300, d, generator=torch.Generator().manual_seed(d)), "t")
    expected = all_distances(points, norm)
    distances, numbers = nearest(points, 4, norm=norm)
    np.testing.assert_allclose(distances, np.sort(expected, axis=1)[:, :4], atol=1e-9)
    np.testing.assert_array_equal(numbers, np.argsort(expected, axis=1)[:, :4])
    radii = distances[:, -1] * 1.5
    counts = count_within(points, radii, norm=norm)
    np.testing.assert_array_equal(counts, (expected <= radii[:, None]).sum(axis=1))


@given(st.integers(0, 10_000), st.sampled_from([1, 2]), st.sampled_from([0.1, 1 / 3, 1e-9, 7.7]))
@settings(deadline=None, max_examples=60)
def test_what_lies_on_the_boundary_is_told_apart(seed: int, d: int, step: float) -> None:
    """On a grid most neighbours lie on a boundary, and ``value + radius`` rounds past half."""
    random = np.random.default_rng(seed)
    points = torch.from_numpy(random.integers(-20, 20, (60, d)) * step + 1 / 7)
    expected = all_distances(points, "max")
    radii = kth_distances(points, 3)
    strictly = count_within(points, radii, strict=True)
    np.testing.assert_array_equal(strictly, (expected < radii[:, None]).sum(axis=1))
    at_most = count_within(points, radii)
    np.testing.assert_array_equal(at_most, (expected <= radii[:, None]).sum(axis=1))


def test_a_crowd_near_zero_seen_from_afar() -> None:
    """From 1, many distinct values near 0 are all at a distance that rounds to 1."""
    values = np.concatenate([[1.0, 2.0, 3.0], 10.0 ** -np.arange(17, 60)])
    points, radii = torch.from_numpy(values)[:, None], np.full(len(values), 1.0)
    expected = all_distances(points, "max")
    np.testing.assert_array_equal(count_within(points, radii), (expected <= 1).sum(axis=1))
    strictly = count_within(points, radii, strict=True)
    np.testing.assert_array_equal(strictly, (expected < 1).sum(axis=1))


def test_equal_samples_are_neighbours_at_no_distance() -> None:
    points = torch.tensor([0.0] * 40 + [1.0] * 30)[:, None].double()
    distances, numbers = nearest(points, 3)
    assert not distances.any()
    assert (numbers != np.arange(70)[:, None]).all()
    assert count_within(points, distances[:, -1]).tolist() == [39] * 40 + [29] * 30
    assert not count_within(points, distances[:, -1], strict=True).any()


def test_published_entropy() -> None:
    x = torch.tensor([1.3, 3.7, 5.1, 2.4, 3.4], dtype=torch.float64)
    assert kozachenko_leonenko_entropy(x) == pytest.approx(2.706665509, abs=1e-9)  # NPEET


@pytest.mark.parametrize("norm", METRIC)
@pytest.mark.parametrize("d", [1, 3, 12])
def test_entropy_of_a_gaussian(d: int, norm: str) -> None:
    t = torch.randn(4000, d, generator=torch.Generator().manual_seed(0)) * 3 + 100
    exact = d / 2 * math.log2(2 * math.pi * math.e * 9)
    bias = {1: 0.05, 3: 0.08, 12: 0.7}[d]  # many dimensions: density varies within the ball
    assert kozachenko_leonenko_entropy(t, norm=norm) == pytest.approx(exact, abs=bias)


def test_entropy_moves_with_scale_and_not_with_place() -> None:
    t = torch.randn(500, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    before = kozachenko_leonenko_entropy(t)
    assert kozachenko_leonenko_entropy(t * 8 + 3) == pytest.approx(before + 6, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kozachenko_leonenko_entropy(torch.zeros(9, 2)), "more than 3 equal samples"),
        (lambda: kozachenko_leonenko_entropy(torch.randn(3, 2)), "3 samples have no 3 neighbours"),
        (lambda: kozachenko_leonenko_entropy(torch.zeros(0, 2)), "0 samples have no 3 neighbours"),
        (lambda: kozachenko_leonenko_entropy(torch.tensor(3.0)), "t is a single number"),
        (lambda: kozachenko_leonenko_entropy(torch.randn(9), k=0), "k is 0; give 1 or more"),
        (lambda: kozachenko_leonenko_entropy(torch.randn(9), norm="L1"), "norm is 'L1'; give"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_refuses_values_that_are_not_finite(bad: float) -> None:
    with pytest.raises(NonFiniteError, match="t has values that are NaN or infinite"):
        kozachenko_leonenko_entropy(torch.tensor([1.0, bad, 2.0, 3.0]))
