"""Subsets of an ensemble: their sizes, their pairs, and what they follow from."""

from __future__ import annotations

import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.runs.ensembles.subsets import example_pairs, memberships, positions


def test_halves_are_complements_with_one_of_each_pair() -> None:
    masks = memberships(range(40), 30, ratio=0.5, seed=3)
    assert torch.equal(masks[::2], ~masks[1::2])
    assert torch.equal(masks.sum(dim=0), torch.full((30,), 20))  # each in half of the subsets
    pairs = example_pairs(30, 3)
    assert sorted(pairs.flatten().tolist()) == list(range(30))
    assert (masks[:, pairs[:, 0]] ^ masks[:, pairs[:, 1]]).all()
    assert len(torch.unique(masks, dim=0)) == 40


@pytest.mark.parametrize("ratio", [0.1, 0.7])
def test_other_shares_have_their_size(ratio: float) -> None:
    masks = memberships(range(200), 50, ratio=ratio, seed=0)
    assert torch.equal(masks.sum(dim=1), torch.full((200,), round(50 * ratio)))
    chance = masks.double().mean(dim=0)
    assert (abs(chance - ratio) < 5 * (ratio * (1 - ratio) / 200) ** 0.5).all()


@pytest.mark.parametrize("ratio", [0.5, 0.7])
def test_a_subset_follows_from_its_number_and_the_seed(ratio: float) -> None:
    whole = memberships(range(10), 20, ratio=ratio, seed=1)
    assert torch.equal(memberships(range(6, 9), 20, ratio=ratio, seed=1), whole[6:9])
    assert not torch.equal(memberships(range(10), 20, ratio=ratio, seed=2), whole)


def test_positions_are_those_of_the_mask() -> None:
    masks = memberships(range(4), 10, ratio=0.3, seed=0)
    for mask, index in zip(masks, positions(masks), strict=True):
        assert torch.equal(mask.nonzero().flatten(), index)


@pytest.mark.parametrize(
    ("n", "ratio", "message"),
    [
        (9, 0.5, "9 training examples cannot be paired; give an even data.train-size"),
        (4, 0.1, r"a share of 0\.1 of 4 training examples is 0 of them"),
        (4, 0.9, r"a share of 0\.9 of 4 training examples is 4 of them"),
    ],
)
def test_refusals(n: int, ratio: float, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        memberships(range(2), n, ratio=ratio, seed=0)
