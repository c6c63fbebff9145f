"""The stack of MLPs against ordinary torch layers."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from torch import nn

from infoplane.errors import InfoplaneError
from infoplane.networks.config import PRESETS, Initialisation, NetworkConfig
from infoplane.networks.mlp import ACTIVATIONS, StackedMLP, build_mlp

INPUTS = torch.randn(11, 6, generator=torch.Generator().manual_seed(0))


def alone(stack: StackedMLP, member: int, activation: str) -> nn.Sequential:
    """Return one member as ordinary layers."""
    layers: list[nn.Module] = []
    stacked = [stack.get_submodule(f"layer{i + 1}") for i in range(stack.hidden)]
    for layer in [*stacked, stack.readout]:
        linear = nn.Linear(
            layer.weight.shape[2], layer.weight.shape[1], bias=layer.bias is not None
        )
        linear.weight.data = layer.weight[member].detach().clone()
        if layer.bias is not None:
            linear.bias.data = layer.bias[member, :, 0].detach().clone()
        layers += [linear, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", [True, False])
def test_each_member_is_an_ordinary_network(activation: str, bias: bool) -> None:
    config = NetworkConfig(widths=(5, 4), activation=activation, bias=bias)
    stack = build_mlp(config, inputs=6, classes=3, seed=0, members=3)
    logits = stack(INPUTS)
    assert logits.shape == (3, 3, 11)
    for member in range(3):
        expected = alone(stack, member, activation)(INPUTS)
        torch.testing.assert_close(logits[member].T, expected)


def test_inputs_of_their_own() -> None:
    stack = build_mlp(NetworkConfig(widths=(5,)), inputs=6, classes=3, seed=0, members=2)
    own = torch.stack([INPUTS[:7], INPUTS[4:]])
    logits = stack(own)
    torch.testing.assert_close(logits[0], stack(own[0])[0])
    torch.testing.assert_close(logits[1], stack(own[1])[1])


@pytest.mark.parametrize("bias", [True, False])
def test_a_member_is_a_stack_of_views(bias: bool) -> None:
    config = NetworkConfig(widths=(5, 4), bias=bias)
    stack = build_mlp(config, inputs=6, classes=3, seed=0, members=3)
    members = [stack.member(m) for m in range(3)]
    with torch.no_grad():
        for parameter in stack.parameters():
            parameter += 0.1  # as an optimizer does
    for m, member in enumerate(members):
        assert member.members == 1
        assert list(member.state_dict()) == list(stack.state_dict())
        torch.testing.assert_close(member(INPUTS)[0], stack(INPUTS)[m])


def test_images_are_flattened() -> None:
    stack = build_mlp(NetworkConfig(widths=(5,)), inputs=6, classes=3, seed=0)
    torch.testing.assert_close(stack(INPUTS.view(11, 1, 2, 3)), stack(INPUTS))


@pytest.mark.parametrize("initialisation", get_args(Initialisation))
def test_initialisations(initialisation: str) -> None:
    """Scales from their definitions; a member does not depend on how many there are."""
    config = NetworkConfig(widths=(400,), initialisation=initialisation)
    stack = build_mlp(config, inputs=300, classes=10, seed=3, members=2)
    weight = stack.get_submodule("layer1").weight[1].detach()
    std = {
        "torch": 1 / math.sqrt(3 * 300),
        "truncated-normal": 0.880 / math.sqrt(400),  # a normal cut at two standard deviations
        "xavier": math.sqrt(2 / 700),
        "orthogonal": 1 / math.sqrt(400),
        "he": math.sqrt(2 / 300),
    }[initialisation]
    assert float(weight.std()) == pytest.approx(std, rel=0.02)
    bias = stack.get_submodule("layer1").bias
    assert bool((bias == 0).all()) == (initialisation != "torch")
    if initialisation == "orthogonal":
        torch.testing.assert_close(weight.T @ weight, torch.eye(300), atol=1e-4, rtol=0)
    again = build_mlp(config, inputs=300, classes=10, seed=3, members=5)
    assert torch.equal(again.get_submodule("layer1").weight[1], weight)
    other = build_mlp(config, inputs=300, classes=10, seed=4, members=2)
    assert not torch.equal(other.get_submodule("layer1").weight[1], weight)


def test_building_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    build_mlp(NetworkConfig(), inputs=20, classes=3, seed=0)
    assert torch.equal(torch.get_rng_state(), before)


def test_presets_of_the_literature() -> None:
    assert PRESETS == {
        "12-bit": (10, 7, 5, 4, 3),
        "mnist": (784, 1024, 1024, 20, 20, 20, 10),
        "saxe": (1024, 20, 20, 20),
        "mlp-1x512": (512,),
        "mlp-3x512": (512, 512, 512),
    }
    assert NetworkConfig(preset="12-bit").hidden_widths == (10, 7, 5, 4, 3)
    assert NetworkConfig(widths=(3,)).hidden_widths == (3,)
    of_zhang = build_mlp(NetworkConfig(preset="mlp-3x512"), inputs=6, classes=3, seed=0)
    assert isinstance(of_zhang.get_submodule("layer1").activation, nn.ReLU)


def test_refuses_a_layer_without_units() -> None:
    with pytest.raises(InfoplaneError, match="a layer of width 0 was asked for"):
        NetworkConfig(widths=(5, 0))
