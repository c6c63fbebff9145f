"""Sliced information: lines against slow counts, slices against the closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import digamma

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.core.estimate import ABOVE_CEILING
from infoplane.information.neighbours.one_dimensional import (
    ksg_on_lines,
    neighbours,
    ross_on_a_line,
)
from infoplane.information.projected.pointwise_sliced import (
    pointwise_sliced,
    pointwise_sliced_information,
)
from infoplane.information.projected.sliced import ON_LINES, lines_of, sliced_information


def normal(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


LABELS = torch.arange(600) % 3
NEAR = normal(600, 4) + 2 * torch.nn.functional.one_hot(LABELS, 4)


def slow_ksg(x: np.ndarray, y: np.ndarray, k: int) -> float:
    dx, dy = (np.abs(v[:, None] - v) for v in (x, y))
    n, total = len(x), 0.0
    for i in range(n):
        others = np.arange(n) != i
        radius = np.sort(np.maximum(dx, dy)[i, others])[k - 1]
        nearer = np.less if radius else np.less_equal
        both = (np.maximum(dx, dy)[i, others] == 0).sum()
        counts = [nearer(d[i, others], radius).sum() for d in (dx, dy)]
        total += digamma(k if radius else both) - sum(digamma(c + 1) for c in counts)
    return digamma(n) + total / n


def slow_ross(x: np.ndarray, labels: np.ndarray, k: int) -> float:
    distances, n, total = np.abs(x[:, None] - x), len(x), 0.0
    for i in range(n):
        own = (labels == labels[i]) & (np.arange(n) != i)
        radius = np.sort(distances[i, own])[k - 1]
        if radius:
            found, inside = k, (distances[i] < radius).sum()
        else:
            found, inside = (distances[i, own] == 0).sum(), (distances[i] == 0).sum()
        total += digamma(found) - digamma(inside) - digamma(own.sum() + 1)
    return digamma(n) + total / n


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("kind", ["values", "steps", "atoms", "constant"])
def test_lines_are_those_of_the_slow_form(k: int, kind: str) -> None:
    x, noise = normal(200, 2, seed=k).double().numpy().T
    y = x + noise
    if kind == "steps":  # many distances that are equal but for rounding
        x, y = np.round(x, 1), np.round(y, 1) + 1e3
    if kind == "atoms":
        x, y = np.maximum(x, 0), np.maximum(y, 0)
    if kind == "constant":
        x = x * 0
    labels = np.arange(200) % 3
    assert ksg_on_lines(x, y, k) == pytest.approx(slow_ksg(x, y, k), abs=1e-9)
    assert ross_on_a_line(x, labels, k) == pytest.approx(slow_ross(x, labels, k), abs=1e-9)


def test_goldens_of_the_line() -> None:
    x = np.array([1.3, 3.7, 5.1, 2.4, 3.4])
    y = np.array([1.5, 3.32, 5.3, 2.3, 3.3])
    assert ksg_on_lines(x, y, 3) / math.log(2) == pytest.approx(0.16831442143704642, abs=1e-9)
    x, y = np.array([10.0, 12, 9, 11, 13]), np.array([13.0, 11, 9, 12, 10])
    assert ksg_on_lines(x, y, 4) == pytest.approx(0.05)  # counted by hand; with ≤ it were -0.25


def test_neighbours_are_strictly_nearer() -> None:
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=300), 2) + 1e4  # sums of value and radius round either way
    away = np.abs(x[:, None] - x)
    radius = away[np.arange(300), rng.integers(0, 300, 300)]
    expected = np.where(radius > 0, (away < radius[:, None]).sum(1), (away == 0).sum(1)) - 1
    assert (neighbours(x, radius) == expected).all()


@pytest.mark.parametrize(("rho", "k"), [(0.75, 3), (0.0, 3), (0.95, 5)])
def test_one_dimension_is_the_information(rho: float, k: int) -> None:
    x, noise = normal(4000, 1), normal(4000, 1, seed=1)
    y = rho * x + math.sqrt(1 - rho**2) * noise
    truth = -0.5 * math.log2(1 - rho**2)
    for rule in ON_LINES:
        found = sliced_information(x, y, slices=2, k=k, one_dimensional=rule)
        assert found.bits == pytest.approx(truth, abs=0.06)


@pytest.mark.parametrize(("d", "nats"), [(2, 0.6931472), (3, 0.3068528), (10, 0.0586234)])
def test_closed_form_of_equal_normals(d: int, nats: float) -> None:
    """½ (ψ(d/2) - ψ((d-1)/2)): it shrinks with the width, though I(X;X) is infinite."""
    x = normal(2000, d)
    found = sliced_information(x, x, slices=800, one_dimensional="gaussian")
    assert abs(found.bits * math.log(2) - nats) < 3 * found.drawing_error * math.log(2) + 1e-3
    assert found.ceiling == math.inf
    assert found.resolution == "800 slices, closed form"


def test_neighbours_see_the_closed_form() -> None:
    found = sliced_information(normal(2000, 3), normal(2000, 3), slices=60)
    assert abs(found.bits * math.log(2) - 0.3068528) < 3 * found.drawing_error * math.log(2)
    assert found.resolution == "60 slices, k = 3"
    assert found.estimator == "sliced KSG"
    assert found.bits < found.ceiling < math.log2(2000)


@pytest.mark.parametrize("rule", ON_LINES)
def test_labels(rule: str) -> None:
    options = {"slices": 40, "one_dimensional": rule}
    related = sliced_information(NEAR, LABELS, **options)
    noise = sliced_information(normal(600, 4, seed=3), LABELS, **options)
    assert related.bits > 0.15
    assert noise.bits == pytest.approx(0, abs=0.05)
    apart = 1e3 * LABELS[:, None].float() + normal(600, 1)
    if rule == "ksg":
        assert sliced_information(apart, LABELS, slices=1).bits == pytest.approx(
            math.log2(3), abs=0.01
        )
        assert related.ceiling == pytest.approx(math.log2(3), abs=0.01)


def test_directions_are_uniform_and_of_length_one() -> None:
    theta = np.array(list(lines_of(torch.eye(3) * 3 - 1.0, 2000, 0, "t")))
    whole = theta - theta.mean(axis=1, keepdims=True)  # of centred corners: their mean is gone
    assert np.abs(whole.mean(axis=0)).max() < 0.15
    again = np.array(list(lines_of(torch.eye(3) * 3 + 7.0, 2000, 0, "t")))
    assert np.allclose(theta, again, atol=1e-6)


def test_order_scale_seed_and_inputs() -> None:
    kept, state = NEAR.clone(), torch.get_rng_state()
    for estimate in (
        lambda t, y, seed=0: sliced_information(t, y, slices=5, seed=seed),
        lambda t, y, seed=0: pointwise_sliced_information(t, y, slices=5, seed=seed),
    ):
        before = estimate(NEAR, LABELS).bits
        order = torch.randperm(600, generator=torch.Generator().manual_seed(0))
        assert estimate(NEAR[order], 9 - 4 * LABELS[order]).bits == pytest.approx(before, abs=1e-6)
        assert estimate(NEAR * 4 + 64, LABELS).bits == pytest.approx(before, abs=1e-3)
        assert estimate(NEAR, LABELS, seed=1).bits != before
        assert estimate(NEAR.double(), LABELS).bits == pytest.approx(before, abs=1e-9)
    assert torch.equal(NEAR, kept)
    assert torch.equal(torch.get_rng_state(), state)


def test_pointwise_is_that_of_scipy() -> None:
    each = pointwise_sliced(NEAR, LABELS, slices=7, seed=2)
    labels, expected = LABELS.numpy(), np.zeros(600)
    for x in lines_of(NEAR, 7, 2, "t"):
        p = [stats.norm.pdf(x, x[labels == c].mean(), x[labels == c].std()) for c in range(3)]
        expected += np.log2(np.choose(labels, p) / np.mean(p, axis=0)) / 7
    assert torch.allclose(each, torch.from_numpy(expected), atol=1e-9)
    found = pointwise_sliced_information(NEAR, LABELS, slices=7, seed=2)
    assert found.bits == pytest.approx(expected.mean())
    assert found.drawing_error == pytest.approx(expected.std(ddof=1) / math.sqrt(600))
    assert found.ceiling == pytest.approx(math.log2(3))
    assert float(each.max()) <= found.ceiling


def test_pointwise_singles_out_wrong_labels() -> None:
    noisy = LABELS.clone()
    noisy[:30] = (noisy[:30] + 1) % 3
    each = pointwise_sliced(NEAR, noisy, slices=50)
    assert float(each[:30].mean()) < float(each[30:].mean()) - 0.3


def test_degenerate_layers_have_defined_values() -> None:
    flat = torch.ones(600, 3)
    for rule in ON_LINES:
        found = sliced_information(flat, LABELS, slices=2, one_dimensional=rule)
        assert found.bits == pytest.approx(0, abs=0.02)
        values = sliced_information(flat, NEAR, slices=2, one_dimensional=rule)
        assert values.bits == pytest.approx(0, abs=0.02)
    assert pointwise_sliced(flat, LABELS, slices=2).abs().max() < 1e-9
    pure = LABELS[:, None].float()
    assert pointwise_sliced_information(pure, LABELS, slices=2).bits == pytest.approx(math.log2(3))


def test_variances_know_no_bound_by_labels_and_are_flagged_above_it() -> None:
    far = sliced_information(NEAR + 1e4 * LABELS[:, None], LABELS, one_dimensional="gaussian")
    assert far.bits > far.ceiling == pytest.approx(math.log2(3))
    assert ABOVE_CEILING in far.flags
    near = sliced_information(NEAR, LABELS, one_dimensional="gaussian")
    assert ABOVE_CEILING not in near.flags


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sliced_information(NEAR, LABELS[1:]), "t has 600 samples and y has 599"),
        (lambda: sliced_information(NEAR[:3], NEAR[:3]), "t has 3 samples; give 4 or more"),
        (lambda: sliced_information(NEAR, LABELS, k=0), "k is 0; give a finite number above 0"),
        (lambda: sliced_information(NEAR, LABELS, slices=0), "slices is 0; give a finite"),
        (
            lambda: sliced_information(NEAR[:9], LABELS[:9]),
            "a class has 3 samples; give 4 .* merge",
        ),
        (
            lambda: sliced_information(NEAR, LABELS, one_dimensional="edge"),
            "one_dimensional is 'edge'; give one of: ksg, gaussian",
        ),
        (
            lambda: sliced_information(NEAR[:, :1], NEAR[:, :1], one_dimensional="gaussian"),
            "a projection of t is decided by y",
        ),
        (lambda: pointwise_sliced(NEAR, NEAR), "y is torch.float32; give integer labels"),
        (lambda: pointwise_sliced(NEAR[:4], LABELS[:4]), "a class has 1 sample; give 2 or more"),
        (lambda: pointwise_sliced(NEAR, LABELS, slices=0), "slices is 0; give a finite"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()
    for estimate in (sliced_information, pointwise_sliced):
        with pytest.raises(NonFiniteError, match="t has values that are NaN"):
            estimate(NEAR / 0, LABELS)


def test_on_a_line_one_direction_says_what_all_do() -> None:
    t, y = torch.randn(2, 300, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    labels = (y[:, 0] > 0).long()
    for other in (t + y, labels):
        found = sliced_information(t, other, slices=64)
        one = sliced_information(t, other, slices=1)
        assert found.bits == pytest.approx(one.bits, abs=1e-12)
        assert (found.drawing_error, found.resolution) == (0, "64 slices, k = 3")
        assert math.isnan(one.drawing_error)
        mirrored = sliced_information(-t, other, slices=64)
        assert mirrored.bits == pytest.approx(found.bits, abs=1e-12)
    few, many = (pointwise_sliced(t, labels, slices=s) for s in (1, 50))
    assert torch.allclose(few, many, atol=1e-12)
