"""Soft entropy against its definition, and against spheres of which everything is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.special import gammaln, ive

from infoplane import seeds
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.projected import soft_entropy as module
from infoplane.information.projected.soft_entropy import (
    soft_entropy,
    soft_information,
    sphere_temperature,
)


def layer(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def by_definition(t: np.ndarray, m: int, epsilon: float) -> float:
    """One row at a time, on the same directions."""
    d = t.shape[1]
    generator = seeds.generator(0, "soft entropy references", m, d)
    w = torch.randn(m, d, generator=generator, dtype=torch.float64).numpy()
    total = np.zeros(m)
    for row in t.astype(np.float64):
        z = [row @ v / np.linalg.norm(row) / np.linalg.norm(v) / epsilon for v in w]
        e = np.exp(np.array(z) - max(z))
        total += e / e.sum()
    p = total / len(t)
    return float(-(p * np.log2(p)).sum())


@pytest.mark.parametrize("epsilon", [0.02, 0.3, 5.0])
def test_equals_its_definition(epsilon: float) -> None:
    t, y = layer(40, 5), torch.arange(40) % 3
    assert soft_entropy(t, references=20, temperature=epsilon) == pytest.approx(
        by_definition(t.numpy(), 20, epsilon), abs=1e-10
    )
    parts = [(t[y == c].numpy(), float((y == c).float().mean())) for c in range(3)]
    slow = by_definition(t.numpy(), 20, epsilon) - sum(
        p * by_definition(part, 20, epsilon) for part, p in parts
    )
    got = soft_information(t, y, references=20, temperature=epsilon)
    assert got.bits == pytest.approx(slow, abs=1e-6)
    assert got.resolution == f"m = 20 directions, ε = {epsilon:g}"


@pytest.mark.parametrize("d", [2, 3, 5, 20, 64])
@pytest.mark.parametrize("m", [2, 100])
def test_temperature_solves_the_divergence_written_with_bessel_functions(d: int, m: int) -> None:
    kappa, nu = 1 / sphere_temperature(m, d), d / 2 - 1
    log_m = nu * math.log(2 / kappa) + gammaln(d / 2) + math.log(ive(nu, kappa)) + kappa
    divergence = kappa * ive(nu + 1, kappa) / ive(nu, kappa) - log_m
    assert divergence == pytest.approx(math.log(m), abs=1e-6)


def test_temperature_in_many_dimensions_is_that_of_leading_order() -> None:
    expected = 1 / math.sqrt(2 * 100_000 * math.log(100))
    assert sphere_temperature(100, 100_000) == pytest.approx(expected, rel=1e-3)
    assert sphere_temperature(100, 3) == pytest.approx(1 / (50 * math.e), rel=1e-6)


def test_all_directions_fill_the_sphere_and_one_does_not() -> None:
    everywhere = soft_entropy(layer(20_000, 3), references=50)
    assert 0.93 * math.log2(50) < everywhere < math.log2(50)
    one = soft_entropy(torch.ones(10, 3), references=50)
    assert one < 0.5 * math.log2(50)
    assert soft_entropy(torch.ones(1, 3), references=50) == pytest.approx(one, abs=1e-12)
    assert soft_entropy(torch.zeros(4, 3), references=50) == pytest.approx(math.log2(50))


def test_separate_classes_give_the_whole_entropy_of_labels() -> None:
    y = torch.arange(400) % 4
    t = torch.eye(4)[y] - torch.eye(4)[(y + 1) % 4] + 0.01 * layer(400, 4)
    got = soft_information(t, y, references=1000, temperature=0.01)
    assert got.bits == pytest.approx(2, abs=0.02)
    assert got.ceiling == pytest.approx(2)
    assert soft_information(t, y, references=2).ceiling == 1
    assert soft_information(t, y * 0).bits == pytest.approx(0, abs=1e-12)
    assert soft_information(torch.ones(400, 4), y).bits == pytest.approx(0, abs=1e-12)


def test_information_lies_between_zero_and_its_ceiling() -> None:
    for seed in range(5):
        y = torch.randint(0, 9, (30,), generator=torch.Generator().manual_seed(seed))
        got = soft_information(layer(30, 6, seed), y, references=10, seed=seed)
        assert 0 <= got.bits <= got.ceiling


def test_norm_order_names_of_labels_and_blocks_do_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    t, y = layer(60, 4), torch.arange(60) % 5
    before, value = t.clone(), soft_information(t, y).bits
    scales = torch.logspace(-30, 30, 60)[:, None]
    order = torch.randperm(60, generator=torch.Generator().manual_seed(0))
    assert soft_information(t * scales, 7 - 3 * y).bits == pytest.approx(value, abs=1e-6)
    assert soft_information(t[order], y[order]).bits == pytest.approx(value, abs=1e-12)
    assert soft_information(t.double(), y).bits == pytest.approx(value, abs=1e-12)
    assert soft_information(t, y).bits == value
    assert soft_information(t, y, seed=1).bits != value
    monkeypatch.setattr(module, "BLOCK", 700)
    assert soft_information(t, y).bits == pytest.approx(value, abs=1e-12)
    assert torch.equal(t, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t": torch.zeros(0, 3)}, "t has shape .0, 3.; give 1 or more samples"),
        ({"t": torch.ones(4, 1)}, "t has 1 unit, and soft .* one unit suits ross, kde-upper"),
        ({"y": torch.zeros(3, dtype=torch.int64)}, "t has 4 samples and y has 3"),
        ({"y": torch.zeros(4)}, "y is float32 of shape .4.; give whole numbers"),
        ({"references": 1}, "references is 1; give 2 to 10,000"),
        ({"references": 10_001}, "references is 10001; give 2 to 10,000"),
        ({"temperature": 0.0}, "temperature is 0.0; give one above 0"),
    ],
)
def test_refuses_what_has_no_sense(change: dict, message: str) -> None:
    given = {"t": torch.ones(4, 3), "y": torch.zeros(4, dtype=torch.int64), **change}
    with pytest.raises(InfoplaneError, match=message):
        soft_information(**given)


@pytest.mark.parametrize("references", [2, 10_000])
def test_takes_as_many_directions_as_it_says(references: int) -> None:
    t = torch.tensor([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    assert 0 < soft_information(t, torch.tensor([0, 1]), references=references).bits <= 1


def test_refuses_what_is_not_finite() -> None:
    for bad in (math.nan, math.inf):
        with pytest.raises(NonFiniteError, match="t has values that are NaN or infinite"):
            soft_entropy(torch.tensor([[1.0, bad]]))
