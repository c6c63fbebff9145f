"""Second-split forgetting: a slow loop, and what is known of it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError
from infoplane.memorization.localization.second_split import second_split_forgetting


def of_one(correct: list[bool]) -> int:
    """The first epoch from which on it is never right again."""
    for epoch in range(len(correct)):
        if not any(correct[epoch:]):
            return epoch
    return len(correct)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=10))
def test_as_the_paper_words_it(rows: list[list[bool]]) -> None:
    times = second_split_forgetting(torch.tensor(rows).T)
    assert times.tolist() == [of_one(row) for row in rows]


def test_refusal() -> None:
    with pytest.raises(InfoplaneError, match="correct has no row"):
        second_split_forgetting(torch.zeros(0, 3, dtype=torch.bool))
