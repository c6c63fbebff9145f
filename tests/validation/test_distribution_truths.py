"""The truth of each distribution, found again another way: published, quadrature, counting."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from oracle import entropy_of, mutual_information_of, rows_of
from scipy import integrate, special, stats

from infoplane.data import twelve_bit
from infoplane.errors import InfoplaneError
from infoplane.validation.continuous_family import student, uniform_noise
from infoplane.validation.discrete_family import class_mixture, joint_table, zero_inflated_poisson
from infoplane.validation.distribution import BITS, binary_entropy
from infoplane.validation.distributions import distribution, distributions
from infoplane.validation.gaussian_family import correlated
from infoplane.validation.images_family import channel_bits, digits
from infoplane.validation.networks_family import (
    linear_network,
    quantise,
    quantised_input,
    quantised_label,
    quantised_network,
)

PUBLISHED = {  # nats: Czyż et al. 2023, Gao et al. 2017, Kolchinsky & Tracey 2017
    "gaussian 1+1, ρ 0.75": 0.4133393,
    "gaussian through normal cdf": 0.4133393,
    "gaussian through half cube": 0.4133393,
    "gaussian through asinh": 0.4133393,
    "gaussian wiggly": 0.4133393,
    "gaussian swissroll 2+1": 0.4133393,
    "gaussian dense 2+2": 0.2938933,
    "gaussian dense 5+5": 0.5928118,
    "gaussian dense 25+25": 1.2921837,
    "gaussian 2-pair 2+2": 1.0216512,
    "gaussian 2-pair 5+5": 1.0216512,
    "gaussian 2-pair 25+25": 1.0216512,
    "gaussian spiral 3+3": 1.0216512,
    "gaussian spiral 5+5": 1.0216512,
    "student 1+1, 1 df": 0.2241714,
    "student 2+2, 2 df": 0.1931472,
    "student 3+3, 2 df": 0.2909219,
    "uniform, noise 0.1": 1.7094379,
    "uniform, noise 0.75": 0.3333333,
    "intervals, 2 classes": 0.3465736,
    "intervals, 5 classes": 1.0549202,
    "intervals, 10 classes": 1.6787526,
    "zero-inflated Poisson, p 0": 0.3012448,
    "zero-inflated Poisson, p 0.15": 0.2297760,
    "zero-inflated Poisson, p 0.5": 0.1163839,
    "2 classes 0.5 sd apart, 1-d": 0.0303113,
    "2 classes 1 sd apart, 1-d": 0.1114215,
    "2 classes 2 sd apart, 1-d": 0.3368308,
    "2 classes 4 sd apart, 1-d": 0.6327202,
    "2 classes 8 sd apart, 1-d": 0.6930536,
    "12-bit task": 0.9991571208502711 * math.log(2),
    "12-bit task, stochastic": 0.99 * math.log(2),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_truth_is_the_published_one(name: str) -> None:
    assert distribution(name).truth_bits / BITS == pytest.approx(PUBLISHED[name], abs=1e-7)


@pytest.mark.parametrize("correlation", [0.0, 0.75, 0.99])
def test_correlated_by_quadrature_of_the_conditional_entropy(correlation: float) -> None:
    conditional = stats.norm(0, math.sqrt(1 - correlation**2)).entropy()
    nats = float(stats.norm.entropy() - conditional)
    assert correlated(correlation).truth_bits == pytest.approx(nats * BITS, abs=1e-9)


@pytest.mark.parametrize(("dimensions", "df"), [(1, 1), (1, 2), (2, 2), (3, 2)])
def test_student_by_quadrature(dimensions: int, df: int) -> None:
    """All is in 1 + |x|²/ν, whose inverse is a Beta variable: E ln of it by quadrature."""

    def log_density(d: int) -> float:
        beta = stats.beta(df / 2, d / 2)
        power, _ = integrate.quad(lambda u: beta.pdf(u**2) * 2 * u * 2 * math.log(u), 0, 1)
        constant = math.lgamma((df + d) / 2) - math.lgamma(df / 2)
        return constant - d / 2 * math.log(df * math.pi) + (df + d) / 2 * float(power)

    nats = log_density(2 * dimensions) - 2 * log_density(dimensions)
    assert student(dimensions, df).truth_bits == pytest.approx(nats * BITS, abs=1e-6)


@pytest.mark.parametrize("noise", [0.1, 0.3, 0.5, 0.75, 2.0])
def test_uniform_noise_by_quadrature(noise: float) -> None:
    """The density of Y is a trapezium; Y given T has entropy ln 2ε."""

    def density(y: float) -> float:
        return max(min(y + noise, 1) - max(y - noise, 0), 0) / (2 * noise)

    edges = sorted({-noise, noise, 1 - noise, 1 + noise})
    entropy: float = sum(
        integrate.quad(lambda y: -density(y) * math.log(density(y) or 1), low, high)[0]
        for low, high in pairwise(edges)
    )
    nats = entropy - math.log(2 * noise)
    assert uniform_noise(noise).truth_bits == pytest.approx(nats * BITS, abs=1e-6)


@pytest.mark.parametrize("zero", [0.0, 0.15, 0.5, 0.9])
def test_zero_inflated_poisson_by_quadrature(zero: float) -> None:
    def information(y: int) -> float:
        marginal = (1 - zero) * 0.5 ** (y + 1) + zero * (y == 0)

        def integrand(t: float) -> float:
            p = (1 - zero) * float(stats.poisson.pmf(y, t)) + zero * (y == 0)
            return math.exp(-t) * p * math.log(p / marginal) if p > 0 else 0.0

        return integrate.quad(integrand, 0, 60, points=[0.5, y + 1.0], limit=200)[0]

    nats = sum(information(y) for y in range(25))
    assert zero_inflated_poisson(zero).truth_bits == pytest.approx(nats * BITS, abs=1e-6)


def test_zero_inflated_poisson_is_below_the_formula_in_print() -> None:
    assert zero_inflated_poisson(0.5).truth_bits < 0.5 * zero_inflated_poisson(0.0).truth_bits


@pytest.mark.parametrize("distance", [0.5, 1, 2, 4])
@pytest.mark.parametrize(("classes", "dimensions"), [(2, 1), (10, 1), (10, 10)])
def test_class_mixture_by_quadrature(classes: int, distance: float, dimensions: int) -> None:
    """I = E_y KL(p(t|y), p(t)): another integral than h(T) - h(T|Y), by Gauss–Hermite."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    means = distance * np.arange(classes)
    t = means[:, None] + nodes  # [classes, nodes]
    logs = stats.norm.logpdf(t[:, :, None] - means)  # [classes, nodes, classes]
    own = np.stack([logs[c, :, c] for c in range(classes)])
    ratio = own - special.logsumexp(logs, axis=2) + math.log(classes)
    nats = float((weights / weights.sum() * ratio).sum(axis=1).mean())
    got = class_mixture(classes, distance, dimensions).truth_bits
    assert got == pytest.approx(nats * BITS, abs=1e-6)


