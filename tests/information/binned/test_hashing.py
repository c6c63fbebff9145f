"""Equal rows get equal hashes, and only they, whatever the layout, precision and chunk."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.binned.hashing import hash_activations, hash_rows
from infoplane.information.binned.rules import Bins, EqualBins, FixedWidth, IDNNsBins
from infoplane.information.core import compiling


def partition(ids: torch.Tensor) -> torch.Tensor:
    return torch.unique(ids, return_inverse=True)[1]


def same_grouping(hashes: torch.Tensor, codes: torch.Tensor) -> bool:
    """Whether hashes group rows as ``torch.unique(dim=0)`` does."""
    by_row = torch.unique(codes, dim=0, return_inverse=True)[1]
    pairs = torch.unique(torch.stack([partition(hashes), by_row]), dim=1)
    return pairs.shape[1] == len(torch.unique(by_row)) == len(torch.unique(hashes))


ADVERSARIAL = {
    "powers of two": lambda g: 2.0 ** torch.randint(0, 30, (4000, 3), generator=g),
    "multiples of 2^20": lambda g: torch.randint(-4, 4, (4000, 6), generator=g) * 2.0**20,
    "one differing unit": lambda g: torch.eye(1000),
    "sign only": lambda g: torch.randint(0, 2, (4000, 12), generator=g) * 2.0 - 1,
    "permuted units": lambda g: torch.stack(
        [torch.arange(8.0)[torch.randperm(8, generator=g)] for _ in range(4000)]
    ),
    "all equal": lambda g: torch.full((500, 7), 3.0),
    "cancelling": lambda g: torch.stack([k := torch.arange(-999.0, 1000), -k], dim=1),
    "large codes": lambda g: torch.randint(-(2**31), 2**31, (4000, 5), generator=g).double(),
    "wide and mixed": lambda g: torch.randint(-2, 2, (500, 1024), generator=g).float(),
    "every 12-bit pattern": lambda g: (torch.arange(4096)[:, None] >> torch.arange(12) & 1).float(),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_groups_rows_as_unique_does_on_adversarial_input(name: str) -> None:
    codes = ADVERSARIAL[name](torch.Generator().manual_seed(0))
    assert same_grouping(hash_rows(codes), codes)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**31), st.sampled_from([1, 50, 1e6]))
def test_groups_rows_as_unique_does(n: int, d: int, seed: int, scale: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    codes = (torch.randn(n, d, generator=generator, dtype=torch.float64) * scale).floor()
    assert same_grouping(hash_rows(codes), codes)


def test_a_row_hashes_the_same_in_any_company() -> None:
    """Chunks choose their own precision; a row's hash must not depend on it."""
    codes = torch.randint(-5, 5, (1000, 30)).double()
    loud = torch.cat([codes, torch.full((1, 30), 2.0**30, dtype=torch.float64)])
    expected = hash_rows(loud)[:-1]
    assert torch.equal(hash_rows(codes), expected)
    assert torch.equal(torch.cat([hash_rows(c) for c in codes.split(7)]), expected)
    assert torch.equal(hash_rows(codes.float()), expected)


def test_memory_layout_does_not_matter() -> None:
    codes = torch.randint(-9, 9, (4, 50, 30)).float()
    feature_major = codes.mT.contiguous().mT
    assert torch.equal(hash_rows(codes), hash_rows(feature_major))
    assert torch.equal(hash_rows(codes)[2], hash_rows(codes[2]))


@pytest.mark.parametrize("width", [7, 40])
@pytest.mark.parametrize("rule", [FixedWidth(0.5), EqualBins(30, -1, 1), IDNNsBins()])
def test_one_pass_gives_the_hashes_of_the_codes(rule: Bins, width: int) -> None:
    t = torch.randn(3, 700, width, generator=torch.Generator().manual_seed(0))
    assert torch.equal(hash_activations(t, rule), hash_rows(rule.codes(t)))
    assert hash_activations(t[:, :0], rule).shape == (3, 0)


@pytest.mark.slow
def test_compiled_hashes_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = FixedWidth(0.37)
    t = torch.randn(4, 500, 33, generator=torch.Generator().manual_seed(0))
    eager = hash_activations(t, rule)
    monkeypatch.setattr(compiling, "PAYS_AFTER", 0)
    assert torch.equal(hash_activations(t, rule), eager)
    assert torch.equal(hash_activations(t.mT.contiguous().mT, rule), eager)
    assert torch.equal(hash_activations(t[1, :70], rule), eager[1, :70])
    t[2, 3, 4] = np.nan
    with pytest.raises(NonFiniteError, match="NaN or infinite"):
        hash_activations(t, rule)


def test_without_a_compiler_the_eager_way_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> object:
        def fail(*_: object) -> None:
            raise RuntimeError("no compiler")

        return fail

    monkeypatch.setattr(compiling, "PAYS_AFTER", 0)
    monkeypatch.setattr(torch, "compile", broken)
    rule = FixedWidth(0.123)
    t = torch.randn(50, 3)
    for _ in range(2):
        assert torch.equal(hash_activations(t, rule), hash_rows(rule.codes(t)))


def test_no_rows_and_no_units() -> None:
    assert hash_rows(torch.zeros(0, 3)).shape == (0,)
    assert torch.equal(hash_rows(torch.zeros(5, 0)), torch.zeros(5, dtype=torch.int64))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_refuses_values_that_are_not_finite(bad: float) -> None:
    codes = torch.zeros(3, 2)
    codes[1, 1] = bad
    with pytest.raises(NonFiniteError, match="NaN or infinite"):
        hash_rows(codes)


def test_refuses_more_bins_than_sense() -> None:
    with pytest.raises(InfoplaneError, match=r"bin number 1e\+16; use wider bins"):
        hash_rows(torch.full((2, 2), 1e16, dtype=torch.float64))


def test_large_codes_of_many_units_are_still_exact() -> None:
    codes = torch.full((2, 3), 5e15, dtype=torch.float64)  # their sum is beyond 2^53, not they
    codes[1, 1] += 1
    assert len(set(hash_rows(codes).tolist())) == 2
