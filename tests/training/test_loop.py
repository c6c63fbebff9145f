"""The loop against plain torch, its determinism, and its refusals."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch.nn import functional

from infoplane.data.split import Split, clean_split
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.training import loop, passes
from infoplane.training.config import TrainingConfig
from infoplane.training.device import choose_device
from infoplane.training.loop import Training
from infoplane.training.losses import example_losses

NETWORK = NetworkConfig(widths=(7, 5))


@pytest.fixture(scope="module")
def train() -> Split:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(60, 4, generator=generator)
    return clean_split(inputs, (inputs[:, 0] > 0).long() + (inputs[:, 1] > 0).long(), 3)


@pytest.fixture(params=["compiled", "torch"])
def either_pass(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the gradients by compiled code where there is a compiler, and by torch."""
    if request.param == "torch":
        monkeypatch.setattr(passes, "narrow", lambda model, config: None)


def trained(train: Split, config: TrainingConfig, *, members: int = 1, seed: int = 0) -> StackedMLP:
    model = build_mlp(NETWORK, inputs=4, classes=3, seed=seed, members=members)
    for _ in Training(model, train, config, seed=seed).epochs():
        pass
    return model


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.01),
}


@pytest.mark.usefixtures("either_pass")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", ["cross-entropy", "binary-cross-entropy"])
def test_full_batch_is_plain_torch(train: Split, optimizer: str, loss: str) -> None:
    config = TrainingConfig(
        epochs=5,
        optimizer=optimizer,
        loss=loss,
        learning_rate=0.05,
        weight_decay=0.01,
    )
    plain = build_mlp(NETWORK, inputs=4, classes=3, seed=0)
    optim = OPTIMIZERS[optimizer](plain.parameters())
    for _ in range(5):
        logits = plain(train.inputs)[0].T
        if loss == "cross-entropy":
            value = functional.cross_entropy(logits, train.labels)
        else:
            targets = functional.one_hot(train.labels, 3).float()
            value = functional.binary_cross_entropy_with_logits(logits, targets)
        optim.zero_grad()
        value.backward()
        optim.step()
    for ours, theirs in zip(trained(train, config).parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.usefixtures("either_pass")
@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_members_are_the_same_networks_trained_alone(
    train: Split, batch_size: int | None, optimizer: str
) -> None:
    config = TrainingConfig(epochs=4, batch_size=batch_size, optimizer=optimizer)
    stack = trained(train, config, members=3)
    single = trained(train, config, members=1)
    for many, one in zip(stack.parameters(), single.parameters(), strict=True):
        torch.testing.assert_close(many[0], one[0])
        assert not torch.allclose(many[1], one[0])


@pytest.mark.usefixtures("either_pass")
def test_same_seed_same_bits_and_resumed(train: Split) -> None:
    config = TrainingConfig(epochs=6, batch_size=16)
    whole = trained(train, config)
    model = build_mlp(NETWORK, inputs=4, classes=3, seed=0)
    first = Training(model, train, config, seed=0)
    for epoch in first.epochs():
        if epoch == 3:
            break
    second = Training(build_mlp(NETWORK, inputs=4, classes=3, seed=9), train, config, seed=0)
    second.load_state(first.state())
    assert list(second.epochs()) == [3, 4, 5, 6]
    for a, b in zip(whole.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.usefixtures("either_pass")
def test_a_copy_of_a_training_trains_the_copy(train: Split) -> None:
    config = TrainingConfig(epochs=4)
    model = build_mlp(NETWORK, inputs=4, classes=3, seed=0)
    training = Training(model, train, config, seed=0)
    copied = copy.deepcopy(training)
    for _ in copied.epochs():
        pass
    for ours, whole, before in zip(
        copied.model.parameters(),
        trained(train, config).parameters(),
        model.parameters(),
        strict=True,
    ):
        assert torch.equal(ours, whole)
        assert not torch.equal(ours, before)


@pytest.mark.usefixtures("either_pass")
def test_chunks_add_up_to_the_batch(train: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    config = TrainingConfig(epochs=3, optimizer="sgd")
    whole = trained(train, config)
    monkeypatch.setattr(loop, "CHUNK", 7)
    for a, b in zip(whole.parameters(), trained(train, config).parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_global_generator_is_left_alone(train: Split) -> None:
    before = torch.get_rng_state()
    trained(train, TrainingConfig(epochs=2, batch_size=16))
    assert torch.equal(torch.get_rng_state(), before)


def test_seen_labels_are_what_is_learned(train: Split) -> None:
    seen = train.with_seen_labels(2 - train.labels)
    config = TrainingConfig(epochs=150, learning_rate=0.03)
    prediction = trained(seen, config)(train.inputs)[0].argmax(dim=0)
    assert (prediction == seen.seen_labels).float().mean() > 0.9


def test_bfloat16_trains_float32_weights(train: Split) -> None:
    config = TrainingConfig(epochs=100, learning_rate=0.03, dtype="bfloat16")
    model = trained(train, config)
    assert next(model.parameters()).dtype == torch.float32
    assert (model(train.inputs)[0].argmax(dim=0) == train.labels).float().mean() > 0.9


def test_schedules() -> None:
    def rates(**options) -> list[float]:
        config = TrainingConfig(epochs=4, learning_rate=1.0, **options)
        return [config.learning_rate_at(epoch) for epoch in range(4)]

    assert rates() == [1, 1, 1, 1]
    assert rates(schedule="exponential", decay=0.5) == [1, 0.5, 0.25, 0.125]
    assert rates(schedule="step", decay=0.1, decay_every=2) == [1, 1, 0.1, 0.1]
    assert rates(schedule="cosine") == pytest.approx(
        [1, 0.5 + math.sqrt(0.125), 0.5, 0.146447], 1e-5
    )


def test_the_schedule_reaches_the_optimizer(train: Split) -> None:
    config = TrainingConfig(epochs=3, schedule="step", decay=0.1, decay_every=1)
    training = Training(build_mlp(NETWORK, inputs=4, classes=3, seed=0), train, config, seed=0)
    list(training.epochs())
    assert training.optimizer.param_groups[0]["lr"] == pytest.approx(1e-5)


def test_binary_cross_entropy_is_averaged_over_outputs() -> None:
    logits = torch.zeros(1, 4, 2)
    losses = example_losses(logits, torch.zeros(1, 2, dtype=torch.int64), "binary-cross-entropy")
    torch.testing.assert_close(losses, torch.full((1, 2), math.log(2)))


@pytest.mark.usefixtures("either_pass")
def test_a_loss_that_is_not_finite_stops_training(train: Split) -> None:
    config = TrainingConfig(epochs=50, optimizer="sgd", learning_rate=1e30)
    model = build_mlp(NetworkConfig(widths=(7,), activation="relu"), inputs=4, classes=3, seed=0)
    with pytest.raises(NonFiniteError, match=r"loss of member 0 became \w+ in epoch \d+; lower"):
        list(Training(model, train, config, seed=0).epochs())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": -1}, "epochs is -1; give 0 or more"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0; give more than 0"),
        ({"batch_size": 0}, "batch_size is 0; give 1 or more"),
    ],
)
def test_refuses_wrong_values(options: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        TrainingConfig(**options)


def test_devices() -> None:
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type in ("cpu", "cuda", "mps")
    with pytest.raises(InfoplaneError, match="device 'gpu5' cannot be used here"):
        choose_device("gpu5")


def test_targets_that_all_members_share_are_as_those_of_each() -> None:
    logits = torch.randn(3, 4, 20, generator=torch.Generator().manual_seed(0))
    shared = (torch.arange(20) % 4).expand(3, -1)
    for loss in ("cross-entropy", "binary-cross-entropy"):
        each = example_losses(logits, shared.contiguous(), loss, label_smoothing=0.1)
        assert torch.equal(example_losses(logits, shared, loss, label_smoothing=0.1), each)