def test_class_mixture_from_nothing_to_all() -> None:
    assert class_mixture(10, 0.0, 3).truth_bits == pytest.approx(0, abs=1e-12)
    assert class_mixture(8, 30.0, 3).truth_bits == pytest.approx(3, abs=1e-9)


@pytest.mark.parametrize(("rows", "columns"), [(6, 4), (30, 10)])
def test_table_by_summing_over_cells(rows: int, columns: int) -> None:
    made = joint_table(rows, columns)
    generator = torch.Generator().manual_seed(0)
    t, y = made.sample(400_000, generator)
    counts = np.zeros((rows, columns))
    np.add.at(counts, (t[:, 0].long().numpy(), y.numpy()), 1)
    bias = (rows - 1) * (columns - 1) / (2 * counts.sum()) * BITS
    p = counts / counts.sum()
    h = [stats.entropy(x, base=2) for x in (p.sum(1), p.sum(0), p.flatten())]
    assert h[0] + h[1] - h[2] - bias == pytest.approx(made.truth_bits, abs=0.005)


@pytest.mark.parametrize(("bits", "widths", "kind"), [(2, (10, 7), "tanh"), (4, (10, 5), "relu")])
def test_quantised_network_by_counting(bits: int, widths: tuple[int, ...], kind: str) -> None:
    rows = rows_of(quantised_network(bits, widths, kind).numpy())
    labels = twelve_bit.labels().tolist()
    expected = mutual_information_of(rows, labels)
    assert quantised_label(bits, widths, kind).truth_bits == pytest.approx(expected, abs=1e-9)
    whole = entropy_of(rows)
    assert quantised_input(bits, widths, kind).truth_bits == pytest.approx(whole, abs=1e-9)
    assert 0.1 < expected < 0.9 < whole < 11


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_a_quantised_layer_has_as_many_levels_as_its_bits_allow(bits: int) -> None:
    h = torch.linspace(-1, 3, 1001, dtype=torch.float64)
    levels = quantise(h, bits).unique()
    assert len(levels) == 2**bits
    assert (levels.min(), levels.max()) == (-1, 3)
    assert len(quantised_network(bits, (10, 7)).unique()) <= 2**bits


def test_linear_network_by_regression_of_many_samples() -> None:
    """½ log2 of the ratio of determinants of T's covariance and of its residuals given X."""
    t, x = (v.numpy() for v in linear_network((10, 5, 2), 0.1).sample(
        200_000, torch.Generator().manual_seed(0)
    ))  # fmt: skip
    residuals = t - x @ np.linalg.lstsq(x, t, rcond=None)[0]
    np.testing.assert_allclose(np.cov(residuals.T), 0.1 * np.eye(2), atol=2e-3)
    ratio = np.linalg.det(np.cov(t.T)) / np.linalg.det(np.cov(residuals.T))
    expected = linear_network((10, 5, 2), 0.1).truth_bits
    assert math.log2(ratio) / 2 == pytest.approx(expected, abs=0.01)


def test_channel_by_summing_over_strings() -> None:
    flip, length = 0.05, 3
    strings = np.array(np.unravel_index(np.arange(8), (2, 2, 2))).T
    flips = (strings[:, None] != strings).sum(axis=2)
    p = flip**flips * (1 - flip) ** (length - flips) / 8
    expected = float((p * np.log2(p * 64)).sum())
    assert channel_bits(length, flip) == pytest.approx(expected, abs=1e-12)
    assert (binary_entropy(0.0), binary_entropy(0.5), binary_entropy(1.0)) == (0, 1, 0)


def test_no_image_of_a_zero_is_one_of_a_one() -> None:
    zeros, ones = ({row.tobytes() for row in images.numpy()} for images in digits())
    assert not zeros & ones
    assert min(len(zeros), len(ones)) > 170


def test_names_are_their_own_and_an_unknown_one_is_refused() -> None:
    assert all(name == made.name for name, made in distributions().items())
    assert len(distributions()) > 40
    with pytest.raises(InfoplaneError, match="there is no distribution 'normal'; give one of"):
        distribution("normal")
