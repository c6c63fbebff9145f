"""Label bits, the Fano floor and the three-way split against exact values."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from infoplane.data.label_noise import label_noise_bits, transition_matrix
from infoplane.memorization.label_bits import (
    fano_floor,
    label_bits,
    least_error,
    memorized_bits,
    three_way_split,
)

Y = torch.arange(1000) % 10


def test_a_network_that_is_certain_saves_all_label_bits() -> None:
    assert label_bits(torch.zeros(1000), Y) == pytest.approx(1000 * math.log2(10))
    uniform = torch.full((1000,), -math.log2(10), dtype=torch.float64)
    assert label_bits(uniform, Y) == pytest.approx(0, abs=1e-9)
    at_rate_one = memorized_bits(torch.zeros(1000).double(), uniform)
    assert at_rate_one.positive == pytest.approx(1000 * math.log2(10))
    assert memorized_bits(uniform, uniform) == pytest.approx((0, 0), abs=1e-9)


@given(st.floats(-20, 0), st.floats(-20, 0))
def test_the_mixture_costs_at_most_a_bit(log2_p: float, log2_reference: float) -> None:
    p, reference = (torch.tensor([v], dtype=torch.float64) for v in (log2_p, log2_reference))
    positive, mixture = memorized_bits(p, reference)
    assert positive - 1 - 1e-9 <= mixture <= positive + 1e-9


def entropy(*p: float) -> float:
    return -sum(x * math.log2(x) for x in p if x > 0)


@pytest.mark.parametrize(
    ("noise_entropy", "memorized", "classes", "published"),
    [
        (label_noise_bits(transition_matrix("flipped", rate=0.8, classes=10), Y.bincount())[0],
         0.0, 10, 0.800),
        (label_noise_bits(transition_matrix("flipped", rate=0.8, classes=10), Y.bincount())[0],
         1.0, 10, 0.406),
        (entropy(0.6, 0.4), 0.0, 10, 0.131),
        (entropy(0.6, 0.2, 0.2), 0.0, 10, 0.204),
        (entropy(0.6, 0.2, 0.2), 0.0, 4, 0.306),
    ],
)  # fmt: skip
def test_published_values_of_the_fano_bound(
    noise_entropy: float, memorized: float, classes: int, published: float
) -> None:
    """Harutyunyan et al. 2020, on a grid of .002: flips of .8, pairs and triples of .4."""
    error = least_error(memorized, classes=classes, noise_entropy=noise_entropy)
    assert published - 2e-3 <= error <= published + 5e-4
    floor = fano_floor(error, classes=classes, noise_entropy=noise_entropy)
    assert floor == pytest.approx(memorized, abs=1e-9)


def test_floor_at_the_ends() -> None:
    noise = math.log2(10)
    assert fano_floor(0.0, classes=10, noise_entropy=noise) == noise
    assert fano_floor(0.9, classes=10, noise_entropy=noise) == pytest.approx(0, abs=1e-9)
    assert fano_floor(0.9, classes=10, noise_entropy=0.0) == 0
    assert least_error(noise, classes=10, noise_entropy=noise) == 0


def test_three_way_split() -> None:
    labels, seen = torch.tensor([0, 0, 0, 0, 1]), torch.tensor([1, 1, 1, 1, 1])
    split = three_way_split(torch.tensor([1, 1, 0, 2, 0]), labels, seen)
    assert split == pytest.approx((0.5, 0.25, 0.25))
    assert all(map(math.isnan, three_way_split(labels, labels, labels)))
