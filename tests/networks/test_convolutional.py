"""Convolutional networks: their published sizes, and a stack against ordinary torch modules."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from infoplane.errors import InfoplaneError
from infoplane.networks.build import build_network
from infoplane.networks.config import CONVOLUTIONAL, NetworkConfig
from infoplane.networks.convolutional import ConvolutionalStack, LoopedLayer
from infoplane.networks.mlp import StackedMLP
from infoplane.networks.stack import Stack

IMAGE = (3, 8, 8)
INPUTS = torch.randn(6, *IMAGE, generator=torch.Generator().manual_seed(0))
WITHOUT_PADDING = {"toneva": torch.randn(6, 3, 17, 16, generator=torch.Generator().manual_seed(0))}

PUBLISHED = {  # Zhang et al. 2017, tables 1 and 2, on 28 × 28 × 3
    "inception": 1_649_402,
    "inception-without-bn": 1_649_402,
    "alexnet": 1_387_786,
    "mlp-1x512": 1_209_866,
    "mlp-3x512": 1_735_178,
}


def inputs_of(preset: str) -> torch.Tensor:
    """Return images that a network takes."""
    return WITHOUT_PADDING.get(preset, INPUTS)


def build(preset: str, members: int = 1, shape: tuple[int, ...] | None = None, **options) -> Stack:
    config = NetworkConfig(preset=preset, **options)
    image = tuple(inputs_of(preset).shape[1:]) if shape is None else shape
    return build_network(config, input_shape=image, classes=10, seed=0, members=members)


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def alone(stack: Stack, member: int) -> nn.Sequential:
    """Return one member as ordinary modules, [n, c, h, w] → [n, classes]."""
    modules: list[nn.Module] = []
    for name, layer in stack.named_children():
        if name == "readout":
            linear = nn.Linear(*layer.weight.shape[:0:-1], bias=layer.bias is not None)
            linear.weight.data = layer.weight[member].detach().clone()
            linear.bias.data = layer.bias[member, :, 0].detach().clone()
            modules.append(linear)
        else:
            assert isinstance(layer, LoopedLayer)
            one = copy.deepcopy(layer.one)
            for tensor in [*one.parameters(), *one.buffers()]:
                tensor.data = tensor.data[member].clone()
            modules.append(one)
    return nn.Sequential(*modules)


@pytest.mark.parametrize("preset", PUBLISHED)
def test_published_sizes(preset: str) -> None:
    stack = build(preset, members=2, shape=(3, 28, 28))
    assert parameters(stack) == 2 * PUBLISHED[preset]
    assert isinstance(stack, ConvolutionalStack if preset in CONVOLUTIONAL else StackedMLP)


def test_the_residual_network_has_its_published_size() -> None:
    assert parameters(build("resnet", shape=(3, 32, 32))) == 369_498  # WRN-28-1


def test_the_network_of_forgetting_has_its_published_size_and_values() -> None:
    """Published code drops channels before pool and ReLU, here they are dropped behind."""
    stack = build("toneva", shape=(1, 28, 28), dropout=0.5)
    assert parameters(stack) == 21_840
    stack.start_epoch(0, 0)
    conv1, conv2 = (stack.get_submodule(name) for name in ("conv1", "conv2"))
    images = torch.randn(1, 50, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        dropped, whole = conv2(conv1(images)), conv2.eval()(conv1(images))
    channels = (dropped != 0).any(dim=(3, 4))
    assert not channels.all()
    torch.testing.assert_close(dropped, 2 * whole * channels[..., None, None])


def test_batch_norm_of_inception_has_no_parameters() -> None:
    with_norm, without = build("inception"), build("inception-without-bn")
    assert with_norm.whole_batches
    assert not without.whole_batches
    assert [p.shape for p in with_norm.parameters()] == [p.shape for p in without.parameters()]


@pytest.mark.parametrize("preset", CONVOLUTIONAL)
@pytest.mark.parametrize("training", [True, False])
def test_each_member_is_an_ordinary_network(preset: str, training: bool) -> None:
    stack, inputs = build(preset, members=3).train(training), inputs_of(preset)
    own = torch.stack([inputs[:4], inputs[1:5], inputs[2:]]).flatten(2)
    plain = [alone(stack, member).train(training) for member in range(3)]
    expected = [network(inputs[m : m + 4]) for m, network in enumerate(plain)]
    logits = stack(own)
    assert logits.shape == (3, 10, 4)
    torch.testing.assert_close(logits.mT, torch.stack(expected), rtol=1e-5, atol=1e-6)
    for m, network in enumerate(plain):  # running statistics are each member's own
        buffers = [b[m] for b in stack.buffers()]
        torch.testing.assert_close(buffers, list(network.buffers()))


@pytest.mark.parametrize("preset", CONVOLUTIONAL)
def test_a_member_is_a_stack_of_views(preset: str) -> None:
    stack, inputs = build(preset, members=2), inputs_of(preset)
    members = [stack.member(m) for m in range(2)]
    stack(inputs)  # moves running statistics
    with torch.no_grad():
        for parameter in stack.parameters():
            parameter *= 1.1  # as an optimizer does
    stack.eval()
    for m, member in enumerate(members):
        assert member.members == 1
        assert list(member.state_dict()) == list(stack.state_dict())
        assert torch.equal(member.eval()(inputs)[0], stack(inputs)[m])


@pytest.mark.parametrize("preset", CONVOLUTIONAL)
def test_initialisation_depends_on_seed_and_member_alone(preset: str) -> None:
    before = torch.get_rng_state()
    two, three = build(preset, members=2), build(preset, members=3)
    assert torch.equal(torch.get_rng_state(), before)
    for a, b in zip(two.parameters(), three.parameters(), strict=True):
        assert torch.equal(a, b[:2])
    weights = two.get_submodule("conv1").get_parameter(
        "one.weight" if preset == "resnet" else "one.0.weight"
    )
    bound = weights[0, 0].numel() ** -0.5
    assert not torch.equal(weights[0], weights[1])
    assert 0.9 * bound < float(weights.detach().abs().max()) <= bound


def test_without_biases() -> None:
    names = dict(build("alexnet", bias=False).named_parameters())
    assert names
    assert all(name.endswith("weight") for name in names)


@pytest.mark.parametrize("preset", sorted({*CONVOLUTIONAL} - {*WITHOUT_PADDING}))
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 8), (2, 5, 4)])
def test_other_images(preset: str, shape: tuple[int, ...]) -> None:
    stack = build(preset, shape=shape)
    inputs = torch.zeros(2, *shape)
    assert stack(inputs).shape == (1, 10, 2)
    torch.testing.assert_close(stack.eval()(inputs.flatten(1)), stack(inputs))


def test_local_response_norm_is_tensorflows() -> None:
    """b = a / (1 + α Σ a²)^β over nine channels, with α = .001/9 and β = .75."""
    norm = build("alexnet").get_submodule("conv1").get_submodule("one.3")
    a = 30 * torch.rand(1, 64, 2, 2, generator=torch.Generator().manual_seed(1))
    expected = torch.empty_like(a)
    for channel in range(64):
        window = a[:, max(0, channel - 4) : channel + 5]
        expected[:, channel] = a[:, channel] / (1 + 0.001 / 9 * (window**2).sum(1)) ** 0.75
    torch.testing.assert_close(norm(a), expected)


def test_he_keeps_the_signal_of_a_deep_network_without_batch_norm() -> None:
    he, default = (
        build("inception-without-bn", initialisation=kind).eval()(INPUTS).std(dim=2).mean()
        for kind in ("he", "torch")
    )
    assert he > 0.05 > 1e-3 > default


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": "sigmoid"}, "activation is 'sigmoid', but alexnet is a ReLU network"),
        ({"activation": "tanh"}, "activation is 'tanh', but alexnet is a ReLU network"),
        ({"batch_norm": True}, "batch_norm is for perceptrons, and alexnet has what was published"),
        ({"dropout": 1.0}, "dropout is 1.0; give a chance from 0 to below 1"),
    ],
)
def test_refuses_what_was_not_published(options: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        NetworkConfig(preset="alexnet", **options)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((12,), r"alexnet takes images \[channels, height, width\].*shape \[12\]"),
        ((1, 8, 3), "alexnet halves images twice, and those here have 8 × 3 pixels"),
    ],
)
def test_refuses_what_is_no_image(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        build("alexnet", shape=shape)


def test_refuses_images_that_nothing_would_be_left_of() -> None:
    with pytest.raises(InfoplaneError, match=r"toneva .* 15 × 16 pixels; give at least 16"):
        build("toneva", shape=(1, 15, 16))


def test_names() -> None:
    assert NetworkConfig(preset="alexnet").name == "relu alexnet"
    assert NetworkConfig(preset="alexnet", widths=(5, 4)).name == "tanh 5-4"
    assert NetworkConfig(preset="mlp-3x512").name == "relu 512-512-512"
    assert NetworkConfig(preset="mlp-3x512", activation="tanh").name == "tanh 512-512-512"
