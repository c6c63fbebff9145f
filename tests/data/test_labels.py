"""Corruptions: their rates, what they keep, and their exact bits."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane import seeds
from infoplane.data.labels import (
    corrupt,
    flip,
    label_noise_bits,
    permute,
    realised_rate,
    resample,
    transition_matrix,
)
from infoplane.errors import InfoplaneError

LABELS = torch.arange(20_000) % 10


def corrupted(kind: str, rate: float, seed: int = 0) -> torch.Tensor:
    generator = seeds.generator(seed, "test")
    return corrupt(LABELS, kind, rate=rate, classes=10, generator=generator)


@pytest.mark.parametrize(
    ("kind", "changed"), [("true", 0.0), ("resampled", 0.9), ("flipped", 1.0), ("permuted", 0.9)]
)
@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_rates(kind: str, changed: float, rate: float) -> None:
    seen = corrupted(kind, rate)
    assert realised_rate(LABELS, seen) == pytest.approx(changed * rate, abs=0.015)
    assert torch.equal(seen, corrupted(kind, rate))
    assert kind == "true" or rate == 0 or not torch.equal(seen, corrupted(kind, rate, seed=1))
    assert set(seen.tolist()) <= set(range(10))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.floats(0, 1), st.integers(0, 99))
def test_what_each_keeps(labels: list[int], rate: float, seed: int) -> None:
    y = torch.tensor(labels)
    before = y.clone()

    def seen(kind: str, rate: float) -> torch.Tensor:
        return corrupt(y, kind, rate=rate, classes=5, generator=seeds.generator(seed, "t"))

    assert seen("permuted", rate).sort().values.equal(y.sort().values)
    assert (seen("flipped", 1.0) != y).all()
    assert seen("true", rate).equal(y)
    assert realised_rate(y, seen("permuted", rate)) * len(y) <= round(rate * len(y)) + 1e-9
    for kind in ("resampled", "flipped", "permuted"):
        assert seen(kind, 0.0).equal(y)
    assert y.equal(before)


def test_published_table_of_ceilings() -> None:
    """memorization.md §5.3: resampled labels, ten equal classes."""
    noise = [0.722, 1.251, 1.697, 2.084, 2.419, 2.707, 2.948, 3.138, 3.269, 3.322]
    shared = [2.600, 2.071, 1.625, 1.238, 0.903, 0.615, 0.374, 0.184, 0.053, 0]
    for i, (h, information) in enumerate(zip(noise, shared, strict=True), start=1):
        matrix = transition_matrix("resampled", rate=i / 10, classes=10)
        got = label_noise_bits(matrix, torch.full((10,), 5))
        assert got == pytest.approx((h, information), abs=6e-4)


@pytest.mark.parametrize("kind", ["true", "resampled", "flipped"])
def test_transition_matrices_are_what_is_done(kind: str) -> None:
    matrix = transition_matrix(kind, rate=0.6, classes=10)
    torch.testing.assert_close(matrix.sum(dim=1), torch.ones(10, dtype=torch.float64))
    counts = torch.zeros(10, 10).index_put_(
        (LABELS, corrupted(kind, 0.6)), torch.tensor(1.0), accumulate=True
    )
    torch.testing.assert_close(counts / 2000, matrix.float(), atol=0.04, rtol=0)


def test_pure_functions_are_what_the_kinds_name() -> None:
    def generator() -> torch.Generator:
        return seeds.generator(0, "test")

    drawn = {
        "resampled": resample(LABELS, rate=0.4, classes=10, generator=generator()),
        "flipped": flip(LABELS, rate=0.4, classes=10, generator=generator()),
        "permuted": permute(LABELS, rate=0.4, generator=generator()),
    }
    for kind, seen in drawn.items():
        assert seen.equal(corrupted(kind, 0.4))


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["true", "resampled", "flipped"]),
    st.floats(0, 1),
    st.lists(st.integers(0, 50), min_size=2, max_size=6).filter(any),
)
def test_bits_keep_within_their_bounds(kind: str, rate: float, counts: list[int]) -> None:
    matrix = transition_matrix(kind, rate=rate, classes=len(counts))
    noise, shared = label_noise_bits(matrix, torch.tensor(counts))
    p = torch.tensor(counts).double() / sum(counts)
    assert -1e-9 <= noise <= math.log2(len(counts)) + 1e-9
    assert -1e-9 <= shared <= float(torch.special.entr(p).sum()) / math.log(2) + 1e-9


def test_unequal_classes() -> None:
    given, shared = label_noise_bits(
        transition_matrix("flipped", rate=1.0, classes=2), torch.tensor([3, 1])
    )
    assert given == 0
    assert shared == pytest.approx(2 - 0.75 * math.log2(3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: corrupted("resampled", 1.5), "rate is 1.5; give a chance between 0 and 1"),
        (
            lambda: corrupt(
                LABELS * 0, "flipped", rate=1, classes=1, generator=seeds.generator(0, "t")
            ),
            "labels of 1 class cannot be flipped",
        ),
        (lambda: corrupted("flip", 0.5), "no corruption 'flip'; give 'true', 'resampled'"),
        (
            lambda: permute(LABELS, rate=-0.5, generator=seeds.generator(0, "t")),
            "rate is -0.5; give a chance",
        ),
        (lambda: transition_matrix("resampled", rate=2, classes=3), "rate is 2; give a chance"),
        (
            lambda: transition_matrix("flipped", rate=1, classes=1),
            "labels of 1 class cannot be flipped",
        ),
        (
            lambda: label_noise_bits(torch.eye(2, dtype=torch.float64), torch.tensor([0, 0])),
            r"class_counts is \[0, 0\]; give at least one",
        ),
        (lambda: transition_matrix("permuted", rate=1, classes=3), "no transition matrix"),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()
