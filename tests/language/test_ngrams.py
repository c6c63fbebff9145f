"""N-grams against their definition, written out position by position."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError
from infoplane.language.ngrams import ngrams, occurrences


def same_partition(labels: torch.Tensor, grams: list[tuple[int, ...]]) -> bool:
    """Whether labels are equal where n-grams are, and only there."""
    pairs = set(zip(labels.tolist(), grams, strict=True))
    return len(pairs) == len({label for label, _ in pairs}) == len({gram for _, gram in pairs})


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=0, max_size=9), min_size=1, max_size=5),
    st.sets(st.integers(1, 3), min_size=1),
    st.booleans(),
)
def test_are_those_of_the_definition(texts: list, orders: set, left: bool) -> None:
    most, length = max(orders), 10
    tokens = torch.zeros(len(texts), length, dtype=torch.int64)
    mask = torch.zeros(len(texts), length, dtype=torch.bool)
    before: dict[int, list] = {k: [] for k in orders}
    after: dict[int, list] = {k: [] for k in orders}
    for row, text in enumerate(texts):
        first = length - len(text) if left else 0
        tokens[row, first : first + len(text)] = torch.tensor(text, dtype=torch.int64)
        mask[row, first : first + len(text)] = True
        for i in range(most - 1, len(text) - most):
            for k in orders:
                before[k].append(tuple(text[i - k + 1 : i + 1]))
                after[k].append(tuple(text[i + 1 : i + 1 + k]))
    if not before[most]:
        with pytest.raises(InfoplaneError, match=r"no text has .* tokens in a row"):
            ngrams(tokens, mask, orders=orders)
        return
    told = ngrams(tokens, mask, orders=orders)
    assert int(told.positions.sum()) == len(before[most])
    for k in orders:
        assert same_partition(told.before[k], before[k])
        assert same_partition(told.after[k], after[k])


def test_long_ngrams_of_a_large_vocabulary_fit() -> None:
    tokens = torch.randint(0, 250_000, (2, 60), generator=torch.manual_seed(0))
    tokens[1] = tokens[0]
    told = ngrams(tokens, orders=[8])
    assert same_partition(
        told.before[8], [tuple(row[i - 7 : i + 1].tolist()) for row in tokens for i in range(7, 52)]
    )


@pytest.mark.parametrize(
    ("orders", "length", "message"),
    [
        ([], 9, "the orders of the n-grams are"),
        ([0, 1], 9, "an order of the n-grams is 0; give a whole number, 1 or more"),
        ([3], 5, "the texts have 5 tokens; give 6 or more for n-grams of 3"),
    ],
)
def test_refusals(orders: list[int], length: int, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        ngrams(torch.zeros(2, length, dtype=torch.int64), orders=orders)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_occurrences_are_those_of_a_slow_count(order: int) -> None:
    draw = torch.Generator().manual_seed(order)
    text = torch.randint(4, (6, 9), generator=draw)
    blocks = torch.randint(5, (5, 7), generator=draw)
    grams = [tuple(row[i : i + order]) for row in text.tolist() for i in range(9 - order + 1)]
    expected = [
        [grams.count(tuple(row[i - order + 1 : i + 1])) if i >= order - 1 else -1 for i in range(7)]
        for row in blocks.tolist()
    ]
    assert occurrences(text, blocks, order=order).tolist() == expected


def test_occurrences_of_what_cannot_be_are_refused() -> None:
    text = torch.zeros(2, 4, dtype=torch.int64)
    with pytest.raises(InfoplaneError, match="order is 0; give"):
        occurrences(text, text, order=0)
    with pytest.raises(InfoplaneError, match="order is 4, and the blocks have 4 and 3 tokens"):
        occurrences(text, text[:, :3], order=4)
