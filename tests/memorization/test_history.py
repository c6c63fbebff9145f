"""The history of each example against everything that happened."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from infoplane.doublings import is_kept
from infoplane.memorization.examples import ExampleTracker


def presented(
    tracker: ExampleTracker, epochs: range, *, classes: int = 3
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Present all examples in batches of three, and return what was said of them."""
    draw = torch.Generator().manual_seed(epochs.start)
    y = torch.arange(tracker.n) % classes
    told = []
    for epoch in epochs:
        logits = torch.randn(tracker.n, classes, generator=draw)
        for ids in torch.randperm(tracker.n, generator=draw).split(3):
            tracker.update(ids, logits[ids], y[ids], epoch)
        p = logits.double().softmax(1)[torch.arange(tracker.n), y]
        told.append((p, logits.argmax(1)))
    return told


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 8), st.integers(1, 70), st.sampled_from([2, 3, 300]))
def test_is_what_was_predicted(n: int, epochs: int, classes: int) -> None:
    tracker = ExampleTracker(n)
    told = presented(tracker, range(epochs), classes=classes)
    kept, confidence, predictions = tracker.courses()
    assert kept.tolist() == [epoch for epoch in range(epochs) if is_kept(epoch)]
    for place, epoch in enumerate(kept):
        p, predicted = told[epoch]
        np.testing.assert_allclose(confidence[place], p, atol=0.5 / 254 + 1e-6)
        assert predictions[place].tolist() == predicted.tolist()


def test_grows_by_eight_epochs_in_each_doubling() -> None:
    kept = [epoch for epoch in range(4096) if is_kept(epoch)]
    assert kept[:16] == list(range(16))
    assert len(kept) == 16 + 8 * 8
    gaps = np.diff(kept)
    assert (gaps[16:] * 8 <= kept[16:-1]).all()


def test_goes_on_from_its_state_with_the_same_bits() -> None:
    whole, first, second = (ExampleTracker(5) for _ in range(3))
    presented(whole, range(20))
    presented(whole, range(20, 41))
    presented(first, range(20))
    second.load_state_dict(first.state_dict())
    presented(second, range(20, 41))
    for one, other in zip(whole.courses(), second.courses(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_was_not_presented_is_absent() -> None:
    tracker = ExampleTracker(3)
    tracker.update([0, 2], [[0.0, 9.0], [9.0, 0.0]], [1, 1], 0)
    tracker.update([1], [[0.0, 0.0]], [1], 0)
    tracker.update([1], [[0.0, 9.0]], [1], 17)
    tracker.update([1], [[9.0, 0.0]], [1], 18)
    epochs, confidence, predictions = tracker.courses()
    assert epochs.tolist() == [0, 18], "17 is none of those that are kept"
    assert np.isnan(confidence).tolist() == [[False] * 3, [True, False, True]]
    assert predictions.tolist() == [[1, 0, 0], [-1, 0, -1]]
