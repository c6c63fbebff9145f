"""Label errors from predictions: known joints, rankings, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.memorization.label_errors import (
    confident_joint,
    noise_matrix,
    suspects,
    wrong_rate,
)

K, N = 4, 8000
DRAW = np.random.default_rng(0)
TRUE = DRAW.integers(0, K, N)
NOISE = np.array([[0.7, 0.3, 0, 0], [0, 1, 0, 0], [0, 0, 0.8, 0.2], [0.1, 0, 0, 0.9]])
SEEN = np.array([DRAW.choice(K, p=NOISE[y]) for y in TRUE])


def predicted(confidence: float) -> np.ndarray:
    """Return predictions of a network that knows the true class, more or less."""
    spread = DRAW.dirichlet(np.ones(K), N)
    return (1 - confidence) * spread + confidence * np.eye(K)[TRUE]


def test_the_joint_of_perfect_predictions_is_that_of_the_labels() -> None:
    counted = np.zeros((K, K))
    np.add.at(counted, (SEEN, TRUE), 1 / N)
    joint = confident_joint(np.eye(K)[TRUE] * 1.0, SEEN)
    assert np.allclose(joint, counted)
    assert wrong_rate(joint) == pytest.approx((SEEN != TRUE).mean())
    assert np.allclose(noise_matrix(joint), NOISE, atol=0.03)


def test_the_joint_of_uncertain_predictions_is_near() -> None:
    """Too small where a class has no wrong labels: half of its examples are below its mean."""
    joint = confident_joint(predicted(0.7), SEEN)
    assert joint.sum() == pytest.approx(1)
    assert np.allclose(joint.sum(axis=1), np.bincount(SEEN, minlength=K) / N)
    assert np.allclose(noise_matrix(joint), NOISE, atol=0.12)
    assert 0.7 < wrong_rate(joint) / (SEEN != TRUE).mean() < 1.01


def test_a_class_that_no_example_has_is_left_as_it_is() -> None:
    p = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.3, 0.7, 0.0]])
    joint = confident_joint(p, np.array([0, 1, 1]))
    assert wrong_rate(joint) == 0
    assert np.array_equal(noise_matrix(joint), np.eye(3))


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_suspects_are_the_wrong_labels_with_the_right_ones_beside(kind: Any) -> None:
    table = suspects(kind(predicted(0.9)), kind(SEEN), names=list("abcd"))
    wrong = SEEN != TRUE
    assert sorted(table["id"]) == list(range(N))
    assert table["score"].is_monotonic_increasing
    found = table[table["suspect"]]
    assert 0.7 < len(found) / wrong.sum() < 1.01
    ids = found["id"].to_numpy()
    assert wrong[ids].mean() > 0.98
    assert (found["suggested"] == np.array(list("abcd"))[TRUE[ids]]).mean() > 0.98
    assert (found["label"] == np.array(list("abcd"))[SEEN[ids]]).all()


def test_predictions_that_are_still_part_of_a_graph_are_read() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 2.0], [0.0, 3.0]], requires_grad=True)
    p, y = logits.softmax(dim=1), torch.tensor([0, 1, 1])
    assert suspects(p, y).equals(suspects(p.detach(), y))


def test_clean_labels_have_no_suspects() -> None:
    assert not suspects(predicted(0.9), TRUE)["suspect"].any()


P = np.full((3, 2), 0.5)


@pytest.mark.parametrize(
    ("p", "labels", "message"),
    [
        (P[0], [0, 1], "shapes"),
        (P, [0, 1], "shapes"),
        (P[:, :1], [0, 0, 0], "two or more classes"),
        (P * 2, [0, 1, 0], "sum 1"),
        (P - [[1.0, -1.0]], [0, 1, 0], "sum 1"),
        (P.astype(int), [0, 1, 0], "sum 1"),
        (P, [0, 1, 2], "from 0 to 2"),
        (P, [0.0, 1.0, 0.0], "float64"),
        ([[0.5, 0.5], [1.0]], [0, 1], "different lengths"),
    ],
)
def test_refusals(p: Any, labels: Any, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        suspects(p, labels)
    with pytest.raises(InfoplaneError, match="1 names were given for 2 classes"):
        suspects(P, [0, 1, 0], names=["a"])
