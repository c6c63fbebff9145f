"""Prediction depth: what it is where it is known, and what a slow loop says."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.memorization.localization.prediction_depth import (
    nearest_neighbours,
    neighbour_votes,
    prediction_depth,
)


def of_one(votes: list[int], prediction: int) -> int:
    """Prediction depth as the paper words it."""
    for layer in range(len(votes)):
        if all(vote == prediction for vote in votes[layer:]):
            return layer
    return len(votes)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.lists(st.integers(0, 2), min_size=4, max_size=4), min_size=1, max_size=12))
def test_as_the_paper_words_it(votes: list[list[int]]) -> None:
    by_layer = torch.tensor(votes).T
    predictions = torch.arange(len(votes)) % 3
    expected = [of_one(v, int(p)) for v, p in zip(votes, predictions, strict=True)]
    assert prediction_depth(by_layer, predictions).tolist() == expected


def test_a_sample_does_not_vote_for_itself() -> None:
    t = torch.tensor([[0.0], [1.0], [1.1], [10.0]])
    near = nearest_neighbours(t, k=2)
    assert near.tolist() == [[1, 2], [2, 0], [1, 0], [2, 1]]
    votes = neighbour_votes(near, torch.tensor([1, 0, 0, 1]))
    assert votes.tolist() == [0, 0, 0, 0]  # 2 : 0, and two ties of which the nearer wins


def test_the_majority_wins_over_the_nearest() -> None:
    votes = neighbour_votes(torch.tensor([[1, 2, 3]] * 4), torch.tensor([0, 1, 2, 2]))
    assert votes.tolist() == [2] * 4


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_a_planted_layer(layer: int) -> None:
    """Two clusters; from one layer on a mislabeled sample of the first lies in the second."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(40) % 2
    clusters = 10.0 * labels[:, None] + torch.randn(40, 3, generator=generator)
    labels = labels.index_fill(0, torch.tensor([0]), 1)
    layers = [clusters.clone() for _ in range(4)]
    for t in layers[layer:]:
        t[0] = 10
    votes = [neighbour_votes(nearest_neighbours(t, k=5), labels) for t in layers]
    depth = prediction_depth(torch.stack(votes), labels)
    assert depth.tolist() == [layer] + [0] * 39


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="3 samples have no 3 neighbours"):
        nearest_neighbours(torch.zeros(3, 2), k=3)
    with pytest.raises(NonFiniteError, match="t has"):
        nearest_neighbours(torch.full((5, 2), torch.nan), k=3)
    with pytest.raises(InfoplaneError, match="labels"):
        neighbour_votes(torch.tensor([[1], [0]]), torch.tensor([0]))
    with pytest.raises(InfoplaneError, match="votes are of 2 samples at 1 layers"):
        prediction_depth(torch.tensor([[1, 0]]), torch.tensor([0]))
