"""The examples on which M is measured, and a control that can fail."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import one_hot

from infoplane.data.config import DataConfig
from infoplane.data.labels import corrupt
from infoplane.data.split import Split, clean_split
from infoplane.information.core.estimate import Estimate
from infoplane.memorization.config import MemorizationConfig
from infoplane.names import I_TY, STRONGEST, M
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.memorization import MemorizationProbe

N, CLASSES = 2000, 10
CONFIG = RunConfig(
    data=DataConfig("digits", labels="resampled", rate=0.4),
    memorization=MemorizationConfig(decoder="strongest", permutations=20),
)
DRAW = torch.Generator().manual_seed(0)


def split(n: int) -> Split:
    return clean_split(torch.rand(n, 4, generator=DRAW), torch.arange(n) % CLASSES, CLASSES)


@pytest.fixture(scope="module")
def probe() -> MemorizationProbe:
    train = split(3000)
    seen = corrupt(train.labels, "resampled", rate=0.4, classes=CLASSES, generator=DRAW)
    return MemorizationProbe(CONFIG, train.with_seen_labels(seen), split(N))


def strongest(found: list[tuple[str, str, Estimate]], subset: str, quantity: str) -> Estimate:
    return next(e for s, q, e in found if (s, q, e.estimator) == (subset, quantity, STRONGEST))


def leaked(labels: torch.Tensor, share: float) -> torch.Tensor:
    """A layer of 20 units that holds the label of a share of the samples."""
    holds = torch.rand(len(labels), 1, generator=DRAW) < share
    t = torch.randn(len(labels), 20, generator=DRAW)
    t[:, :CLASSES] += 8 * one_hot(labels, CLASSES) * holds
    return t


def test_train_and_control_are_alike(probe: MemorizationProbe) -> None:
    seen_in_training, fresh = probe.train.seen, probe.control.seen
    assert seen_in_training is not None
    assert fresh is not None
    assert seen_in_training.shape == fresh.shape == (21, N)
    for part in (probe.train, probe.control):
        changed = part.seen[0] != part.labels
        assert 0.3 < changed.double().mean() < 0.42  # 40 % drawn anew, a tenth of them the same
    for shuffled in seen_in_training[1:]:  # the null keeps how often each label is in each class
        pairs = [
            torch.bincount(CLASSES * probe.train.labels + y, minlength=CLASSES**2)
            for y in (shuffled, probe.train.seen[0])
        ]
        assert torch.equal(*pairs)
    assert len({tuple(y.tolist()) for y in fresh}) == 21  # each is its own draw


def whispered(labels: torch.Tensor, seen: torch.Tensor, loud: float) -> tuple[torch.Tensor, float]:
    """A layer in which every seen label adds to its unit; and I(T;Ỹ|Y), by the exact posterior."""
    t = torch.randn(len(seen), 20, generator=DRAW)
    t[:, :CLASSES] += loud * one_hot(seen, CLASSES)
    prior = (0.4 / CLASSES + 0.6 * one_hot(labels, CLASSES)).log()
    posterior = (prior + loud * t[:, :CLASSES]).log_softmax(dim=1)
    gain = (posterior - prior).gather(1, seen[:, None])
    return t, float(gain.mean()) / math.log(2)


def test_a_leak_of_a_tenth_of_a_bit_into_the_control_is_found(probe: MemorizationProbe) -> None:
    labels, seen = probe.control.labels, probe.control.seen[0]
    silent, zero = whispered(labels, seen, 0.0)
    nothing = strongest(probe.of_test(silent), "test", M)
    assert zero == pytest.approx(0, abs=1e-6)
    assert abs(nothing.bits) < 0.02
    assert nothing.inside_null
    assert nothing.ceiling > 1.9
    leak, exact = whispered(labels, seen, 0.55)
    found = strongest(probe.of_test(leak), "test", M)
    assert exact == pytest.approx(0.1, abs=0.04)
    assert 0 < found.bits < exact + 0.03
    assert not found.inside_null


def test_the_control_knows_nothing_of_the_training_noise(probe: MemorizationProbe) -> None:
    t = leaked(probe.train.seen[0], 1.0)
    assert strongest(probe.of_train(t), "train", M).bits > 1.8
    assert strongest(probe.of_test(t), "test", M).bits < 0.02


def test_what_is_learned_has_its_null(probe: MemorizationProbe) -> None:
    learned = strongest(probe.of_test(leaked(probe.control.labels, 1.0)), "test", I_TY)
    assert learned.bits > 3.2
    assert learned.p_value == pytest.approx(1 / 21)


def test_copies_of_an_image_are_of_one_group() -> None:
    train = split(500)
    four = Split(
        inputs=train.inputs.repeat(4, 1),
        labels=train.labels.repeat(4),
        seen_labels=train.labels.repeat(4).roll(3),
        ids=torch.arange(2000),
        classes=CLASSES,
    )
    probe = MemorizationProbe(CONFIG, four, split(2000))
    assert len(probe.train.groups.unique()) == 500
