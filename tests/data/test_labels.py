"""Corruptions of labels: their rates, and what they keep."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane import seeds
from infoplane.data.config import LabelKind
from infoplane.data.label_noise import realised_rate
from infoplane.data.labels import as_matrix, corrupt, draw, flip, pair, permute, resample
from infoplane.errors import InfoplaneError

LABELS = torch.arange(20_000) % 10
CHANGED = {"true": 0.0, "resampled": 0.9, "flipped": 1.0, "permuted": 0.9, "paired": 1.0}


def corrupted(kind: str, rate: float, seed: int = 0, transition: tuple = ()) -> torch.Tensor:
    given = {"rate": rate, "classes": 10, "transition": transition}
    return corrupt(LABELS, kind, generator=seeds.generator(seed, "test"), **given)


@pytest.mark.parametrize("kind", CHANGED)
@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_rates(kind: str, rate: float) -> None:
    """Within five standard deviations of a binomial."""
    seen, expected = corrupted(kind, rate), CHANGED[kind] * rate
    spread = 5 * math.sqrt(expected * (1 - expected) / len(LABELS))
    assert realised_rate(LABELS, seen) == pytest.approx(expected, abs=spread + 1e-9)
    assert torch.equal(seen, corrupted(kind, rate))
    assert set(seen.tolist()) <= set(range(10))


@pytest.mark.parametrize("kind", CHANGED)
def test_seeds_differ(kind: str) -> None:
    other = corrupted(kind, 0.3, seed=1)
    assert torch.equal(corrupted(kind, 0.3), other) == (kind == "true")


def test_pairs_are_neighbours() -> None:
    seen = corrupted("paired", 0.4)
    changed = seen != LABELS
    assert torch.equal(seen[changed], (LABELS[changed] + 1) % 10)


@pytest.mark.parametrize("kind", ["resampled", "flipped", "paired"])
def test_what_is_corrupted_stays_so_at_higher_rates(kind: str) -> None:
    """As the members of one run that differ in their rates rely on."""
    low, high = corrupted(kind, 0.2), corrupted(kind, 0.6)
    assert torch.equal(low[low != LABELS], high[low != LABELS])


def test_a_matrix_is_drawn_row_by_row() -> None:
    matrix = torch.eye(10, dtype=torch.float64)
    matrix[3, 3], matrix[3, 7], matrix[3, 9] = 0.5, 0.2, 0.3
    seen = corrupted("matrix", 1.0, transition=tuple(matrix.flatten().tolist()))
    assert torch.equal(seen[LABELS != 3], LABELS[LABELS != 3])
    found = torch.bincount(seen[LABELS == 3], minlength=10) / 2000
    torch.testing.assert_close(found, matrix[3].float(), atol=5 * 0.5 / math.sqrt(2000), rtol=0)
    assert not found[matrix[3] == 0].any(), "what has no chance is never drawn"


def test_every_kind_has_a_case() -> None:
    assert {*CHANGED, "matrix"} == set(get_args(LabelKind))


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
    for kind in ("resampled", "flipped", "permuted", "paired"):
        assert seen(kind, 0.0).equal(y)
    assert y.equal(before)


def test_pure_functions_are_what_the_kinds_name() -> None:
    def generator() -> torch.Generator:
        return seeds.generator(0, "test")

    drawn = {
        "resampled": resample(LABELS, rate=0.4, classes=10, generator=generator()),
        "flipped": flip(LABELS, rate=0.4, classes=10, generator=generator()),
        "permuted": permute(LABELS, rate=0.4, generator=generator()),
        "paired": pair(LABELS, rate=0.4, classes=10, generator=generator()),
    }
    for kind, seen in drawn.items():
        assert seen.equal(corrupted(kind, 0.4))
    rows = (0.1,) * 100
    by_matrix = draw(LABELS, matrix=as_matrix(rows, classes=10), generator=generator())
    assert by_matrix.equal(corrupted("matrix", 1.0, transition=rows))


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
        (lambda: corrupted("flip", 0.5), "no corruption 'flip'; give one of: true, resampled"),
        (
            lambda: permute(LABELS, rate=-0.5, generator=seeds.generator(0, "t")),
            "rate is -0.5; give a chance",
        ),
        (
            lambda: pair(LABELS, rate=-1, classes=10, generator=seeds.generator(0, "t")),
            "rate is -1; give a chance",
        ),
        (
            lambda: corrupted("matrix", 1.0, transition=(1.0, 0.0, 0.0, 1.0)),
            "transition holds 4 values, but the data have 10 classes; give 10 × 10 values",
        ),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call()
