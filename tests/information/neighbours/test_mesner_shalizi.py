"""Mesner–Shalizi on ties and atoms whose information is known, and all pairs written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.special import digamma
from sklearn.decomposition import PCA

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.core import pca
from infoplane.information.core.pca import principal_components
from infoplane.information.neighbours import search as neighbours
from infoplane.information.neighbours.mesner_shalizi import mesner_shalizi_mutual_information
from infoplane.information.neighbours.search import unit_scale


def nats(*args, **kwargs) -> float:
    return mesner_shalizi_mutual_information(*args, **kwargs).bits * math.log(2)


def written_out(t: np.ndarray, to_y: np.ndarray, k: int) -> float:
    to_t, n, total = cdist(t, t, "chebyshev"), len(t), 0.0
    for i in range(n):
        others = np.arange(n) != i
        joint = np.maximum(to_t[i], to_y[i])
        radius = np.sort(joint[others])[k - 1]
        k_i, n_t, n_y = ((d[others] <= radius).sum() for d in (joint, to_t[i], to_y[i]))
        total += digamma(k_i) - digamma(n_t) - digamma(n_y)
    return digamma(n) + total / n


@given(st.integers(0, 1000), st.sampled_from([1, 3, 14]), st.sampled_from([1, 5]))
@settings(deadline=None, max_examples=30)
def test_equals_all_pairs_with_ties(seed: int, d: int, k: int) -> None:
    random = np.random.default_rng(seed)
    t = np.maximum(random.standard_normal((60, d)).round(1), 0)
    y = np.maximum(random.standard_normal((60, 2)) + t[:, :1], 0)
    t, y = (unit_scale(torch.from_numpy(v)).numpy() for v in (t, y))
    labels = np.arange(60) % 4
    far = np.where(labels[:, None] == labels, 0, np.inf)
    values = torch.from_numpy(t)
    assert nats(values, torch.from_numpy(y), k=k) == pytest.approx(
        written_out(t, cdist(y, y, "chebyshev"), k), abs=1e-9
    )
    assert nats(values, torch.from_numpy(labels), k=k) == pytest.approx(
        written_out(t, far, k), abs=1e-9
    )


@pytest.mark.parametrize(("m", "truth"), [(2, 0.3465736), (5, 1.0549202), (10, 1.6787526)])
def test_discrete_uniform_mixture(m: int, truth: float) -> None:
    generator = torch.Generator().manual_seed(m)
    x = torch.randint(m, (10_000,), generator=generator)
    t = x + 2 * torch.rand(10_000, generator=generator, dtype=torch.float64)
    assert nats(t, x) == pytest.approx(truth, abs=0.03)
    assert nats(t, x.double()) == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize(("p", "truth"), [(0.0, 0.3012448), (0.15, 0.2297760), (0.5, 0.1163839)])
def test_zero_inflated_poisson_with_the_right_truth(p: float, truth: float) -> None:
    """The published (1 - p) .3012 is wrong for p > 0: zeros have two causes."""
    random = np.random.default_rng(int(100 * p))
    x = random.exponential(size=10_000)
    y = np.where(random.random(10_000) < p, 0, random.poisson(x)).astype(float)
    assert nats(torch.from_numpy(x), torch.from_numpy(y)) == pytest.approx(truth, abs=0.03)


def test_rectified_gaussian() -> None:
    """T = max(x, 0) and the sign of x share one bit; T and T all of its entropy and more."""
    x = torch.randn(4000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert nats(x.clamp_min(0), (x > 0).long()) == pytest.approx(math.log(2), abs=0.02)
    assert nats(x.clamp_min(0), (x > 0).double()) == pytest.approx(math.log(2), abs=0.02)
    other = torch.randn(4000, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert nats(x.clamp_min(0), other.clamp_min(0)) == pytest.approx(0, abs=0.03)


def test_normal() -> None:
    x, e = torch.randn(2, 10_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = 0.75 * x + math.sqrt(1 - 0.75**2) * e
    assert nats(x, y) == pytest.approx(0.4133393, abs=0.03)


@pytest.mark.parametrize("d", [2, 20])
def test_a_constant_says_nothing_and_negatives_are_kept(d: int) -> None:
    y, noise = (
        torch.arange(200) % 4,
        torch.randn(200, d, generator=torch.Generator().manual_seed(0)),
    )
    assert nats(torch.full((200, d), 0.1), y) == pytest.approx(0, abs=0.01)
    assert nats(torch.full((200, d), 0.1), noise) == pytest.approx(0, abs=0.01)
    generator = torch.Generator().manual_seed(1)
    values = [nats(noise, y[torch.randperm(200, generator=generator)]) for _ in range(30)]
    assert min(values) < 0


def test_wide_layers_by_their_principal_components() -> None:
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(1000) % 4
    plane = torch.randn(4, 2, generator=generator)[y] * 9 + torch.randn(
        1000, 2, generator=generator
    )
    wide = plane @ torch.randn(2, 300, generator=generator) / 17
    wide += 0.01 * torch.randn(1000, 300, generator=generator)
    kept = wide.clone()
    found = mesner_shalizi_mutual_information(wide, y, components=2)
    assert torch.equal(wide, kept)
    assert found.resolution == "k = 5, 2 principal components"
    assert found.bits == pytest.approx(mesner_shalizi_mutual_information(plane, y).bits, abs=0.03)
    assert found.bits <= found.ceiling


def test_components_are_those_of_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    t = torch.randn(80, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    t *= torch.arange(1.0, 10)
    theirs = PCA(3, svd_solver="full").fit_transform(t.numpy())
    ours = principal_components(t, 3)
    np.testing.assert_allclose(ours.abs().numpy(), np.abs(theirs), atol=1e-9)
    monkeypatch.setattr(pca, "ROWS", 7)
    np.testing.assert_allclose(principal_components(t, 3).numpy(), ours.numpy(), atol=1e-9)
    assert torch.equal(principal_components(t, 9), t - t.mean(dim=0))


def test_order_and_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    t = torch.randn(150, 12, generator=torch.Generator().manual_seed(0)).clamp_min(0).double()
    y = t.sum(dim=1)
    before, order = nats(t, y), torch.randperm(150, generator=torch.Generator().manual_seed(0))
    assert nats(t[order], y[order]) == pytest.approx(before, abs=1e-12)
    monkeypatch.setattr(neighbours, "BLOCK", 1)
    monkeypatch.setattr(neighbours, "IN_CACHE", 1)
    assert nats(t, y) == pytest.approx(before, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t, y: mesner_shalizi_mutual_information(t, y[:-1]), "t has 40 .* and y has 39"),
        (lambda t, y: mesner_shalizi_mutual_information(t, y, k=10), "a class has 10 samples"),
        (lambda t, y: mesner_shalizi_mutual_information(t, y, k=40), "have no 40 neighbours"),
        (lambda t, y: mesner_shalizi_mutual_information(t, y, components=0), "components is 0"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call(torch.randn(40, 3), torch.arange(40) % 4)


def test_refuses_values_that_are_not_finite() -> None:
    with pytest.raises(NonFiniteError, match="t has values that are NaN"):
        mesner_shalizi_mutual_information(torch.full((9,), math.nan), torch.zeros(9))
