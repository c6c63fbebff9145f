"""The tracker against an oracle that keeps the whole history."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.memorization.examples import ExampleTracker
from infoplane.scores import SCORES

N, CLASSES = 7, 4


def history(seed: int, epochs: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(epochs, N, CLASSES, generator=generator)
    labels = torch.randint(CLASSES, (N,), generator=generator)
    return logits, labels, torch.rand(epochs, N, generator=generator)


def oracle(logits: torch.Tensor, y: torch.Tensor, squared: torch.Tensor) -> dict[str, np.ndarray]:
    """The definitions, an example at a time, from everything that happened."""
    z, epochs = logits.double().numpy(), len(logits)
    found: dict[str, list[float]] = {score.name: [] for score in SCORES}
    for i in range(N):
        label = int(y[i])
        p = np.exp(z[:, i]) / np.exp(z[:, i]).sum(axis=1, keepdims=True)
        right = (z[:, i].argmax(axis=1) == label).tolist()
        others = np.delete(z[:, i], label, axis=1).max(axis=1)
        error = np.linalg.norm(p - np.eye(CLASSES)[label], axis=1)
        falls = sum(a and not b for a, b in itertools.pairwise(right))
        found["forgetting_events"].append(falls if any(right) else epochs)
        found["epoch_learned"].append(right.index(True) if any(right) else epochs)
        found["aum"].append((z[:, i, label] - others).mean())
        found["confidence"].append(p[:, label].mean())
        found["variability"].append(p[:, label].std())
        found["correctness"].append(np.mean(right))
        found["cumulative_loss"].append(-np.log2(p[:, label]).sum())
        found["el2n"].append(error.mean())
        found["gradient_norm"].append((error * np.sqrt(squared[:, i].numpy() + 1)).mean())
    return {name: np.array(values) for name, values in found.items()}


def track(tracker: ExampleTracker, logits, y, squared, *, first: int = 0, batches: int = 1) -> None:
    for epoch, (z, h) in enumerate(zip(logits, squared, strict=True), start=first):
        for ids in torch.randperm(N).chunk(batches):
            tracker.update(ids, z[ids], y[ids], epoch, squared_features=h[ids])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 4))
def test_equals_the_definitions_in_any_order_and_batches(
    seed: int, epochs: int, batches: int
) -> None:
    logits, y, squared = history(seed, epochs)
    tracker = ExampleTracker(N)
    track(tracker, logits, y, squared, batches=batches)
    scores = tracker.scores()
    for name, expected in oracle(logits, y, squared).items():
        np.testing.assert_allclose(scores[name], expected, atol=2e-5, err_msg=name)
    p = torch.log_softmax(logits[-1].double(), dim=1).gather(1, y[:, None])[:, 0] / math.log(2)
    torch.testing.assert_close(tracker.last_log2_p, p, atol=1e-5, rtol=1e-5)
    assert torch.equal(tracker.last_prediction, logits[-1].argmax(dim=1))


def test_published_example_of_forgetting() -> None:
    tracker = ExampleTracker(1)
    for epoch, right in enumerate([0, 1, 0, 1, 1, 0]):
        logits = torch.tensor([[0.0, 1.0]]) if right else torch.tensor([[1.0, 0.0]])
        tracker.update(torch.tensor([0]), logits, torch.tensor([1]), epoch)
    scores = tracker.scores().iloc[0]
    assert scores["forgetting_events"] == 2
    assert scores["epoch_learned"] == 1
    assert scores["correctness"] == 0.5
    assert math.isnan(scores["gradient_norm"])


def test_unforgettable_is_learned_and_never_forgotten() -> None:
    tracker = ExampleTracker(3)
    rights = torch.tensor([[0, 0, 1], [1, 0, 0], [1, 0, 1]])
    for epoch, right in enumerate(rights):
        logits = torch.stack([1.0 - right, right.float()], dim=1)
        tracker.update(torch.arange(3), logits, torch.ones(3, dtype=torch.int64), epoch)
    assert tracker.unforgettable.tolist() == [True, False, False]
    assert tracker.scores()["forgetting_events"].tolist() == [0, 3, 1]


def test_goes_on_from_its_state() -> None:
    logits, y, squared = history(3, 6)
    whole, first, second = (ExampleTracker(N) for _ in range(3))
    for epoch in range(6):
        tracker = first if epoch < 3 else second
        if epoch == 3:
            second.load_state_dict(first.state_dict())
        for each in (whole, tracker):
            each.update(torch.arange(N), logits[epoch], y, epoch, squared_features=squared[epoch])
    assert second.scores().equals(whole.scores())
    assert all(isinstance(value, torch.Tensor) for value in whole.state_dict().values())


def test_what_was_never_presented_has_no_scores() -> None:
    tracker = ExampleTracker(3)
    tracker.update(torch.tensor([1]), torch.zeros(1, 2), torch.tensor([0]), 0)
    scores = tracker.scores()
    assert scores.iloc[[0, 2]].isna().all(axis=None)
    assert tracker.last_prediction.tolist() == [-1, 0, -1]


def test_one_class_and_bfloat16() -> None:
    tracker = ExampleTracker(2)
    tracker.update(torch.arange(2), torch.zeros(2, 1).bfloat16(), torch.zeros(2).long(), 0)
    assert tracker.scores()["confidence"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: ExampleTracker(0), "n is 0; give the number of examples"),
        (lambda t: t.load_state_dict(ExampleTracker(2).state_dict()), "is of 2 examples"),
        (
            lambda t: t.update(torch.tensor([7]), torch.zeros(1, 2), torch.tensor([0]), 0),
            r"ids run from 7 to 7; give ids in 0\.\.6",
        ),
        (
            lambda t: t.update(torch.tensor([1]), torch.zeros(2, 2), torch.tensor([0]), 0),
            "1 ids, 2 rows of logits and 1 labels",
        ),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        call(ExampleTracker(N))
    with pytest.raises(NonFiniteError, match="logits are NaN or infinite in epoch 3"):
        ExampleTracker(1).update(
            torch.tensor([0]), torch.tensor([[math.nan, 0]]), torch.tensor([0]), 3
        )


def test_every_score_states_itself() -> None:
    assert all(s.definition and s.source and s.direction in (-1, 1) for s in SCORES)
    assert list(ExampleTracker(1).scores().columns) == [s.name for s in SCORES]


@pytest.mark.parametrize("shape", [(1, 5), (4, 1), (4, 5)])
def test_logits_of_any_layout_are_left_as_they_were(shape: tuple[int, int]) -> None:
    n, classes = shape
    for logits in (torch.randn(n, classes), torch.randn(classes, n).T):
        before = logits.clone()
        ExampleTracker(n).update(torch.arange(n), logits, torch.zeros(n, dtype=torch.int64), 0)
        assert torch.equal(logits, before)


def test_arrays_and_lists_are_what_tensors_are() -> None:
    draw = torch.Generator().manual_seed(0)
    ids, logits, y = torch.arange(4), torch.randn(4, 3, generator=draw), torch.tensor([0, 1, 2, 0])
    tables = []
    for kind in (lambda t: t, lambda t: t.numpy(), lambda t: t.tolist(), lambda t: t.double()):
        tracker = ExampleTracker(4)
        labels = kind(y) if not isinstance(kind(y), torch.Tensor) else y
        own = kind(ids) if not isinstance(kind(ids), torch.Tensor) else ids
        tracker.update(own, kind(logits), labels, 0)
        tables.append(tracker.scores())
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])
    ExampleTracker(4).update(ids, logits.bfloat16(), y, 0)


@pytest.mark.parametrize(
    ("ids", "logits", "labels", "message"),
    [
        ([0.5], [[0.0, 1.0]], [0], "ids holds float64 values; give whole numbers"),
        ([0], [["a", "b"]], [0], "logits holds <U1 values; give numbers"),
        ([0], [0.0, 1.0], [0], r"have the shapes \[1\], \[2\] and \[1\]; give"),
        ([0, 1], [[0.0], [1.0, 2.0]], [0, 0], "logits holds rows of different lengths"),
        ([0], [[0.0, 1.0]], [2], "labels run from 2 to 2 and there are 2 logits"),
        ([0], [[0.0, 1.0]], [-1], "labels run from -1 to -1"),
    ],
)
def test_what_cannot_be_a_presentation(ids: Any, logits: Any, labels: Any, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        ExampleTracker(2).update(ids, logits, labels, 0)


def test_suspects_are_those_of_which_another_class_was_preferred() -> None:
    draw = np.random.default_rng(0)
    true = draw.integers(0, 3, 200)
    seen = np.where(np.arange(200) % 10 == 0, (true + 1) % 3, true)
    tracker = ExampleTracker(203)  # the last three are never presented
    for epoch in range(8):
        logits = draw.normal(0, 1, (200, 3)) + 3 * np.eye(3)[true]
        if epoch > 5:  # memorized at last
            logits += 4 * np.eye(3)[seen]
        for ids in np.array_split(draw.permutation(200), 4):
            tracker.update(ids, logits[ids], seen[ids], epoch)
    table = tracker.suspects(names=["a", "b", "c"])
    assert sorted(table["id"]) == list(range(200))
    assert set(table["id"][:20]) == set(range(0, 200, 10))
    assert table["suspect"].sum() == 20 == (table["score"] < 0).sum()
    worst = table.head(20)
    assert (worst["suggested"] == np.array(["a", "b", "c"])[true[worst["id"]]]).all()
    assert (worst["label"] == np.array(["a", "b", "c"])[seen[worst["id"]]]).all()
    scores = tracker.scores()["aum"].to_numpy()
    assert np.allclose(table["score"], scores[table["id"]])


def test_suspects_go_on_from_a_state_and_need_a_presentation() -> None:
    tracker, other = ExampleTracker(2), ExampleTracker(2)
    with pytest.raises(InfoplaneError, match="no example was presented yet"):
        tracker.suspects()
    for z in ([[0.0, 1, 2]] * 2, [[0.0, 3, 2]] * 2, [[0.0, 3, 2]] * 2):
        tracker.update([0, 1], z, [0, 1], 0)
    other.load_state_dict(tracker.state_dict())
    assert other.suspects().equals(tracker.suspects())
    assert other.suspects()["suggested"].tolist() == [1, 2]


def test_votes_are_for_the_class_of_most_wrong_predictions() -> None:
    tracker = ExampleTracker(1)
    for vote in (1, 2, 2, 0, 1, 2, 2):
        tracker.update([0], [np.eye(3)[vote].tolist()], [0], 0)
    assert tracker.suspects()["suggested"].tolist() == [2]


def test_presentations_of_one_network_in_their_order() -> None:
    tracker = ExampleTracker(2)
    tracker.update([0, 1], np.eye(2), [0, 1], 3)
    with pytest.raises(InfoplaneError, match="epoch 2 was given after epoch 3; give epochs in"):
        tracker.update([0, 1], np.eye(2), [0, 1], 2)
    with pytest.raises(InfoplaneError, match="logits are of 3 classes and were of 2 before; give"):
        tracker.update([0, 1], np.eye(3)[:2], [0, 1], 3)
    for epoch in ("a", 1.0, -1, None):
        with pytest.raises(InfoplaneError, match=r"epoch is .*; give a whole number, 0 or more"):
            tracker.update([0, 1], np.eye(2), [0, 1], epoch)
