"""Gaussian information against closed forms, quadrature-free truths and invariances."""

from __future__ import annotations

import math

import pytest
import torch
from scipy import stats

from infoplane import mutual_information
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.core.estimate import ABOVE_CEILING
from infoplane.information.gaussian import closed_form as gaussian
from infoplane.information.gaussian.closed_form import (
    copula_normalised,
    gaussian_copula_information,
    gaussian_entropy,
    gaussian_information,
)

BOTH = (gaussian_information, gaussian_copula_information)


def normal(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def correlated(n: int, rho: float, d: int = 1, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    x, noise = normal(n, d, seed), normal(n, d, seed + 1000)
    return x, rho * x + math.sqrt(1 - rho**2) * noise


LABELS = torch.arange(3000) % 3
APART = normal(3000, 2) + LABELS[:, None] * torch.tensor([1.0, 0.0])


@pytest.mark.parametrize("estimate", BOTH)
@pytest.mark.parametrize(("rho", "nats"), [(0.75, 0.4133393), (0.0, 0.0), (0.9908, 2.0)])
def test_correlated_normal(estimate, rho: float, nats: float) -> None:
    t, y = correlated(20_000, rho)
    assert estimate(t, y).bits * math.log(2) == pytest.approx(nats, abs=0.03)


@pytest.mark.parametrize("estimate", BOTH)
@pytest.mark.parametrize(("m", "nats"), [(2, 0.2938933), (5, 0.5928118), (25, 1.2921837)])
def test_dense_multinormal(estimate, m: int, nats: float) -> None:
    """All correlations ½ between 2 m coordinates: truths of Czyż et al."""
    z = math.sqrt(0.5) * (normal(20_000, 2 * m) + normal(20_000, 1, seed=1))
    assert estimate(z[:, :m], z[:, m:]).bits * math.log(2) == pytest.approx(nats, abs=0.04)


def test_the_value_is_that_of_the_sample_correlation() -> None:
    t, y = correlated(500, 0.6)
    r = float(torch.corrcoef(torch.cat([t, y], dim=1).T)[0, 1])
    assert gaussian_information(t, y).bits == pytest.approx(-math.log2(1 - r * r) / 2, abs=1e-12)


def test_entropy_is_that_of_scipy() -> None:
    t = normal(400, 4) @ normal(4, 4, seed=7)
    expected = stats.multivariate_normal(cov=torch.cov(t.T).numpy()).entropy() / math.log(2)
    assert gaussian_entropy(t) == pytest.approx(expected, abs=1e-9)


def test_noise_is_a_channel() -> None:
    """I(X; WX + noise) of a linear net is ½ log2 det(1 + WΣWᵀ/σ²)."""
    x, weights, variance = normal(50_000, 3), normal(3, 5, seed=3), 0.3
    t = x @ weights
    gain = torch.eye(5) + weights.T @ torch.cov(x.T) @ weights / variance
    found = gaussian_information(t, x, noise_variance=variance)
    assert found.bits == pytest.approx(float(gain.logdet()) / 2 / math.log(2), abs=1e-6)
    assert found.resolution == "closed form, σ² = 0.3"
    assert gaussian_entropy(t, noise_variance=variance) < gaussian_entropy(t, noise_variance=1.0)


def test_discrete_label() -> None:
    """Classes of equal spread whose means lie apart: ½ log2 of total over within variance."""
    expected = math.log2(1 + 2 / 3) / 2
    assert gaussian_information(APART, LABELS).bits == pytest.approx(expected, abs=0.03)
    assert gaussian_information(APART, LABELS * 5 - 3).bits == pytest.approx(expected, abs=0.03)
    copula = gaussian_copula_information(APART, LABELS).bits
    assert copula == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("estimate", BOTH)
@pytest.mark.parametrize("discrete", [False, True])
def test_the_correction_takes_off_the_bias(estimate, discrete: bool) -> None:
    """Sixty samples of six unrelated dimensions: much above zero before, at zero after."""
    before, after = [], []
    for seed in range(40):
        t = normal(60, 6, seed)
        y = torch.arange(60) % 2 if discrete else normal(60, 2, seed + 500)
        before.append(estimate(t, y, bias_correction=False).bits)
        after.append(estimate(t, y, bias_correction=True).bits)
    assert sum(before) / 40 > 0.1
    assert abs(sum(after) / 40) < 0.03
    assert min(after) < 0  # negative values are kept


def test_ranks_ignore_increasing_maps_and_order() -> None:
    t, y = correlated(400, 0.7, d=3)
    before = gaussian_copula_information(t, y)
    assert gaussian_copula_information(t.exp(), y**3).bits == pytest.approx(before.bits, abs=1e-9)
    order = torch.randperm(400, generator=torch.Generator().manual_seed(0))
    moved = gaussian_copula_information(t[order], y[order]).bits
    assert moved == pytest.approx(before.bits, abs=1e-9)
    assert before.estimator == "Gaussian copula"
    assert before.resolution == "closed form, bias-corrected"
    assert before.ceiling == math.inf


def test_ranks_are_those_of_scipy_with_ties() -> None:
    t = normal(301, 70).clamp_min(0)  # more columns than are ranked at once
    expected = stats.norm.ppf(stats.rankdata(t.numpy(), axis=0) / 302)
    assert torch.allclose(copula_normalised(t).double(), torch.from_numpy(expected), atol=1e-6)


def test_the_tails_of_many_samples_are_as_exact_as_their_middle() -> None:
    t = torch.arange(200_000.0)[:, None]
    expected = stats.norm.ppf((t.double().numpy() + 1) / 200_001)
    assert torch.allclose(copula_normalised(t).double(), torch.from_numpy(expected), atol=1e-6)


def test_linear_maps_do_not_matter() -> None:
    t, y = correlated(400, 0.7, d=3)
    mixed = t @ normal(3, 3, seed=5) + 1e4
    before = gaussian_information(t, y).bits
    assert gaussian_information(mixed, 1e-6 * y).bits == pytest.approx(before, abs=1e-7)
    assert gaussian_information(y, t).bits == pytest.approx(before, abs=1e-9)
    label = gaussian_information(APART, LABELS).bits
    assert gaussian_information(APART * 1e5, LABELS).bits == pytest.approx(label, abs=1e-9)


def test_blocks_precision_and_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    t, y = correlated(300, 0.7, d=3)
    kept = t.clone(), y.clone()
    before = gaussian_information(t, y).bits
    monkeypatch.setattr(gaussian, "CHUNK", 7)
    assert gaussian_information(t, y).bits == pytest.approx(before, abs=1e-12)
    assert gaussian_information(t.float(), y.float()).bits == pytest.approx(before, abs=1e-5)
    assert torch.equal(t, kept[0])
    assert torch.equal(y, kept[1])


@pytest.mark.parametrize("estimate", BOTH)
def test_constant_units_say_nothing(estimate) -> None:
    t, y = correlated(300, 0.7, d=2)
    padded = torch.cat([t, torch.full((300, 1), 3.0)], dim=1)
    assert estimate(padded, y).bits == pytest.approx(estimate(t, y).bits, abs=1e-9)
    assert estimate(padded[:, 2:], y).bits == 0
    assert estimate(t, padded[:, 2:]).bits == 0
    assert estimate(padded[:, 2:], torch.arange(300) % 2).bits == 0


def test_what_is_above_the_entropy_of_labels_is_flagged() -> None:
    """Two classes a hundred deviations apart: five bits and more, of labels that hold one."""
    y = torch.arange(200) % 2
    t = normal(200, 1) + 100 * y[:, None]
    for estimate in BOTH:
        near = estimate(normal(200, 1), y)
        assert (near.ceiling, near.flags) == (pytest.approx(1), ())
    apart = gaussian_information(t, y)
    assert apart.bits > 5
    assert (apart.ceiling, apart.flags) == (pytest.approx(1), (ABOVE_CEILING,))
    values = gaussian_information(t, t + 1e-3 * normal(200, 1, seed=2))
    assert (values.ceiling, values.flags) == (math.inf, ())


def test_noise_makes_a_singular_case_finite_at_the_door() -> None:
    twice = normal(300, 1).repeat(1, 2)
    with pytest.raises(InfoplaneError, match=r"is singular .* noise .noise_variance .* use one of"):
        mutual_information(twice, twice[:, 0] > 0, "gaussian")
    found = mutual_information(twice, twice[:, 0] > 0, "gaussian(noise_variance=0.1)")
    assert found.resolution == "closed form, σ² = 0.1"
    plain = mutual_information(twice[:, 0], twice[:, 0] > 0, "gaussian")
    assert plain.resolution == "closed form, bias-corrected"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gaussian_information(APART, LABELS[1:]), "t has 3000 samples and y has 2999"),
        (lambda: gaussian_information(APART[:1], LABELS[:1]), "t has 1 samples; give 2 or more"),
        (lambda: gaussian_information(APART, APART), r"t and y together is singular \(3000"),
        (lambda: gaussian_information(normal(5, 9), normal(5, 1)), r"of t is singular \(5 samp"),
        (lambda: gaussian_information(normal(9, 3), torch.arange(9) // 3), "t in class 0 is sin"),
        (lambda: gaussian_information(APART, torch.arange(3000).clamp_max(1)), "class 0 is sing"),
        (lambda: gaussian_entropy(torch.ones(5, 1)), "of t is singular"),
        (lambda: gaussian_entropy(APART, noise_variance=-1), "noise_variance is -1; give a fin"),
        (
            lambda: gaussian_information(APART, LABELS, noise_variance=1, bias_correction=True),
            "the bias is not known with noise_variance 1",
        ),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()


def test_values_that_are_not_finite_are_refused() -> None:
    for estimate in BOTH:
        with pytest.raises(NonFiniteError, match="t has values that are NaN"):
            estimate(APART / 0, LABELS)
        with pytest.raises(NonFiniteError, match="y has values that are NaN"):
            estimate(APART, APART / 0)
