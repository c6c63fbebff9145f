"""What a training says of its examples: where it stops, what is a rival, the state."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import torch

from infoplane.audit.presentations import Presentations, area_under_curve

GIVEN = torch.tensor([0, 1, 2, 0, 1, 2])
FLIPPED = torch.tensor([1])
SEEN = torch.tensor([0, 2, 2, 0, 1, 2])


def logits(right: float, flipped: float) -> torch.Tensor:
    """Return logits that favour the labels seen, and of the flipped example more or less so."""
    z = torch.zeros(6, 3)
    z[torch.arange(6), SEEN] = right
    z[1, 2] = flipped
    return z


def filled(*epochs: tuple[float, float]) -> Presentations:
    presentations = Presentations(GIVEN, FLIPPED, SEEN, 3)
    for right, flipped in epochs:
        for ids in (torch.tensor([4, 1, 0]), torch.tensor([2, 3, 5])):
            presentations.update(ids, logits(right, flipped)[ids])
        presentations.end_epoch()
    return presentations


def test_the_best_epoch_is_before_the_flipped_label_is_memorized() -> None:
    presentations = filled((1, 1), (4, -2), (4, 20))
    assert [told.auc for told in presentations.told] == [0.5, 1.0, 0.0]
    assert presentations.best == 2
    assert torch.allclose(presentations.best_margins[[0, 2, 3]], torch.tensor(2.5).double())
    assert torch.allclose(presentations.best_p.sum(dim=1), torch.ones(6))


def test_the_label_flipped_to_is_no_rival_of_the_label_given() -> None:
    presentations = filled((1, 5))
    assert presentations.margins[1] == 0  # of the given label 1 against 0 alone
    assert presentations.seen_margins[1] == 5
    assert presentations.suggested()[1] == 0
    two = Presentations(torch.tensor([0, 1]), torch.tensor([0]), torch.tensor([1, 1]), 2)
    two.update(torch.arange(2), torch.tensor([[0.0, 3.0], [0.0, 3.0]]))
    assert two.margins.tolist() == [-3, 3]


def test_the_state_goes_on_where_it_was() -> None:
    whole, first = filled((1, 1), (4, -2), (4, 20)), filled((1, 1), (4, -2))
    rest = Presentations(GIVEN, FLIPPED, SEEN, 3)
    rest.load_state_dict(first.state_dict())
    rest.update(torch.arange(6), logits(4, 20))
    rest.end_epoch()
    assert torch.equal(rest.best_margins, whole.best_margins)
    for mine, other in zip(rest.told, whole.told, strict=True):
        assert mine.auc == other.auc
        assert np.array_equal(mine.joint, other.joint)


def test_the_area_under_the_curve_is_counted() -> None:
    draw = np.random.default_rng(0)
    low, high = draw.integers(0, 9, 40), draw.integers(2, 12, 70)
    pairs = list(product(low, high))
    counted = sum((a < b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)
    auc, error = area_under_curve(low.astype(float), high.astype(float))
    assert auc == pytest.approx(counted)
    repeated = []
    for _ in range(300):
        a, b = draw.normal(0, 1, 40), draw.normal(1, 1, 70)
        repeated.append(area_under_curve(a, b))
    areas, errors = np.array(repeated).T
    assert errors.mean() == pytest.approx(areas.std(), rel=0.2)
    assert math.isfinite(error)
