"""A known share of labels is flipped at random, and M is measured of these alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import one_hot

from infoplane import InfoplaneError, InformationPlane, plant
from infoplane.names import M

N = 3000
NAMES = np.array(["ant", "bee", "cat"])


@given(st.integers(20, 200), st.floats(0.06, 1), st.integers(0, 9))
def test_so_many_are_flipped_each_to_another_class(n: int, rate: float, seed: int) -> None:
    labels = NAMES[np.arange(n) % 3]
    planted = plant(labels, rate, seed)
    assert planted.planted.sum() == len(planted.ids) == round(rate * n)
    assert np.array_equal(planted.labels, labels)
    assert np.array_equal(planted.seen_labels != labels, planted.planted)
    assert set(planted.seen_labels) <= set(NAMES)
    again = plant(list(labels), rate, seed)
    assert np.array_equal(again.seen_labels, planted.seen_labels)


def test_other_classes_are_equally_likely() -> None:
    planted = plant([*[0] * N, 1, 2, 3], rate=1.0)
    counts = np.bincount(planted.seen_labels[:N], minlength=4)
    assert counts[0] == 0
    assert np.abs(counts[1:] - N / 3).max() < 4 * (N * 2 / 9) ** 0.5


def test_the_global_generator_is_not_touched() -> None:
    state = torch.get_rng_state()
    plant([0, 1] * 20, 0.5)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("labels", "rate", "message"),
    [
        ([0, 1] * 9, 1.5, "rate is 1.5; give a chance"),
        ([0, 0], 0.5, "labels of 1 class cannot be flipped"),
        ([0, 1, 0, 1], 0.01, "a rate of 0.01 of 4 labels flips none"),
    ],
)
def test_wrong_use(labels: list[int], rate: float, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        plant(labels, rate)


def test_m_of_planted_labels_is_one_where_a_layer_holds_them_and_zero_where_it_does_not() -> None:
    """The labels given are wrong themselves; what is planted on them is known."""
    draw = torch.Generator().manual_seed(0)
    given = torch.randint(4, (N,), generator=draw)
    planted = plant(given, rate=0.2, seed=3)
    seen = torch.from_numpy(planted.seen_labels)
    holds = torch.cat([one_hot(seen, 4).float(), torch.randn(N, 4, generator=draw)], dim=1)
    model = nn.Sequential(nn.Identity(), nn.Linear(8, 4, bias=False), nn.Linear(4, 4, bias=False))
    with torch.no_grad():
        model[1].weight.copy_(torch.eye(4, 8))  # what was planted
        model[2].weight.zero_()
    test = (torch.randn(900, 8, generator=draw), torch.randint(4, (900,), generator=draw))
    plane = InformationPlane(model, holds, planted, test=test, memorization="linear")
    plane.observe(0)
    table = plane.table()
    m = table[table["quantity"] == M].set_index(["subset", "layer"])
    assert (m.loc["train", "n"] == round(0.2 * N)).all()
    assert m.loc[("train", "1"), "ceiling"] == pytest.approx(np.log2(3), abs=0.02)
    assert m.loc[("train", "1"), "bits"] > 0.95 * np.log2(3)
    assert abs(m.loc[("train", "logits"), "bits"]) < 0.05
    of_test = table[(table["quantity"] == M) & (table["subset"] == "test")]
    assert of_test["bits"].between(-0.05, 0.05).all()
    assert plane.watched.labels == "planted"
    assert "planted labels" in repr(plane)
