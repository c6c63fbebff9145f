"""Members of regularized stacks against ordinary torch modules, each trained alone."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from infoplane import seeds
from infoplane.data.split import Split, clean_split
from infoplane.errors import InfoplaneError
from infoplane.networks.build import build_network
from infoplane.networks.config import NetworkConfig
from infoplane.networks.convolutional import LoopedLayer
from infoplane.networks.stack import Stack
from infoplane.training.augmentation import Augmenter
from infoplane.training.config import TrainingConfig
from infoplane.training.gradients import gradient_rows
from infoplane.training.loop import Training, chunk_size
from infoplane.training.losses import example_losses

SHAPE = (2, 8, 8)
MEMBERS = 2
RECIPE = TrainingConfig(
    epochs=2,
    batch_size=10,
    optimizer="sgd",
    learning_rate=0.02,
    weight_decay=0.01,
    label_smoothing=0.1,
    augmentation="crop-and-flip",
)
DROPOUT = 0.3


@pytest.fixture(scope="module")
def train() -> Split:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(25, *SHAPE, generator=generator)
    return clean_split(inputs, torch.randint(4, (25,), generator=generator), 4)


def build(preset: str, members: int = MEMBERS, **options) -> Stack:
    config = NetworkConfig(preset=preset, **options)
    return build_network(config, input_shape=SHAPE, classes=4, seed=0, members=members)


class Alone(nn.Module):
    """One member as ordinary modules, with dropout from the seeds of its layers."""

    def __init__(self, stack: Stack, member: int) -> None:
        super().__init__()
        self.number = member
        self.layers, self.dropped = nn.ModuleList(), []
        for name, layer in stack.named_children():
            if name == "readout":
                linear = nn.Linear(*layer.weight.shape[:0:-1])
                linear.weight.data = layer.weight[member].detach().clone()
                linear.bias.data = layer.bias[member, :, 0].detach().clone()
                self.layers.append(linear)
                continue
            assert isinstance(layer, LoopedLayer)
            one = copy.deepcopy(layer.one)
            for tensor in [*one.parameters(), *one.buffers()]:
                tensor.data = tensor.data[member].clone()
            self.layers.append(one)
            self.dropped.append(layer.dropout is not None)

    def start_epoch(self, epoch: int) -> None:
        masks = [seeds.generator(0, "dropout", d, self.number, epoch) for d in range(2)]
        self.masks = iter(masks[: sum(self.dropped)])
        self.of_layer = [next(self.masks) if dropped else None for dropped in self.dropped]

    def forward(self, h: Tensor) -> Tensor:
        for layer, generator in zip(self.layers, [*self.of_layer, None], strict=True):
            h = layer(h)
            if generator is not None and self.training:
                kept = torch.rand(h.shape, generator=generator) >= DROPOUT
                h = h * kept / (1 - DROPOUT)
        return h


def trained_alone(network: Alone, train: Split) -> Alone:
    optimizer = torch.optim.SGD(network.parameters(), lr=0.02, momentum=0.9, weight_decay=0.01)
    augment = Augmenter("crop-and-flip", SHAPE, len(train), seed=0, members=MEMBERS)
    for epoch in range(RECIPE.epochs):
        augment.start_epoch(epoch)
        network.start_epoch(epoch)
        order_of = seeds.generator(0, "batch order", network.number, epoch)
        for batch in torch.randperm(len(train), generator=order_of).split(10):
            images = train.inputs[batch].flatten(1)
            images = augment(images, batch.expand(MEMBERS, -1))[network.number]
            logits = network(images.unflatten(1, SHAPE)).float()
            loss = functional.cross_entropy(logits, train.labels[batch], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network


@pytest.mark.parametrize("preset", ["inception", "alexnet", "resnet"])
def test_each_member_is_the_same_network_trained_alone(train: Split, preset: str) -> None:
    """With weight decay, dropout, batch norm, smoothing, crops and flips, for several epochs.

    In double precision, where rounding has no time to grow; the loss is in single.
    """
    train = replace(train, inputs=train.inputs.double())
    stack = build(preset, dropout=DROPOUT).double()
    alone = [Alone(stack, member) for member in range(MEMBERS)]
    list(Training(stack, train, RECIPE, seed=0).epochs())
    for member, network in enumerate(alone):
        ours = stack.member(member).eval()(train.inputs)[0].T
        theirs = trained_alone(network, train).eval()(train.inputs)
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
        for a, b in zip(stack.buffers(), network.buffers(), strict=True):
            torch.testing.assert_close(a[member], b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("preset", ["alexnet", "mlp-1x512"])
def test_a_member_does_not_depend_on_how_many_there_are(train: Split, preset: str) -> None:
    train = replace(train, inputs=train.inputs.double())
    norm = preset.startswith("mlp")
    many, one = (build(preset, k, dropout=DROPOUT, batch_norm=norm) for k in (MEMBERS, 1))
    for stack in (many, one):
        list(Training(stack.double(), train, RECIPE, seed=0).epochs())
    for (name, a), b in zip(many.state_dict().items(), one.state_dict().values(), strict=True):
        torch.testing.assert_close(a[:1], b, rtol=1e-5, atol=1e-5, msg=name)


def test_label_smoothing_is_its_formula() -> None:
    logits = torch.randn(1, 4, 9, generator=torch.Generator().manual_seed(0))
    targets = torch.arange(9)[None] % 4
    wanted = functional.one_hot(targets, 4).mT * 0.8 + 0.2 / 4  # [1, 4, 9]
    expected = -(wanted * logits.log_softmax(dim=1)).sum(dim=1)
    found = example_losses(logits, targets, "cross-entropy", label_smoothing=0.2)
    torch.testing.assert_close(found, expected)
    p = logits.sigmoid()
    expected = -(wanted * p.log() + (1 - wanted) * (1 - p).log()).mean(dim=1)
    found = example_losses(logits, targets, "binary-cross-entropy", label_smoothing=0.2)
    torch.testing.assert_close(found, expected)


def test_dropout_acts_in_training_alone(train: Split) -> None:
    stack = build("alexnet", dropout=0.5)
    stack.start_epoch(0, 0)
    a, b = stack(train.inputs), stack(train.inputs)
    assert not torch.equal(a, b)
    stack.eval()
    assert torch.equal(stack(train.inputs), stack(train.inputs))


def test_batches_are_not_split_where_they_are_normed(train: Split) -> None:
    assert Training(build("inception"), train, RECIPE, seed=0).chunk == 25
    wide = build_network(
        NetworkConfig(preset="inception-without-bn"), input_shape=(3, 28, 28), classes=10, seed=0
    )
    assert chunk_size(wide) == 256


@pytest.mark.parametrize("batch_size", [24, 1])
def test_refuses_a_batch_of_one_with_batch_norm(train: Split, batch_size: int) -> None:
    config = TrainingConfig(batch_size=batch_size)
    with pytest.raises(InfoplaneError, match=f"batch_size {batch_size} leaves one of 25 alone"):
        Training(build("inception"), train, config, seed=0)


@pytest.mark.parametrize("preset", ["inception", "alexnet"])
def test_measuring_gradients_changes_nothing(train: Split, preset: str) -> None:
    stack = build(preset, dropout=0.5).eval()
    before = copy.deepcopy(stack.state_dict())
    rows = list(gradient_rows(stack, train, loss="cross-entropy", batch_size=5, epoch=1, seed=0))
    weighted = [name for name, layer in stack.named_children() if list(layer.parameters())]
    assert [r["layer"] for r in rows if r["member"] == 0] == [*weighted[:-1], "logits"]
    assert not stack.training
    for name, value in stack.state_dict().items():
        assert torch.equal(value, before[name]), name
