"""The compiled pass of narrow networks against torch's in double precision."""

from __future__ import annotations

import copy
import math
import time
from concurrent.futures import Future

import pytest
import torch
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.training import native
from infoplane.training.config import TrainingConfig
from infoplane.training.narrow import LOSSES, SOURCE, Narrow, narrow
from infoplane.training.passes import pass_by_torch

KNOWN = ["linear", "tanh", "relu", "hard-tanh", "softsign", "sigmoid"]
N = 333  # no whole number of blocks

needs_a_compiler = pytest.mark.skipif(
    native.library(SOURCE) is None, reason="there is no C compiler here"
)


def build(members: int = 3, *, inputs: int = 5, classes: int = 3, **network) -> StackedMLP:
    config = NetworkConfig(**{"widths": (9, 4), "activation": "tanh", **network})
    model = build_mlp(config, inputs=inputs, classes=classes, seed=0, members=members)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():  # biases as well, and some saturated units
            parameter += 0.5 * torch.randn(parameter.shape, generator=generator)
    return model


def examples(*shape: int, members: int = 3) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(*shape, generator=generator)
    return inputs, torch.randint(3, (members, shape[-2]), generator=generator)


def compiled(model: StackedMLP, **training) -> Narrow:
    found = narrow(model, TrainingConfig(**training))
    assert found is not None
    return found


def by_torch(model: StackedMLP, inputs: Tensor, targets: Tensor, **training) -> list[Tensor]:
    """Return what a pass makes and adds, in double precision."""
    double = copy.deepcopy(model).double()
    made = pass_by_torch(double, TrainingConfig(**training), inputs.double(), targets, 1)
    return [*made, *(p.grad for p in double.parameters() if p.grad is not None)]


def by_narrow(
    model: StackedMLP, inputs: Tensor, targets: Tensor, *, size: int = 1, **training
) -> list[Tensor]:
    made = compiled(model, **training)(inputs, targets, size)
    return [*made, *(p.grad for p in model.parameters() if p.grad is not None)]


def close(found: list[Tensor], expected: list[Tensor]) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        scale = max(1.0, float(theirs.abs().max()))
        torch.testing.assert_close(ours.double() / scale, theirs / scale, atol=2e-6, rtol=0)


@needs_a_compiler
@pytest.mark.parametrize("activation", KNOWN)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_is_torchs_pass(activation: str, loss: str, smoothing: float) -> None:
    model, given = build(activation=activation), examples(N, 5)
    found = by_narrow(model, *given, loss=loss, label_smoothing=smoothing)
    close(found, by_torch(model, *given, loss=loss, label_smoothing=smoothing))


@needs_a_compiler
@pytest.mark.parametrize(
    "network",
    [{"widths": ()}, {"widths": (64, 1, 64)}, {"bias": False}, {"inputs": 64}, {"classes": 40}],
    ids=str,
)
@pytest.mark.parametrize("shape", [(N, 5), (1, 5), (3, N, 5), (N, 1, 5)], ids=str)
def test_shapes(network: dict, shape: tuple[int, ...]) -> None:
    model = build(**network)
    inputs, targets = examples(*shape[:-1], model.inputs)
    targets = targets if len(shape) == 2 else examples(N, 1)[1]
    close(by_narrow(model, inputs, targets), by_torch(model, inputs, targets))


@needs_a_compiler
def test_strided_inputs_and_targets_that_all_share() -> None:
    model, (inputs, targets) = build(), examples(2 * N, 5)
    inputs, targets = inputs[::2], targets[:1, ::2].expand(3, -1)
    close(by_narrow(model, inputs, targets), by_torch(model, inputs, targets))


@needs_a_compiler
def test_gradients_are_added_as_means() -> None:
    model, (inputs, targets) = build(), examples(N, 5)
    whole = by_narrow(model, inputs, targets, size=N)
    model.zero_grad()
    by_narrow(model, inputs[:100], targets[:, :100], size=N)
    parts = by_narrow(model, inputs[100:], targets[:, 100:], size=N)
    close(parts[3:], [each.double() for each in whole[3:]])
    expected = by_torch(model, inputs, targets)
    close(whole[2:], [each / N for each in expected[2:]])


@needs_a_compiler
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_member_is_the_same_to_the_bit_alone(threads: int) -> None:
    before, (inputs, targets) = torch.get_num_threads(), examples(N, 5)
    model = build()
    try:
        torch.set_num_threads(threads)
        together = by_narrow(model, inputs, targets)
    finally:
        torch.set_num_threads(before)
    for m in range(3):
        alone = by_narrow(model.member(m), inputs, targets[m : m + 1])
        for own, every in zip(alone, together, strict=True):
            assert torch.equal(own[0], every[m])


