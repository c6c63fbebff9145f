"""KSG against the paper's formula on all pairs, published numbers and known truths."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.special import digamma

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.neighbours import search as neighbours
from infoplane.information.neighbours.ksg import ksg_mutual_information
from infoplane.information.neighbours.search import count_within, unit_scale

X = torch.tensor([1.3, 3.7, 5.1, 2.4, 3.4], dtype=torch.float64)
Y = torch.tensor([1.5, 3.32, 5.3, 2.3, 3.3], dtype=torch.float64)


def nats(*args, **kwargs) -> float:
    return ksg_mutual_information(*args, **kwargs).bits * math.log(2)


def written_out(t: np.ndarray, y: np.ndarray, k: int, version: int, norm: str = "max") -> float:
    """All pairs of distances, sample by sample."""
    metric = {"max": "chebyshev", "euclidean": "euclidean"}[norm]
    to_t, to_y = cdist(t, t, metric), cdist(y, y, metric)
    n, total = len(t), 0.0
    for i in range(n):
        others = [j for j in range(n) if j != i]
        others.sort(key=lambda j: max(to_t[i, j], to_y[i, j]))
        for d in (to_t[i], to_y[i]):
            if version == 1:
                radius = max(to_t[i, others[k - 1]], to_y[i, others[k - 1]])
                total += digamma(sum(d[j] < radius for j in others) + 1)
            else:
                radius = max(d[j] for j in others[:k])
                total += digamma(sum(d[j] <= radius for j in others))
    return digamma(k) - (version == 2) / k + digamma(n) - total / n


@given(
    st.integers(0, 1000),
    st.sampled_from([(1, 1), (2, 1), (3, 3), (9, 4), (1, 14)]),
    st.sampled_from([1, 3, 10]),
    st.sampled_from([1, 2]),
    st.sampled_from(["max", "euclidean"]),
)
@settings(deadline=None, max_examples=40)
def test_equals_the_formula_on_all_pairs(
    seed: int, widths: tuple[int, int], k: int, version: int, norm: str
) -> None:
    random = np.random.default_rng(seed)
    t = random.standard_normal((70, widths[0])) * 2
    y = random.standard_normal((70, widths[1])) + t[:, :1]
    t, y = (unit_scale(torch.from_numpy(v)).numpy() for v in (t, y))
    expected = written_out(t, y, k, version, norm)
    got = nats(torch.from_numpy(t), torch.from_numpy(y), k=k, version=version, norm=norm)
    assert got == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 1000), st.sampled_from([1, 3]))
@settings(deadline=None, max_examples=30)
def test_on_a_grid_the_boundary_is_not_counted(seed: int, k: int) -> None:
    """Tied distances in decimals: every radius is the distance of several samples."""
    random = np.random.default_rng(seed)
    cells = random.permutation(40 * 40)[:80]
    t, y = (cells // 40)[:, None] * 0.1 + 0.7, (cells % 40)[:, None] * 0.1 - 0.3
    expected = written_out(t, y, k, 1)
    assert nats(torch.from_numpy(t), torch.from_numpy(y), k=k) == pytest.approx(expected, abs=1e-9)


def test_published_values() -> None:
    """NPEET's documentation, whose noise parts T from an equal Y by 1e-10."""
    assert ksg_mutual_information(X, Y).bits == pytest.approx(0.16831442143704642, abs=1e-12)
    nearly = X + 1e-10 * torch.tensor([0.2, 0.9, 0.4, 0.7, 0.1])
    assert ksg_mutual_information(X, nearly).bits == pytest.approx(0.36067376, abs=1e-8)


def test_published_values_that_count_the_boundary() -> None:
    """infomeasure counts the k-th neighbour itself in both versions; the paper does not.

    In tenths, the counts of the paper give .05 and 0 nats by hand; with the boundary, its -.25.
    Its p = 2 is a norm over T and Y together, where no neighbour of a marginal is on a boundary.
    """
    t, y = torch.tensor([10.0, 12, 9, 11, 13]), torch.tensor([13.0, 11, 9, 12, 10])
    assert nats(t, y, k=4) == pytest.approx(0.2 * (digamma(5) - digamma(4)), abs=1e-12)
    assert nats(t, y, k=4, version=2) == pytest.approx(0, abs=1e-12)
    assert digamma(4) + digamma(5) - 2 * digamma(4 + 1) == pytest.approx(-0.25)

    line = torch.linspace(0, 1, 100, dtype=torch.float64)[:, None]
    radii = neighbours.kth_distances(torch.cat([line, line], dim=1), 4, norm="euclidean")
    counts = count_within(line, radii)
    value = digamma(4) + digamma(100) - 2 * digamma(counts + 1).mean()
    assert value == pytest.approx(2.828044184306288, abs=1e-9)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "image",
    [
        lambda x: x,
        lambda x: torch.special.ndtr(x),
        lambda x: x.sign() * x.abs() ** 1.5,
        lambda x: torch.asinh(x),
    ],
    ids=["normal", "normal_cdf", "half_cube", "asinh"],
)
def test_bivariate_normal_and_its_monotone_images(image, version: int) -> None:
    generator = torch.Generator().manual_seed(version)
    x, noise = torch.randn(2, 10_000, generator=generator, dtype=torch.float64)
    y = 0.75 * x + math.sqrt(1 - 0.75**2) * noise
    assert nats(image(x), image(y), version=version) == pytest.approx(0.4133393, abs=0.03)


