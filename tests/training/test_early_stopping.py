"""Early stopping: what is held out, when it ends, and going on."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from infoplane.data.split import Split, clean_split
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.training.config import TrainingConfig
from infoplane.training.early_stopping import EarlyStopping, hold_out
from infoplane.training.loop import Training
from infoplane.training.passes import Pass

OPTIONS = {"batch_size": 16, "learning_rate": 0.05}


@pytest.fixture(scope="module")
def whole() -> Split:
    """Three classes that can be told apart, and a fifth of the labels wrong."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(120, 4, generator=generator)
    labels = (inputs[:, 0] > 0).long() + (inputs[:, 1] > 0).long()
    seen = labels.clone()
    seen[:24] = torch.randint(3, (24,), generator=generator)
    return clean_split(inputs, labels, 3).with_seen_labels(seen)


def network(members: int = 2) -> StackedMLP:
    config = NetworkConfig(widths=(16,), dropout=0.1)
    return build_mlp(config, inputs=4, classes=3, seed=0, members=members)


def test_a_tenth_is_held_out(whole: Split) -> None:
    kept, held = hold_out(whole, seed=0)
    assert (len(kept), len(held)) == (108, 12)
    assert sorted([*kept.ids.tolist(), *held.ids.tolist()]) == list(range(120))
    assert torch.equal(hold_out(whole, seed=0)[1].ids, held.ids)
    assert not torch.equal(hold_out(whole, seed=1)[1].ids, held.ids)


def test_patience(whole: Split) -> None:
    """Against the losses, measured beside: it ends where none has fallen for so many epochs."""
    kept, held = hold_out(whole, seed=0)
    config = TrainingConfig(epochs=500, patience=4, **OPTIONS)
    training = Training(network(), kept, config, seed=0, held_out=[held])
    losses: list[list[float]] = []
    for epoch in training.epochs():
        if epoch > 0:
            training.model.eval()
            logits = training.model(held.inputs)
            targets = held.seen_labels.expand(2, -1)
            each = functional.cross_entropy(logits, targets, reduction="none")
            losses.append(each.mean(dim=1).tolist())
    best = [1 + min(range(len(each)), key=each.__getitem__) for each in zip(*losses, strict=True)]
    assert len(losses) == max(best) + 4 < 500
    assert training.stopping.best_epochs == best
    assert training.finished
    assert training.stopping.reason == (
        f"the held-out loss had not fallen for 4 epochs; it was least in epochs {min(best)} to "
        f"{max(best)}"
    )


def test_accuracy_over_the_presentations_of_an_epoch(whole: Split) -> None:
    config = TrainingConfig(epochs=500, stop_at_accuracy=0.9, **OPTIONS)
    training = Training(network(), whole, config, seed=0)
    right = torch.zeros(2)

    def count(_: object, targets: torch.Tensor, made: Pass) -> None:
        right.add_((made.logits.argmax(dim=1) == targets).sum(dim=1))

    training.on_presentation = count
    reached = [math.inf, math.inf]
    for epoch in training.epochs():
        for member, accuracy in enumerate((right.double() / 120).tolist()):
            if accuracy >= 0.9:
                reached[member] = min(reached[member], epoch)
        right.zero_()
    assert training.epoch == max(reached) < 500
    assert training.stopping.reached == reached
    assert "accuracy 0.9 was reached in epoch" in str(training.stopping.reason)


@pytest.mark.parametrize("stop", [{"patience": 4}, {"stop_at_accuracy": 0.9}])
def test_resumed_it_stops_where_it_would_have(whole: Split, stop: dict) -> None:
    kept, held = hold_out(whole, seed=0)
    config = TrainingConfig(epochs=500, **stop, **OPTIONS)

    def training() -> Training:
        return Training(network(), kept, config, seed=0, held_out=[held])

    undisturbed, first, second = training(), training(), training()
    last = list(undisturbed.epochs())[-1]
    for epoch in first.epochs():
        if epoch == last - 2:
            break
    second.load_state(first.state())
    assert list(second.epochs()) == [last - 2, last - 1, last]
    assert second.stopping.reason == undisturbed.stopping.reason
    for a, b in zip(second.model.parameters(), undisturbed.model.parameters(), strict=True):
        assert torch.equal(a, b)
    again = training()
    again.load_state(second.state())
    assert list(again.epochs()) == [last]


def test_without_either_nothing_is_watched() -> None:
    stopping = EarlyStopping(network(), TrainingConfig(), [])
    stopping.present(torch.zeros(2, 3, 5), torch.zeros(2, 5, dtype=torch.int64))
    stopping.end_epoch(1)
    assert stopping.reason is None
    assert stopping.presented == 0


def test_refusals(whole: Split) -> None:
    with pytest.raises(InfoplaneError, match=r"holds out a tenth .* and there are 9; give 10"):
        hold_out(whole.select(torch.arange(9)), seed=0)
    for options, message in [
        ({"patience": 0}, "patience is 0; give 1 epoch or more"),
        ({"stop_at_accuracy": 1.5}, "stop_at_accuracy is 1.5; give a share above 0, at most 1"),
        ({"label_smoothing": 1.0}, "label_smoothing is 1.0; give a share from 0 to below 1"),
    ]:
        with pytest.raises(InfoplaneError, match=message):
            TrainingConfig(**options)
