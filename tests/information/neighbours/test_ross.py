"""Ross against a loop over scikit-learn's trees, all pairs with ties, and known truths."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.spatial.distance import cdist
from scipy.special import digamma
from scipy.stats import norm as normal
from sklearn.neighbors import KDTree

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.neighbours import ross
from infoplane.information.neighbours.ross import ross_mutual_information


def nats(*args, **kwargs) -> float:
    return ross_mutual_information(*args, **kwargs).bits * math.log(2)


def planted(n: int, d: int, classes: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(classes, (n,), generator=generator)
    centres = torch.randn(classes, d, generator=generator, dtype=torch.float64)
    return centres[y] + torch.randn(n, d, generator=generator, dtype=torch.float64), y


def with_trees(t: np.ndarray, y: np.ndarray, k: int, metric: str) -> float:
    """A tree a class for the k-th neighbour, one of all for the counts (float64)."""
    tree, counts, sizes = KDTree(t, metric=metric), np.empty(len(t)), np.empty(len(t))
    for c in np.unique(y):
        of_class = t[y == c]
        radius = KDTree(of_class, metric=metric).query(of_class, k=k + 1)[0][:, -1]
        within = np.nextafter(radius, 0)  # less the k-th itself, with the sample itself
        counts[y == c] = tree.query_radius(of_class, within, count_only=True)
        sizes[y == c] = len(of_class)
    return digamma(len(t)) + digamma(k) - digamma(sizes).mean() - digamma(counts).mean()


@given(st.integers(0, 1000), st.sampled_from([1, 3, 12, 30]), st.sampled_from([1, 3, 8]))
@settings(deadline=None, max_examples=25)
def test_equals_a_loop_over_trees(seed: int, d: int, k: int) -> None:
    t, y = planted(200, d, 4, seed)
    for norm, metric in (("euclidean", "euclidean"), ("max", "chebyshev")):
        expected = with_trees(t.numpy(), y.numpy(), k, metric)
        assert nats(t, y, k=k, norm=norm) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("d", [1, 4, 20])
def test_ties_are_counted_on_both_sides(d: int) -> None:
    """Samples at zero, as of dead units, are as many neighbours as they are."""
    t, y = planted(150, d, 3, 0)
    t[torch.arange(150) % 4 == 0] = 0
    distances = cdist(t.numpy(), t.numpy())
    np.fill_diagonal(distances, np.inf)
    total = 0.0
    for i in range(150):
        own = (y == y[i]).numpy()
        radius = np.sort(distances[i, own])[2]
        total += digamma((distances[i, own] <= radius).sum()) - digamma(own.sum())
        total -= digamma((distances[i] <= radius).sum())
    assert nats(t, y) == pytest.approx(digamma(150) + total / 150, abs=1e-9)


@pytest.mark.parametrize("d", [1, 20])
def test_a_constant_layer_says_nothing(d: int) -> None:
    t, y = torch.full((300, d), 0.1), torch.arange(300) % 3
    assert nats(t, y) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("d", [1, 20])
def test_a_layer_of_one_value_a_class_says_the_label(d: int) -> None:
    y = torch.arange(300) % 3
    t = torch.randn(3, d, generator=torch.Generator().manual_seed(0))[y]
    assert nats(t, y) == pytest.approx(math.log(3), abs=0.01)


@pytest.mark.parametrize("apart", [0.0, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("d", [1, 12])
def test_two_gaussians(apart: float, d: int) -> None:
    """One unit tells the class, the others nothing; the truth by quadrature."""

    def integrand(x: float) -> float:
        p = float(normal.pdf(x) / 2 + normal.pdf(x - apart) / 2)
        return -p * math.log(p)

    truth = float(quad(integrand, -12, 16)[0]) - 0.5 * math.log(2 * math.pi * math.e)
    generator = torch.Generator().manual_seed(1)
    y = torch.arange(4000) % 2
    t = torch.randn(4000, d, generator=generator)
    t[:, 0] += apart * y
    t[:, 1:] *= 0.1
    assert nats(t, y) == pytest.approx(truth, abs=0.04)


def test_distances_that_rounding_parts_are_equal() -> None:
    """On a lattice, of which one sample is the mean: many whole squared distances are equal."""
    half = torch.randint(-1, 2, (150, 16), generator=torch.Generator().manual_seed(3))
    half[0] = 0
    lattice, y = torch.cat([half, -half]).double(), torch.arange(300) % 3
    squared = cdist(lattice.numpy(), lattice.numpy(), "sqeuclidean")
    np.fill_diagonal(squared, np.inf)
    radius = np.sort(np.where(y[:, None] == y, squared, np.inf), axis=1)[:, 2:3]
    own = ((squared <= radius) & (y[:, None] == y).numpy()).sum(axis=1)
    counts = digamma(own) - digamma((squared <= radius).sum(axis=1))
    expected = digamma(300) - digamma(100) + counts.mean()
    assert nats(lattice * 0.3, y) == pytest.approx(expected, abs=1e-12)


def test_ceiling_is_the_value_of_classes_far_apart() -> None:
    t, y = planted(400, 3, 4, 0)
    estimate = ross_mutual_information(t + 1e3 * y[:, None], y)
    assert estimate.bits == pytest.approx(estimate.ceiling, abs=1e-12)
    assert estimate.ceiling == pytest.approx(2, abs=0.02)
    assert (estimate.n, estimate.resolution, estimate.estimator) == (400, "k = 3", "Ross")


@pytest.mark.parametrize("d", [2, 20])
def test_invariant_to_order_names_rotation_and_place(d: int) -> None:
    t, y = planted(300, d, 3, 0)
    kept, generator = t.clone(), torch.Generator().manual_seed(0)
    before = nats(t, y)
    assert torch.equal(t, kept)
    order = torch.randperm(300, generator=generator)
    assert nats(t[order], torch.tensor([9, -4, 0])[y[order]]) == pytest.approx(before, abs=1e-12)
    rotation = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=torch.float64))[0]
    assert nats(t @ rotation * 7 + 100, y) == pytest.approx(before, abs=1e-12)
    assert nats(t.float(), y) == pytest.approx(before, abs=1e-3)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    t, y = planted(300, 20, 3, 0)
    before = nats(t, y)
    for block in (1, 7000):
        monkeypatch.setattr(ross, "BLOCK", block)
        assert nats(t, y) == pytest.approx(before, abs=1e-12)


def test_labels_that_have_nothing_to_do_with_the_layer() -> None:
    t, y = planted(2000, 12, 5, 0)
    y = y[torch.randperm(2000, generator=torch.Generator().manual_seed(0))]
    assert nats(t, y) == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t, y: ross_mutual_information(t, y[:-1]), "t has 20 samples and y has 19"),
        (lambda t, y: ross_mutual_information(t, y, k=5), "a class has 5 samples and k is 5"),
        (
            lambda t, y: ross_mutual_information(t[:5], y[:5]),
            "a class has 1 sample.* merge it with",
        ),
        (lambda t, y: ross_mutual_information(t, y, k=0), "k is 0; give 1 or more"),
        (lambda t, y: ross_mutual_information(t[:0], y[:0]), "0 samples have no 3 neighbours"),
        (lambda t, y: ross_mutual_information(t, y, norm="L1"), "norm is 'L1'"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call(torch.randn(20, 3), torch.arange(20) % 4)


def test_refuses_values_that_are_not_finite() -> None:
    with pytest.raises(NonFiniteError, match="t has values that are NaN"):
        ross_mutual_information(torch.full((9, 2), math.nan), torch.zeros(9, dtype=torch.int64))