@pytest.mark.parametrize(("m", "truth"), [(2, 0.2938933), (3, 0.4133393), (5, 0.5928118)])
def test_dense_normal(m: int, truth: float) -> None:
    covariance = torch.full((2 * m, 2 * m), 0.5, dtype=torch.float64).fill_diagonal_(1)
    normal = torch.randn(3000, 2 * m, generator=torch.Generator().manual_seed(m)).double()
    z = normal @ torch.linalg.cholesky(covariance).T
    assert nats(z[:, :m], z[:, m:]) == pytest.approx(truth, abs=0.05 if m < 5 else 0.1)


@pytest.mark.parametrize(("epsilon", "truth"), [(0.1, 1.7094379), (0.75, 1 / 3)])
def test_uniform_with_uniform_noise(epsilon: float, truth: float) -> None:
    x, u = torch.rand(2, 10_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert nats(x, x + epsilon * (2 * u - 1)) == pytest.approx(truth, abs=0.03)


def test_independent_variables_share_nothing_and_may_go_below() -> None:
    values = [
        nats(*torch.randn(2, 1000, generator=torch.Generator().manual_seed(s))) for s in range(20)
    ]
    assert np.mean(values) == pytest.approx(0, abs=0.01)
    assert min(values) < 0


def test_ceiling_is_reached_by_equal_variables_only() -> None:
    x, y = torch.randn(2, 500, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for version in (1, 2):
        equal = ksg_mutual_information(x, x, version=version)
        assert equal.bits == pytest.approx(equal.ceiling)
        assert equal.saturated
        other = ksg_mutual_information(x, x + y, version=version)
        assert other.bits < other.ceiling
        assert not other.saturated
    assert (equal.n, equal.resolution, equal.estimator) == (500, "k = 3", "KSG 2")


def test_a_constant_says_nothing() -> None:
    assert nats(torch.full((300, 3), 0.1), torch.randn(300)) == pytest.approx(0, abs=1e-12)


def test_order_of_samples_place_and_sides_do_not_matter() -> None:
    generator = torch.Generator().manual_seed(0)
    t = torch.randn(400, 2, generator=generator, dtype=torch.float64)
    y, order = t.sum(dim=1) ** 2, torch.randperm(400, generator=generator)
    kept = t.clone()
    before = ksg_mutual_information(t, y).bits
    assert torch.equal(t, kept)
    assert ksg_mutual_information(t[order], y[order]).bits == pytest.approx(before, abs=1e-12)
    assert ksg_mutual_information(y, t).bits == pytest.approx(before, abs=1e-12)
    assert ksg_mutual_information(4 * t + 1, 4 * y - 7).bits == pytest.approx(before, abs=1e-6)
    assert ksg_mutual_information(t.float(), y.float()).bits == pytest.approx(before, abs=1e-4)


@pytest.mark.parametrize("version", [1, 2])
def test_blocks_do_not_matter(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    t = torch.randn(200, 20, generator=torch.Generator().manual_seed(0))
    before = ksg_mutual_information(t, t[:, 0], version=version).bits
    monkeypatch.setattr(neighbours, "BLOCK", 1)
    monkeypatch.setattr(neighbours, "IN_CACHE", 1)
    assert ksg_mutual_information(t, t[:, 0], version=version).bits == pytest.approx(before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ksg_mutual_information(X, Y[:4]), "t has 5 samples and y has 4"),
        (lambda: ksg_mutual_information(X, Y, k=5), "5 samples have no 5 neighbours"),
        (lambda: ksg_mutual_information(X[:0], Y[:0]), "0 samples have no 3 neighbours"),
        (lambda: ksg_mutual_information(X, Y, version=3), "version of KSG is 3; give 1 or 2"),
        (lambda: ksg_mutual_information(X * 0, Y * 0), "3 pairs .* are equal, .* use Mesner–Sha"),
        (
            lambda: ksg_mutual_information(torch.ones(9, 15), Y.sum().expand(9)),
            "pairs .* are equal",
        ),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()


def test_refuses_values_that_are_not_finite() -> None:
    with pytest.raises(NonFiniteError, match="y has values that are NaN or infinite"):
        ksg_mutual_information(X, Y / 0)


@pytest.mark.parametrize("factor", [1e-6, 8.0, 1e5])
def test_units_of_t_do_not_matter(factor: float) -> None:
    draw = torch.Generator().manual_seed(0)
    t = torch.randn(500, 3, generator=draw, dtype=torch.float64)
    y = t + torch.randn(500, 3, generator=draw, dtype=torch.float64)
    assert nats(t * factor, y) == pytest.approx(nats(t, y), abs=0.05)
    exact = 2.0 ** round(math.log2(factor))
    assert nats(t * exact, y) == nats(t, y)
