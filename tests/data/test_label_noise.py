"""Label noise: its transition matrix is what is done, and its bits are exact."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane import seeds
from infoplane.data.config import DataConfig
from infoplane.data.label_noise import (
    label_noise,
    label_noise_bits,
    permuted_matrix,
    realised_rate,
    transition_matrix,
)
from infoplane.data.labels import corrupt, permute
from infoplane.data.load import load
from infoplane.errors import InfoplaneError

LABELS = torch.arange(20_000) % 10
COUNTS = torch.bincount(LABELS)
ROWS = tuple((torch.eye(10) * 0.5 + torch.eye(10).roll(3, dims=1) * 0.5).flatten().tolist())
KINDS = ("true", "resampled", "flipped", "permuted", "paired", "matrix")


def corrupted(kind: str, rate: float) -> torch.Tensor:
    given = {"rate": rate, "classes": 10, "transition": ROWS}
    return corrupt(LABELS, kind, generator=seeds.generator(0, "test"), **given)


def test_published_table_of_ceilings() -> None:
    """memorization.md §5.3: resampled labels, ten equal classes."""
    noise = [0.722, 1.251, 1.697, 2.084, 2.419, 2.707, 2.948, 3.138, 3.269, 3.322]
    shared = [2.600, 2.071, 1.625, 1.238, 0.903, 0.615, 0.374, 0.184, 0.053, 0]
    for i, (h, information) in enumerate(zip(noise, shared, strict=True), start=1):
        matrix = transition_matrix("resampled", rate=i / 10, classes=10)
        got = label_noise_bits(matrix, torch.full((10,), 5))
        assert got == pytest.approx((h, information), abs=6e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_transition_matrices_are_what_is_done(kind: str) -> None:
    matrix = transition_matrix(kind, rate=0.6, classes=10, transition=ROWS, class_counts=COUNTS)
    torch.testing.assert_close(matrix.sum(dim=1), torch.ones(10, dtype=torch.float64))
    counts = torch.zeros(10, 10).index_put_(
        (LABELS, corrupted(kind, 0.6)), torch.tensor(1.0), accumulate=True
    )
    torch.testing.assert_close(counts / 2000, matrix.float(), atol=0.04, rtol=0)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["true", "resampled", "flipped", "paired", "permuted"]),
    st.floats(0, 1),
    st.lists(st.integers(0, 50), min_size=2, max_size=6).filter(any),
)
def test_bits_keep_within_their_bounds(kind: str, rate: float, counts: list[int]) -> None:
    matrix = transition_matrix(
        kind, rate=rate, classes=len(counts), class_counts=torch.tensor(counts)
    )
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


def test_permuted_labels_of_few_examples_are_exact() -> None:
    """All ways to choose and shuffle two or three of five examples, counted one by one."""
    labels = [0, 0, 1, 2, 2]
    for rate in (0.4, 0.6):
        moved, table = round(rate * 5), torch.zeros(3, 3, dtype=torch.float64)
        for chosen in itertools.combinations(range(5), moved):
            for order in itertools.permutations(chosen):
                seen = list(labels)
                for into, taken in zip(chosen, order, strict=True):
                    seen[into] = labels[taken]
                for y, heard in zip(labels, seen, strict=True):
                    table[y, heard] += 1
        exact = table / table.sum(dim=1, keepdim=True)
        torch.testing.assert_close(permuted_matrix(torch.tensor([2, 1, 2]), rate=rate), exact)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6).filter(any), st.floats(0, 1))
def test_permuted_labels_keep_their_counts_on_average(counts: list[int], rate: float) -> None:
    matrix, n = permuted_matrix(torch.tensor(counts), rate=rate), torch.tensor(counts).double()
    assert (matrix >= 0).all()
    torch.testing.assert_close(n @ matrix, n)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_the_noise_of_a_training_part(kind: str) -> None:
    config = DataConfig("digits", labels=kind, rate=0.5, transition=ROWS * (kind == "matrix"))
    train, _ = load(config, seed=0)
    noise = label_noise(config, train)
    assert noise.rate == float(train.corrupted.double().mean())
    given = {"rate": 0.5, "classes": 10, "transition": config.transition}
    counts = torch.bincount(train.labels)
    matrix = transition_matrix(kind, class_counts=counts, **given)
    assert (noise.entropy, noise.information) == label_noise_bits(matrix, counts)
    assert noise.entropy + noise.information <= math.log2(10) + 1e-9


def test_of_permuted_labels_the_rate_is_as_the_matrix_says() -> None:
    n, rate = 60, 0.5
    labels = torch.arange(n) % 3
    drawn = [permute(labels, rate=rate, generator=seeds.generator(i, "t")) for i in range(400)]
    kept = float(permuted_matrix(torch.bincount(labels), rate=rate).diagonal().mean())
    found = sum(realised_rate(labels, seen) for seen in drawn) / 400
    assert found == pytest.approx(1 - kept, abs=5 * 0.5 / math.sqrt(400 * n))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: transition_matrix("resampled", rate=2, classes=3), "rate is 2; give a chance"),
        (
            lambda: transition_matrix("flipped", rate=1, classes=1),
            "labels of 1 class cannot be flipped",
        ),
        (
            lambda: transition_matrix("matrix", rate=1, classes=3, transition=(1.0,)),
            "transition holds 1 values, but the data have 3 classes",
        ),
        (
            lambda: label_noise_bits(torch.eye(2, dtype=torch.float64), torch.tensor([0, 0])),
            r"class_counts is \[0, 0\]; give at least one",
        ),
        (
            lambda: transition_matrix("permuted", rate=1, classes=3),
            "no transition matrix by themselves; give class_counts",
        ),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()
