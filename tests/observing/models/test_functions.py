"""Operations without a module are layers, too: by the module they run in, where they are named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from infoplane import InfoplaneError, InformationPlane
from infoplane.observing.models.functions import NAMES, OPERATIONS

N = 40
X, Y = torch.randn(N, 6, generator=torch.Generator().manual_seed(0)), torch.arange(N) % 2


class Block(nn.Module):
    """Without a module for what it does besides its line: F.relu twice, once in place, and +."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        h = functional.relu(self.line(x))
        h += x
        return functional.relu(h, inplace=True)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(Block(), Block())
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.blocks(x)) @ torch.ones(6, 2)


def plane(layers: object, model: nn.Module | None = None) -> InformationPlane:
    torch.manual_seed(0)
    return InformationPlane(model or Net(), X, Y, layers=layers, bin_width=0.5)


def rows(watched: InformationPlane, name: str) -> Tensor:
    return next(
        t for _, _, t in watched.observer.whole_layers(watched.probes[0].inputs, layers=[name])
    )[0]


def test_every_operation_is_listed_by_the_module_it_runs_in() -> None:
    watched = plane(())
    table = watched.layers.table().set_index("layer")
    operations = table[table["type"] == "operation"]
    assert [name for name in operations.index if name.startswith("blocks.0")] == [
        "blocks.0.relu()#0",
        "blocks.0.add()",
        "blocks.0.relu()#1",
    ]
    assert operations.loc["matmul()", "note"] == "what it puts out are the logits"
    assert not operations["watched"].any()
    assert not any("act." in name or "line." in name for name in operations.index)  # torch's own


def test_they_hold_what_they_put_out() -> None:
    model = Net()
    watched = plane(["blocks.0.relu()#0", "blocks.0.add()", "blocks.0.relu()#1"], model)
    line = model.blocks[0].line(X).detach()
    assert torch.allclose(rows(watched, "blocks.0.relu()#0"), line.relu())
    assert torch.allclose(rows(watched, "blocks.0.add()"), line.relu() + X)
    assert torch.allclose(rows(watched, "blocks.0.relu()#1"), (line.relu() + X).relu())
    assert torch.allclose(
        rows(watched, "blocks.0.relu()#1"), rows(plane("blocks.0", model), "blocks.0")
    )


@pytest.mark.parametrize(
    "named", ["blocks.1.relu()", "blocks.1.relu*", lambda x: x.operation == "blocks.1.relu()"]
)
def test_all_calls_of_one_are_named_together(named: object) -> None:
    assert plane(named).layers[1:-1] == ["blocks.1.relu()#0", "blocks.1.relu()#1"] or plane(
        named
    ).layers == ["blocks.1.relu()#0", "blocks.1.relu()#1"]


def test_no_hook_outlives_a_look_and_training_is_the_same() -> None:
    model = Net()
    plane("*add()", model).observe(0)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_one_that_is_not_there_is_refused() -> None:
    with pytest.raises(InfoplaneError, match=r"no layer 'blocks.0.tanh\(\)' \(did you mean"):
        plane("blocks.0.tanh()")


class Unary(nn.Module):
    def __init__(self, operation: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.operation = operation

    def forward(self, x: Tensor) -> Tensor:
        return self.operation(x) * 2


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (torch.tanh, "tanh()"),
        (functional.gelu, "gelu()"),
        (lambda x: x.sigmoid(), "sigmoid()"),
        (lambda x: 1 - x, "sub()"),
        (lambda x: x / 3, "div()"),
        (lambda x: 3 / (x + 9), "div()"),
        (lambda x: x @ torch.eye(6), "matmul()"),
        (lambda x: torch.cat([x, x], 1), "cat()"),
        (lambda x: functional.layer_norm(x, (6,)), "layer_norm()"),
        (lambda x: x.clone().relu_(), "relu()"),
    ],
)
def test_as_function_as_method_and_as_operator(
    operation: Callable[[Tensor], Tensor], name: str
) -> None:
    watched = plane(name, Unary(operation))
    assert torch.allclose(rows(watched, name), operation(X))


def test_every_name_is_an_operation_of_torch() -> None:
    assert set(NAMES.values()) == set(OPERATIONS.split())
