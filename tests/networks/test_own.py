"""Networks of the user's own: made by a function in a file, trained and watched as any other."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.networks.build import build_network
from infoplane.networks.config import NetworkConfig
from infoplane.networks.own_name import OwnName
from infoplane.networks.own_stack import OwnStack

SOURCE = """
    import torch
    from torch import nn
    from beside import WIDTH


    def make(input_shape, classes):
        size = torch.Size(input_shape).numel()
        return nn.Sequential(
            nn.Flatten(), nn.Linear(size, WIDTH), nn.ReLU(), nn.Dropout(0.5),
            nn.Linear(WIDTH, classes),
        )

    class Named(nn.Module):
        def __init__(self, classes):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(classes))

        def forward(self, x):
            return {"logits": x.flatten(1)[:, :1] * self.scale}

    one = make((1, 2, 2), 3)
    def same(): return one
    def text(): return "network"
    def needs(width): return one
    def fails(): raise ValueError("no")
    def any_of(**given): return make(**given)
    def pair(): return nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.LSTM(3, 3))
    def short(): return nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    def wide(): return nn.Sequential(nn.Flatten(), nn.Linear(5, 3))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "network.py").write_text(textwrap.dedent(SOURCE))
    (folder / "beside.py").write_text("WIDTH = 6\n")
    return folder


def built(folder: Path, function: str, *, seed: int = 0, members: int = 1) -> OwnStack:
    config = NetworkConfig(module=f"{folder / 'network.py'}:{function}")
    stack = build_network(config, input_shape=(1, 2, 2), classes=3, seed=seed, members=members)
    assert isinstance(stack, OwnStack)
    return stack


def test_members_are_seeded_apart_and_leave_the_global_generator_alone(folder: Path) -> None:
    before = torch.get_rng_state()
    stack, alone = built(folder, "make", members=3), built(folder, "make")
    assert torch.equal(torch.get_rng_state(), before)
    first = [network[1].weight for network in stack.networks]
    assert torch.equal(first[0], alone.networks[0][1].weight)
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], built(folder, "make", seed=1).networks[0][1].weight)


def test_logits_and_features_are_those_of_the_network(folder: Path) -> None:
    stack = built(folder, "make", members=2).eval()
    x = torch.randn(5, 1, 2, 2)
    features, logits = stack.features_and_logits(x)
    assert (features.shape, logits.shape) == ((2, 6, 5), (2, 3, 5))
    for m, network in enumerate(stack.networks):
        assert torch.equal(logits[m].T, network(x))
        assert torch.equal(features[m].T, network[:4](x))
    own = torch.stack([x.flatten(1), x.flatten(1) + 1])
    assert torch.equal(stack(own)[1].T, stack.networks[1](x + 1))
    assert torch.equal(stack.member(1)(x)[0], logits[1])
    assert torch.equal(stack.features(x), features)


def test_dropout_follows_seed_member_and_epoch_alone(folder: Path) -> None:
    stack, x = built(folder, "make", members=2), torch.randn(5, 4)
    stack.start_epoch(0, 3)
    first = stack(x)
    assert not torch.equal(stack(x), first)
    torch.rand(7)
    stack.start_epoch(0, 3)
    assert torch.equal(stack(x), first)
    alone = stack.member(0).train()
    alone.start_epoch(0, 3)
    assert torch.equal(alone(x)[0], first[0])


def test_a_module_may_be_named_itself_and_give_logits_by_name(folder: Path) -> None:
    stack, x = built(folder, "Named"), torch.randn(5, 4)
    features, logits = stack.features_and_logits(x)
    assert torch.equal(logits[0, 1], x[:, 0])
    assert features.isnan().all()  # it has no last linear layer
    assert built(folder, "any_of").widest == 6


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("none", r"has no function 'none' \(it has: .*make"),
        ("text", "makes a str; make it return a torch.nn.Module"),
        ("needs", "needs width; let it take nothing"),
        ("fails", r"network.py, line 26 failed with ValueError: no"),
        ("pair", "gives a tuple without logits"),
        ("short", r"gives \[2, 2\] for 2 inputs, and the data have 3 classes"),
        ("wide", r"cannot be run on inputs of shape \[2, 1, 2, 2\]"),
    ],
)
def test_functions_that_make_no_network(folder: Path, function: str, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        built(folder, function)


def test_members_are_networks_of_their_own(folder: Path) -> None:
    with pytest.raises(InfoplaneError, match="the same network for every member"):
        built(folder, "same", members=2)


def test_a_name_is_of_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text("from torch import nn\ndef make(): return nn.Linear(4, 3)\n")
    config = NetworkConfig(module=f"{path}:make")
    assert config.own == OwnName.parse(str(config.module))
    assert replace(config) == config
    path.write_text("from torch import nn\ndef make(): return nn.Linear(4, 3)  # other\n")
    with pytest.raises(InfoplaneError, match="has changed since this run was configured"):
        build_network(config, input_shape=(4,), classes=3, seed=0)
    for text in ("network.py", "network.py:", "network.py:not a name", ":make"):
        with pytest.raises(InfoplaneError, match="give FILE:FUNCTION"):
            NetworkConfig(module=text)
    with pytest.raises(InfoplaneError, match=r"cannot be read \(No such file"):
        NetworkConfig(module=f"{tmp_path / 'gone.py'}:make")
    (tmp_path / "network.txt").write_text("")
    named = NetworkConfig(module=f"{tmp_path / 'network.txt'}:make")
    with pytest.raises(InfoplaneError, match="is no Python file"):
        build_network(named, input_shape=(4,), classes=3, seed=0)


@pytest.mark.parametrize("option", [{"widths": (3,)}, {"dropout": 0.5}, {"activation": "relu"}])
def test_options_of_other_networks_are_refused(folder: Path, option: dict) -> None:
    with pytest.raises(InfoplaneError, match="belongs to infoplane's own networks"):
        NetworkConfig(module=f"{folder / 'network.py'}:make", **option)
