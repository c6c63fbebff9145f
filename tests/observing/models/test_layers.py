"""A table of cases: model × input × output, each with the layers that are expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from own_models import (
    GPT,
    Data,
    Functional,
    ModelOutput,
    Named,
    Puts,
    Recurrent,
    Residual,
    ResNet,
    TwoInputs,
    ViT,
)
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from infoplane import InfoplaneError, InformationPlane

N = 24
DRAW = torch.Generator().manual_seed(0)
IMAGES = torch.randn(N, 1, 8, 8, generator=DRAW)
ROWS = torch.randn(N, 4, generator=DRAW)
SERIES = torch.randn(N, 6, 2, generator=DRAW)
IDS = torch.randint(11, (N, 7), generator=DRAW)
Y = torch.arange(N) % 3
RESNET = ["input", "conv1", "relu", "blocks.0", "blocks.1", "pool", "logits"]
VIT = ["input", "patches", "blocks.0", "blocks.1", "norm", "logits"]
TEXT = ["input", "wte", "wpe", "h.0", "h.1", "ln_f", "logits"]
LINEAR = ["input", "body", "act", "logits"]
DATASET = TensorDataset(ROWS, Y)

CASES: dict[str, tuple[Callable[[], nn.Module], Any, dict[str, Any], list[str]]] = {
    "residual": (ResNet, IMAGES, {}, RESNET),
    "images as an array of doubles": (ResNet, IMAGES.double().numpy(), {}, RESNET),
    "images as a list": (ResNet, list(IMAGES), {}, RESNET),
    "half": (lambda: ResNet().bfloat16(), IMAGES, {}, RESNET),
    "double": (lambda: ResNet().double(), IMAGES, {}, RESNET),
    "data parallel": (lambda: nn.DataParallel(ResNet()), IMAGES, {}, RESNET),
    "vit": (ViT, IMAGES, {}, VIT),
    "text": (GPT, IDS, {}, [x for x in TEXT if x != "wpe"]),
    "text by keyword": (
        GPT,
        {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)},
        {},
        [x for x in TEXT if x != "wpe"],
    ),
    "lstm": (Recurrent, SERIES, {}, ["input", "rnn", "logits"]),
    "lstm, time first": (
        lambda: Recurrent(batch_first=False), SERIES, {}, ["input", "rnn", "logits"],
    ),
    "gru, all it puts out": (
        lambda: Recurrent(kind=nn.GRU), SERIES, {"layers": "rnn*"}, ["rnn", "rnn[1]"],
    ),
    "lstm, its cells": (Recurrent, SERIES, {"layers": "rnn[1][1]"}, ["rnn[1][1]"]),
    "encoder of torch": (
        lambda: nn.Sequential(
            nn.TransformerEncoder(
                nn.TransformerEncoderLayer(2, 1, 4, batch_first=True), 2, enable_nested_tensor=False
            ),
            nn.Flatten(),
            nn.Linear(12, 3),
        ),
        SERIES, {}, ["input", "0.layers.0", "0.layers.1", "logits"],
    ),
    "two inputs by keyword": (
        TwoInputs,
        {"image": ROWS, "number": SERIES[:, 0].numpy(), "scale": 2.0},
        {},
        ["input", "image", "number", "act", "logits"],
    ),
    "two inputs by place": (
        TwoInputs, (ROWS, SERIES[:, 0]), {}, ["input", "image", "number", "act", "logits"],
    ),
    "data set": (lambda: Puts(lambda z, h: z), DATASET, {"labels": None}, LINEAR),
    "loader": (
        lambda: Puts(lambda z, h: z),
        DataLoader(DATASET, batch_size=5, shuffle=True),
        {"labels": None},
        LINEAR,
    ),
    "functional": (Functional, ROWS, {}, ["input", "a", "logits"]),
    "dict": (lambda: Puts(lambda z, h: {"hidden": h, "logits": z}), ROWS, {}, LINEAR),
    "dict of one": (lambda: Puts(lambda z, h: {"z": z}), ROWS, {}, LINEAR),
    "dict by key": (lambda: Puts(lambda z, h: {"h": h, "z": z}), ROWS, {"output": "z"}, LINEAR),
    "tuple": (lambda: Puts(lambda z, h: (z, h)), ROWS, {}, LINEAR),
    "tuple by place": (lambda: Puts(lambda z, h: (h, z)), ROWS, {"output": 1}, LINEAR),
    "model output": (
        lambda: Puts(lambda z, h: ModelOutput(loss=None, logits=z, hidden_states=(h, h))),
        ROWS, {}, LINEAR,
    ),
    "named tuple": (lambda: Puts(lambda z, h: Named(z, h)), ROWS, {}, LINEAR),
    "dataclass": (lambda: Puts(lambda z, h: Data(z, h)), ROWS, {}, LINEAR),
    "function of the output": (
        lambda: Puts(lambda z, h: [[z]]), ROWS, {"output": lambda out: out[0][0]}, LINEAR,
    ),
    "glob": (ResNet, IMAGES, {"layers": ("blocks.?",)}, ["blocks.0", "blocks.1"]),
    "expression": (
        ResNet, IMAGES, {"layers": re.compile(r"blocks\.\d+")}, ["blocks.0", "blocks.1"],
    ),
    "type": (
        ResNet,
        IMAGES,
        {"layers": nn.ReLU},
        ["relu", *(f"blocks.{i}.relu#{call}" for i in range(2) for call in range(2))],
    ),
    "all calls of a module": (
        ResNet, IMAGES, {"layers": "blocks.0.relu"}, ["blocks.0.relu#0", "blocks.0.relu#1"],
    ),
    "predicate": (
        ResNet, IMAGES, {"layers": lambda x: x.shape == (4, 1, 1)}, ["pool"],
    ),
    "block by type and the logits": (
        ResNet, IMAGES, {"layers": ("logits", Residual)}, ["blocks.0", "blocks.1", "logits"],
    ),
}  # fmt: skip


def plane_of(case: str, **more: Any) -> InformationPlane:
    model, inputs, options, _ = CASES[case]
    labels = options.get("labels", Y)
    rest = {key: value for key, value in options.items() if key != "labels"}
    return InformationPlane(model(), inputs, labels, **(rest | more))


@pytest.mark.parametrize("case", CASES)
def test_expected_layers(case: str) -> None:
    plane = plane_of(case, bin_width=0.5)
    assert plane.layers == CASES[case][-1]
    plane.observe(0)
    table = plane.table()
    assert list(table["layer"].unique()) == plane.layers
    assert (table["n"] == N).all()
    assert table["bits"].notna().all()


def test_what_is_left_out_is_listed_with_the_reason_before_anything_runs() -> None:
    table = plane_of("residual").layers.table().set_index("layer")
    assert table.loc["blocks.0.relu#1", "note"] == "inside the block 'blocks.0'"
    assert table.loc["fc", "note"] == "what it puts out are the logits"
    assert table.loc["blocks", "note"] == "puts out what the last of its parts does"
    assert table.loc["blocks.0", ["type", "shape"]].tolist() == ["Residual", "4 × 8 × 8"]
    assert table["watched"].sum() == 7
    listed = plane_of("lstm").layers.table().set_index("layer")["note"]
    assert listed["rnn[1][0]"] == "another part of what 'rnn' puts out"
    uncalled = nn.Sequential(nn.Linear(4, 3))
    uncalled.add_module("1", nn.Identity())
    uncalled.spare = nn.Linear(2, 2)
    uncalled.forward = lambda x: uncalled[0](x)
    notes = InformationPlane(uncalled, ROWS, Y).layers.table().set_index("layer")["note"]
    assert notes["spare"] == "is not called"
    assert "spare" in repr(InformationPlane(uncalled, ROWS, Y).layers)


def test_an_in_place_relu_spoils_neither_its_input_nor_the_data() -> None:
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 5), nn.ReLU(inplace=True)).eval()
    rows = ROWS.clone()
    plane = InformationPlane(model, rows, Y, layers=("0", "1", "logits"))
    seen = {name: t[0] for name, _, t in plane.observer.whole_layers(plane.probes[0].inputs)}
    assert torch.equal(rows, ROWS)
    with torch.no_grad():
        assert torch.equal(seen["1"], model[1](ROWS.relu()))
        assert torch.equal(seen["logits"], model[1](ROWS.relu()).relu())
    assert torch.equal(seen["0"], ROWS.relu())


def test_blocks_put_out_what_the_model_computes() -> None:
    model = ResNet().eval()
    plane = InformationPlane(model, IMAGES, Y, layers=("blocks.0.relu#0", "blocks.0", "blocks.1"))
    seen = {name: t[0] for name, _, t in plane.observer.whole_layers(plane.probes[0].inputs)}
    with torch.no_grad():
        x = model.relu(model.conv1(IMAGES))
        block = model.blocks[0]
        assert torch.equal(seen["blocks.0.relu#0"], block.bn1(block.conv1(x)).relu().flatten(1))
        assert torch.equal(seen["blocks.0"], block(x.clone()).flatten(1))


@pytest.mark.parametrize(
    "case", ["residual", "vit", "text", "lstm, time first", "two inputs by keyword"]
)
def test_chunks_do_not_matter(case: str) -> None:
    plane = plane_of(case)
    inputs = plane.probes[0].inputs
    whole = {name: t for name, _, t in plane.observer.whole_layers(inputs)}
    plane.observer.chunk = 7
    for name, _, t in plane.observer.whole_layers(inputs):
        torch.testing.assert_close(t, whole[name])


def test_compiled_parts_are_watched_under_their_own_names() -> None:
    """No graph is made, so none is broken: observing runs what was compiled as it is written."""
    made: list[Any] = []

    def backend(graph: Any, example: Any) -> Any:
        made.append(example)
        return graph.forward

    model = ResNet()
    model.blocks[0] = torch.compile(model.blocks[0], backend=backend)
    for wrapped in (torch.compile(model, backend=backend), model):
        plane = InformationPlane(wrapped, IMAGES, Y, bin_width=0.5)
        assert plane.layers == RESNET
        plane.observe(0)
    assert made == []
    model = ResNet()
    model.compile(backend=backend)
    plane = InformationPlane(model, IMAGES, Y, bin_width=0.5)
    plane.observe(0)
    assert made == []


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("blocks.9", r"no layer 'blocks.9' \(did you mean 'blocks.\d'\?\); give some of: input"),
        ("stages*", r"no layer 'stages\*'.*; give some of: input"),
        (re.compile("x"), "no layer is meant by 'x'; give some of"),
        (nn.LSTM, "no layer is meant by .*LSTM"),
        (int, "layers has the type int; give types of nn.Module"),
        ((3,), "layers has 3; give names, globs"),
    ],
)
def test_layers_that_are_not_there(layers: Any, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        InformationPlane(ResNet(), IMAGES, Y, layers=layers)


def test_a_layer_that_cannot_be_watched_is_refused_with_the_reason() -> None:
    class Odd(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.sum()

    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.odd, self.fc = Odd(), nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc(x) + self.odd(x)

    with pytest.raises(InfoplaneError, match="layer 'odd' cannot be watched: its "):
        InformationPlane(Around(), ROWS, Y, layers="odd")


def test_more_layers_than_can_be_looked_at_are_thinned() -> None:
    deep = nn.Sequential(*(nn.Linear(4, 4) for _ in range(70)))
    plane = InformationPlane(deep, ROWS, Y)
    assert 20 <= len(plane.layers) <= 32
    assert plane.layers[0] == "input"
    assert plane.layers[-1] == "logits"
    note = plane.layers.table().set_index("layer").loc["1", "note"]
    assert note == "one of 3 of 71 layers is watched; name those you want"


def test_a_number_of_calls_that_changes_is_refused() -> None:
    class Restless(nn.Module):
        calls = 2

        def __init__(self) -> None:
            super().__init__()
            self.act, self.fc = nn.Tanh(), nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for _ in range(self.calls):
                x = self.act(x)
            return self.fc(x)

    model = Restless()
    plane = InformationPlane(model, ROWS, Y)
    assert plane.layers == ["input", "act#0", "act#1", "logits"]
    model.calls = 1
    with pytest.raises(InfoplaneError, match="layer 'act#1' was not called in a pass"):
        plane.observe(0)


def test_a_recurrent_cell_called_at_every_step_is_listed_and_not_watched() -> None:
    class Cells(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.fc = nn.RNNCell(2, 4), nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = None
            for step in range(20):
                h = self.cell(x[:, step % x.shape[1]], h)
            return self.fc(h)

    plane = InformationPlane(Cells(), SERIES, Y)
    assert plane.layers == ["input", "logits"]
    notes = plane.layers.table().set_index("layer")["note"]
    assert notes["cell#19"] == "called 20 times in a pass"
    assert InformationPlane(Cells(), SERIES, Y, layers="cell#19").layers == ["cell#19"]


def test_arrays_of_numpy_are_what_tensors_are() -> None:
    tables = []
    for kind in (lambda t: t, lambda t: t.numpy(), lambda t: t.tolist()):
        torch.manual_seed(0)
        plane = InformationPlane(Functional(), kind(ROWS), kind(Y), bin_width=0.5)
        plane.observe(0)
        tables.append(plane.table()["bits"].to_numpy())
    assert np.array_equal(tables[0], tables[1])
    assert np.array_equal(tables[0], tables[2])