@needs_a_compiler
@pytest.mark.parametrize("activation", KNOWN)
def test_activations_are_right_to_three_units_in_the_last_place(activation: str) -> None:
    sizes = torch.logspace(-30, 1.9, 4000)
    inputs = torch.cat([-sizes, torch.zeros(1), sizes])[:, None]
    model = build_mlp(
        NetworkConfig(widths=(1,), activation=activation, bias=False), inputs=1, classes=2, seed=0
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(1)
    targets = torch.zeros(1, len(inputs), dtype=torch.int64)
    found = by_narrow(model, inputs, targets)[0].double()
    expected = by_torch(model, inputs, targets)[0]
    unit = torch.finfo(torch.float32).eps * expected.abs() / 2
    wrong = (found - expected).abs() > 3 * unit + 1e-34  # exp stops at 2e-35
    assert not wrong.any(), inputs.T[wrong[:, 0]]


@needs_a_compiler
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_of_large_logits(loss: str) -> None:
    model = build(activation="linear")
    inputs, targets = examples(N, 5)
    close(
        by_narrow(model, 300 * inputs, targets, loss=loss),
        by_torch(model, 300 * inputs, targets, loss=loss),
    )


@needs_a_compiler
@pytest.mark.parametrize("activation", KNOWN)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_shows_in_the_loss_of_its_member(activation: str, value: float) -> None:
    model, (inputs, targets) = build(activation=activation), examples(N, 5)
    with torch.no_grad():
        model.readout.weight[1, 0, 0] = value
    losses = by_narrow(model, inputs, targets)[2]
    assert torch.equal(losses.isfinite(), torch.tensor([True, False, True]))


@pytest.mark.parametrize(
    ("network", "training"),
    [
        ({"widths": (65,)}, {}),
        ({"inputs": 65}, {}),
        ({"activation": "gelu"}, {}),
        ({"activation": "softplus"}, {}),
        ({"batch_norm": True}, {}),
        ({"dropout": 0.1}, {}),
        ({}, {"dtype": "bfloat16"}),
    ],
    ids=str,
)
def test_all_else_is_torchs(network: dict, training: dict) -> None:
    assert narrow(build(**network), TrainingConfig(**training)) is None


def test_frozen_parameters_are_torchs() -> None:
    model = build()
    model.layers[0].weight.requires_grad_(False)
    assert narrow(model, TrainingConfig()) is None


@needs_a_compiler
@pytest.mark.parametrize("shape", [(N, 4), (N, 6), (N - 1, 5)], ids=str)
def test_inputs_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InfoplaneError, match=r"inputs are .*; give"):
        compiled(build())(torch.randn(*shape), examples(N, 5)[1], 1)


@needs_a_compiler
@pytest.mark.parametrize("wrong", [-1, 3, 2**32])
def test_labels_of_no_class_are_refused(wrong: int) -> None:
    model, (inputs, targets) = build(), examples(N, 5)
    targets[1, 7] = wrong
    with pytest.raises(InfoplaneError, match=r"labels are .*; give int64"):
        compiled(model)(inputs, targets, 1)
    with pytest.raises(InfoplaneError, match=r"labels are .*; give int64"):
        compiled(model)(inputs, (targets % 3).int(), 1)


@needs_a_compiler
def test_what_padding_holds_is_of_no_account() -> None:
    model, (inputs, targets) = build(activation="relu"), examples(130, 5)
    inputs = inputs.abs()
    with torch.no_grad():
        model.layers[0].weight[:] = model.layers[0].weight.abs()
        model.layers[0].weight[0, 0, 0] = math.inf
    ours, theirs = by_narrow(model, inputs, targets)[2], by_torch(model, inputs, targets)[2]
    assert torch.equal(ours.isfinite(), theirs.isfinite())


@needs_a_compiler
def test_an_interrupt_waits_for_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    model, (inputs, targets) = build(), examples(20_000, 5)
    finished = []

    class Slow:
        def add_gradients(self, *_: object) -> int:
            time.sleep(0.2)
            finished.append(True)
            return 0

    def interrupt(_: Future) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Future, "result", interrupt)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        slow = Narrow(model, TrainingConfig(), Slow())
    finally:
        torch.set_num_threads(before)
    with pytest.raises(KeyboardInterrupt):
        slow(inputs, targets, 1)
    assert len(finished) == 2


def test_double_precision_is_torchs() -> None:
    assert narrow(build().double(), TrainingConfig()) is None


def test_without_a_compiler_it_is_torchs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "library", lambda source: None)
    assert narrow(build(), TrainingConfig()) is None


def test_missing_memory_is_said() -> None:
    class Full:
        def add_gradients(self, *_: object) -> int:
            return 1

    model, given = build(), examples(N, 5)
    with pytest.raises(MemoryError, match="no memory is left"):
        Narrow(model, TrainingConfig(), Full())(*given, 1)
