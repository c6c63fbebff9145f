"""Splits and balanced subsets."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane import seeds
from infoplane.data.split import balanced_subset, clean_split
from infoplane.errors import InfoplaneError


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=80), st.data())
def test_subsets_are_as_balanced_as_can_be(labels: list[int], data: st.DataObject) -> None:
    split = clean_split(torch.arange(len(labels))[:, None].float(), torch.tensor(labels), 4)
    size = data.draw(st.integers(1, len(labels)))
    part = balanced_subset(split, size, seeds.generator(0, "t"))
    assert len(part) == size
    assert part.ids.unique().numel() == size
    assert torch.equal(part.inputs[:, 0].long(), part.ids), "ids left their inputs"
    assert torch.equal(part.labels, split.labels[part.ids])
    have, taken = (torch.bincount(s.labels, minlength=4) for s in (split, part))
    for c in range(4):  # a class gives less than another only where it has no more
        assert all(taken[c] >= taken[d] - 1 or taken[c] == have[c] for d in range(4))


def test_true_and_seen_labels_travel_together() -> None:
    split = clean_split(torch.zeros(4, 1), torch.tensor([0, 1, 0, 1]), 2)
    assert not split.corrupted.any()
    seen = split.with_seen_labels(torch.tensor([1, 1, 0, 0]))
    part = seen.select(torch.tensor([3, 0]))
    assert part.corrupted.tolist() == [True, True]
    assert part.ids.tolist() == [3, 0]
    assert seen.corrupted.tolist() == [True, False, False, True]


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="differ in length: 3 and 2"):
        clean_split(torch.zeros(3, 1), torch.zeros(2), 2)
    split = clean_split(torch.zeros(3, 1), torch.zeros(3), 2)
    for size in (0, 4):
        with pytest.raises(InfoplaneError, match=f"subset of {size} examples was asked of 3"):
            balanced_subset(split, size, seeds.generator(0, "t"))
