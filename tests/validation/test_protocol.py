"""The protocol of published rows: its samples, the best k, and what holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree
from scipy.special import digamma

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.validation import command, protocol
from infoplane.validation.protocol import (
    convergence_rows,
    ksg_rows,
    paired_normal,
    rotated_normal,
)
from infoplane.validation.published_rows import CONVERGENCE, Published


def ksg(t: torch.Tensor, y: torch.Tensor, k: int) -> float:
    """KSG 1 with trees of scipy, in bits."""
    parts = [v.numpy() for v in (t, y)]
    both = np.concatenate(parts, axis=1)
    distance = KDTree(both).query(both, k + 1, p=np.inf)[0][:, k]
    inside = np.nextafter(distance, 0)
    counts = [
        KDTree(v).query_ball_point(v, inside, p=np.inf, return_length=True) for v in parts
    ]  # with the point itself
    nats = digamma(k) + digamma(len(t)) - sum(digamma(c).mean() for c in counts)
    return float(nats) / math.log(2)


def information(t: torch.Tensor, y: torch.Tensor) -> float:
    """Of normal samples, in bits, by determinants."""
    both = np.cov(torch.cat([t, y], dim=1).numpy().T)
    d = t.shape[1]
    parts = (both[:d, :d], both[d:, d:], both)
    first, last, whole = (np.linalg.slogdet(np.atleast_2d(part))[1] for part in parts)
    return float(first + last - whole) / 2 / math.log(2)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("nats", [0.0, 2.0, 8.0])
def test_samples_share_what_they_should(nats: float, dimensions: int) -> None:
    t, y = rotated_normal(nats, dimensions, 40_000, 42)
    assert information(t, y) * math.log(2) == pytest.approx(nats, abs=0.02)
    np.testing.assert_allclose(np.cov(t.T), np.eye(dimensions), atol=0.03)
    np.testing.assert_allclose(np.atleast_2d(np.cov(y.T)), np.eye(dimensions), atol=0.03)


def test_pairs_of_coordinates_share_their_part_alone() -> None:
    nats = torch.tensor([[0.5, 2.0]], dtype=torch.float64)
    t, y = paired_normal(nats, 40_000, seeds.generator(0, "test"))
    for i, expected in enumerate((0.5, 2.0)):
        got = information(t[:, [i]], y[:, [i]]) * math.log(2)
        assert got == pytest.approx(expected, abs=0.02)
    assert information(t[:, :1], y[:, 1:]) == pytest.approx(0, abs=1e-3)


def test_turns_keep_lengths_and_mix_coordinates() -> None:
    """The i-th coordinates alone no longer share what the vectors do."""
    t, y = rotated_normal(6.0, 3, 40_000, 42)
    apart = sum(information(t[:, [i]], y[:, [i]]) for i in range(3))
    assert apart < 0.5 * information(t, y)
    even, _ = rotated_normal(6.0, 3, 40_000, 42, even=True)
    assert not torch.equal(even, t)


def test_samples_depend_on_the_seed_alone() -> None:
    np.random.seed(0)
    first = rotated_normal(2.0, 2, 10, 42)
    state = np.random.get_state()[1].copy()
    again, other = rotated_normal(2.0, 2, 10, 42), rotated_normal(2.0, 2, 10, 43)
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])
    assert (np.random.get_state()[1] == state).all()


@pytest.mark.parametrize(("true", "below"), [(2.0, 0.1), (5.0, 0.7), (8.0, 1.2)])
def test_ksg_is_near_the_published_row(true: float, below: float) -> None:
    row = ksg_rows(ksg, true_nats=[true], ks=[1, 20], n=1000).iloc[0]
    assert row["k"] == 1  # more neighbours, more bias
    assert -below < row["error"] < 0.05  # a tenth of the samples, more bias
    assert row["spread"] > 0


def test_the_k_shown_is_of_the_least_error_and_is_judged_against_print() -> None:
    def made_up(t: torch.Tensor, y: torch.Tensor, k: int) -> float:
        assert t.shape == y.shape
        return {1: 2.3, 2: 1.98, 3: 1.0}[k] / math.log(2)

    table = ksg_rows(made_up, true_nats=[2, 5], ks=[1, 2, 3], n=10, seeds=1)
    assert table["k"].tolist() == [2, 1]
    assert table["estimate"].tolist() == pytest.approx([1.98, 2.3])
    assert table["holds"].tolist() == [True, False]
    assert table["tolerance"].tolist() == [0.05, 0.25]
    with pytest.raises(InfoplaneError, match="no row is published here for 3 nats; give some of 2"):
        ksg_rows(made_up, true_nats=[3.0])


def test_every_k_sees_the_same_samples() -> None:
    seen = []

    def remember(t: torch.Tensor, y: torch.Tensor, k: int) -> float:
        seen.append((k, float(t.sum() + y.sum())))
        return 0.0

    ksg_rows(remember, true_nats=[2.0], ks=[1, 5], n=20, seeds=2)
    assert len(seen) == 2 * 2 * len(protocol.DIMENSIONS)
    assert len({total for _, total in seen}) == 2 * len(protocol.DIMENSIONS)


def test_convergence_holds_within_two_published_deviations() -> None:
    def exact(t: torch.Tensor, y: torch.Tensor, *held_out: torch.Tensor) -> float:
        t_held, y_held, _ = held_out
        assert (len(t), len(t_held), t.dtype) == (len(y), 5000, torch.float64)
        return information(t_held, y_held)

    entries = [Published("MINE", 1, 100, 1.9, 0.1), Published("MINE", 2, 50, 3.0, 0.1)]
    one = Published("InfoNCE", 1, 100, 2.0, 0.1)
    table = convergence_rows({"MINE": exact}, published=[*entries, one], held_out=5000, seeds=2)
    assert table["true"].tolist() == [2, 4]
    assert table["estimate"].tolist() == pytest.approx([2, 4], abs=0.05)
    assert table["holds"].tolist() == [True, False]
    alone = convergence_rows({"MINE": exact}, published=entries, held_out=5000, seeds=1)
    assert alone["spread"].isna().all()


def test_published_entries_stay_below_the_logarithm_of_the_batch() -> None:
    assert [entry.estimator for entry in CONVERGENCE] == ["InfoNCE", "MINE"]
    assert CONVERGENCE[0].nats < math.log(512)


@pytest.mark.trials
@pytest.mark.parametrize(
    ("bound", "entry"),
    [
        ("infonce", Published("InfoNCE", 2, 10_000, 3.847, 0.010)),
        ("mine", Published("MINE", 2, 10_000, 3.87, 0.15)),
    ],
)
def test_critics_meet_the_published_rows_of_two_dimensions(bound: str, entry: Published) -> None:
    """Minutes for each: too slow for ``infoplane validate``."""
    critics = {entry.estimator: command.critic(bound)}
    table = convergence_rows(critics, published=[entry], held_out=10_000, seeds=1)
    assert table["holds"].all()
