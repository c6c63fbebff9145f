"""Members that differ by data, noise, learning rate or weight decay, against plain torch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from infoplane import seeds
from infoplane.data.split import Split, clean_split
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.training import loop
from infoplane.training.config import TrainingConfig
from infoplane.training.loop import Training

MEMBERS, N, EPOCHS = 3, 50, 4
NETWORK = NetworkConfig(widths=(7, 5))
GENERATOR = torch.Generator().manual_seed(0)
RATES, DECAYS = (0.05, 0.01, 0.002), (0.0, 0.1, 0.02)


def split() -> Split:
    inputs = torch.randn(N, 4, generator=GENERATOR)
    return clean_split(inputs, torch.randint(3, (N,), generator=GENERATOR), 3)


SHARED = split()
OWN_DATA = [split() for _ in range(MEMBERS)]
OWN_LABELS = [SHARED.with_seen_labels(each.labels) for each in OWN_DATA]

CASES = {  # the data of the members, and their rates
    "own data": (OWN_DATA, {}),
    "own labels": (OWN_LABELS, {}),
    "own learning rate": (SHARED, {"learning_rates": RATES}),
    "own weight decay": (SHARED, {"weight_decays": DECAYS}),
    "all at once": (OWN_DATA, {"learning_rates": RATES, "weight_decays": DECAYS}),
}


def build(members: int = MEMBERS, seed: int = 0) -> StackedMLP:
    return build_mlp(NETWORK, inputs=4, classes=3, seed=seed, members=members)


def trained_alone(member: int, train: Split, config: TrainingConfig, rate: float, decay: float):
    """Train one member with ordinary layers and torch's own optimizer; return its parameters."""
    layers: list[nn.Module] = []
    for layer in build().children():
        fan_out, fan_in = layer.weight.shape[1:]
        linear = nn.Linear(fan_in, fan_out)
        linear.weight.data = layer.weight[member].detach().clone()
        linear.bias.data = layer.bias[member, :, 0].detach().clone()
        layers += [linear, nn.Tanh()]
    network = nn.Sequential(*layers[:-1])
    given = {"lr": rate, "weight_decay": decay, "foreach": False}
    given |= {"momentum": config.momentum} if config.optimizer == "sgd" else {}
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    optimizer = kinds[config.optimizer](network.parameters(), **given)
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = rate * 0.5**epoch
        generator = seeds.generator(0, "batch order", member, epoch)
        for batch in torch.randperm(N, generator=generator).split(config.batch_size or N):
            optimizer.zero_grad()
            loss = functional.cross_entropy(network(train.inputs[batch]), train.seen_labels[batch])
            loss.backward()
            optimizer.step()
    return list(network.parameters())


def options(optimizer: str, batch_size: int | None) -> TrainingConfig:
    return TrainingConfig(
        epochs=EPOCHS, optimizer=optimizer, batch_size=batch_size, schedule="exponential", decay=0.5
    )


def parameters_of(model: StackedMLP, member: int) -> list[Tensor]:
    return [p[member].reshape(-1, *p.shape[2:]).squeeze(-1) for p in model.parameters()]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_each_member_is_the_network_trained_alone(
    case: str, batch_size: int | None, optimizer: str
) -> None:
    train, own = CASES[case]
    config = options(optimizer, batch_size)
    model = build()
    list(Training(model, train, config, seed=0, **own).epochs())
    rates = own.get("learning_rates", (config.learning_rate,) * MEMBERS)
    decays = own.get("weight_decays", (config.weight_decay,) * MEMBERS)
    for m in range(MEMBERS):
        data = train if isinstance(train, Split) else train[m]
        alone = trained_alone(m, data, config, rates[m], decays[m])
        for ours, theirs in zip(parameters_of(model, m), alone, strict=True):
            torch.testing.assert_close(ours, theirs)


def test_the_members_do_differ() -> None:
    config = options("adam", None)
    plain = build()
    list(Training(plain, SHARED, config, seed=0).epochs())
    for train, own in CASES.values():
        model = build()
        list(Training(model, train, config, seed=0, **own).epochs())
        assert not torch.allclose(next(model.parameters())[1], next(plain.parameters())[1])


@pytest.mark.parametrize("members", [1, 3])
def test_chunks_of_own_data_add_up(members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"learning_rates": RATES[:members]}
    whole, chunked = build(members), build(members)
    list(Training(whole, OWN_DATA[:members], options("sgd", None), seed=0, **own).epochs())
    monkeypatch.setattr(loop, "CHUNK", 7)
    list(Training(chunked, OWN_DATA[:members], options("sgd", None), seed=0, **own).epochs())
    untrained = build(members).parameters()
    for a, b, start in zip(whole.parameters(), chunked.parameters(), untrained, strict=True):
        torch.testing.assert_close(a, b)
        assert not torch.equal(a, start)


@pytest.mark.parametrize("case", CASES)
def test_resumed_it_ends_with_the_same_bits(case: str) -> None:
    train, own = CASES[case]
    whole = build()
    list(Training(whole, train, options("adam", 16), seed=0, **own).epochs())
    first = Training(build(), train, options("adam", 16), seed=0, **own)
    next(epoch for epoch in first.epochs() if epoch == 2)
    second = Training(build(seed=9), train, options("adam", 16), seed=0, **own)
    second.load_state(first.state())
    assert list(second.epochs()) == [2, 3, 4]
    for a, b in zip(whole.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_rate_that_was_too_high_is_named() -> None:
    config = TrainingConfig(epochs=50, optimizer="sgd")
    network = NetworkConfig(widths=(7,), activation="relu")
    model = build_mlp(network, inputs=4, classes=3, seed=0, members=2)
    training = Training(model, SHARED, config, seed=0, learning_rates=(1e-3, 1e30))
    with pytest.raises(NonFiniteError, match=r"of member 1 became \w+ in .*\(now 1e\+30\)"):
        list(training.epochs())


@pytest.mark.parametrize(
    ("train", "own", "message"),
    [
        (OWN_DATA[:2], {}, "train holds 2 splits for 3 members; give one for all, or one for each"),
        (
            [*OWN_DATA[:2], SHARED.select(torch.arange(9))],
            {},
            "hold from 9 to 50 examples; give as many to each",
        ),
        (SHARED, {"learning_rates": (0.1,)}, "learning_rates holds 1 values for 3 members"),
        (SHARED, {"weight_decays": (0.1,)}, "weight_decays holds 1 values for 3 members"),
    ],
)
def test_refusals(train: Split | list[Split], own: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        Training(build(), train, TrainingConfig(), seed=0, **own)
