"""Where training computes: what ``auto`` takes, in which precision, and with the same bits."""

from __future__ import annotations

import math
import os
from dataclasses import replace

import pytest
import torch

from infoplane.audit.config import AuditConfig
from infoplane.data.config import DataConfig
from infoplane.data.split import clean_split
from infoplane.errors import InfoplaneError
from infoplane.networks.build import build_network
from infoplane.networks.config import NetworkConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.training.config import TrainingConfig
from infoplane.training.device import (
    SMALL_STEP,
    WORKSPACE,
    choose_device,
    computing,
    left_out,
    operations_of_step,
)
from infoplane.training.loop import Training

CUDA, CPU = torch.device("cuda"), torch.device("cpu")
SIZES = {"inputs": 12, "classes": 2, "n": 100, "k": 3}


def test_operations_are_six_for_each_weight_and_example() -> None:
    network = NetworkConfig(widths=(5, 4))
    weights = 12 * 5 + 5 * 4 + 4 * 2
    full = operations_of_step(network, TrainingConfig(), **SIZES)
    assert full == 6 * 3 * 100 * weights
    batches = TrainingConfig(batch_size=20)
    assert operations_of_step(network, batches, **SIZES) == full / 5
    larger = TrainingConfig(batch_size=1000)
    assert operations_of_step(network, larger, **SIZES) == full
    convolutional = NetworkConfig("resnet")
    assert operations_of_step(convolutional, batches, **SIZES) == math.inf


@pytest.mark.parametrize(
    ("cuda", "mps", "operations", "taken"),
    [
        (True, False, math.inf, "cuda"),
        (True, False, SMALL_STEP - 1, "cpu"),
        (True, True, SMALL_STEP, "cuda"),
        (False, True, math.inf, "mps"),
        (False, True, 0, "cpu"),
        (False, False, math.inf, "cpu"),
    ],
)
def test_auto_takes_a_gpu_for_what_is_large(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, operations: float, taken: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.delenv(WORKSPACE, raising=False)
    assert choose_device("auto", operations=operations).type == taken
    assert (WORKSPACE in os.environ) == (taken == "cuda")  # before any product is taken there


def test_the_gpu_that_was_left_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a card")
    assert (left_out(CPU), left_out(CUDA)) == ("a card", "")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert left_out(CPU) == "Apple's GPU"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert left_out(CPU) == ""


@pytest.mark.parametrize("name", ["", "gpu", "meta", "cuda:99", "cpu:x"])
def test_what_is_no_device_here_is_refused(name: str) -> None:
    with pytest.raises(InfoplaneError, match=r"cannot be used here; give auto, cpu, or one that"):
        choose_device(name)


def test_float32_is_float32_and_tf32_is_asked_for() -> None:
    def state() -> tuple[object, ...]:
        cudnn = torch.backends.cudnn
        products = torch.get_float32_matmul_precision()
        return products, cudnn.allow_tf32, cudnn.deterministic, _exact()

    before = state()
    with computing(CUDA, same_bits=True):
        assert state() == ("highest", False, True, True)
    with computing(CUDA, "tf32", same_bits=False):
        assert state() == ("high", True, False, False)
    assert state() == before
    with pytest.raises(ZeroDivisionError), computing(CUDA, "tf32", same_bits=True):
        raise ZeroDivisionError
    assert state() == before


def _exact() -> bool:
    return torch.are_deterministic_algorithms_enabled()


def test_nothing_is_changed_for_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "set_float32_matmul_precision", lambda _: pytest.fail("it was"))
    with computing(CPU, "float32", same_bits=True):
        assert not _exact()


def small(**options: object) -> Training:
    x = torch.rand(8, 4)
    model = build_network(NetworkConfig(widths=(3,)), input_shape=(4,), classes=2, seed=0)
    config = TrainingConfig(epochs=1, **options)  # pyright: ignore[reportArgumentType]
    return Training(model, clean_split(x, torch.arange(8) % 2, 2), config, seed=0)


def test_tf32_is_refused_where_it_would_be_float32() -> None:
    with pytest.raises(InfoplaneError, match=r"dtype is tf32.*trains on cpu; give float32 or bfl"):
        small(dtype="tf32")


def test_an_operation_without_a_deterministic_form_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = small()

    def fails(*_: object) -> None:
        raise RuntimeError("fold_cuda does not have a deterministic implementation, but you set")

    monkeypatch.setattr(training, "_train_epoch", fails)
    with pytest.raises(
        InfoplaneError, match=r"no deterministic form on cpu \(fold_cuda.*--training"
    ):
        list(training.epochs())
    monkeypatch.setattr(training, "_train_epoch", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(training.epochs())


def test_cuda_that_was_used_before_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    training = small()

    def fails() -> None:
        raise RuntimeError(
            f"Deterministic behavior was enabled, but it is not deterministic: {WORKSPACE}"
        )

    monkeypatch.setattr(training, "_train_epoch", fails)
    with pytest.raises(InfoplaneError, match=r"CUDA was used before.*:4096:8 before Python starts"):
        list(training.epochs())


def test_other_errors_of_torch_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    training = small()

    def fails() -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(training, "_train_epoch", fails)
    with pytest.raises(RuntimeError, match="out of memory"):
        list(training.epochs())


@pytest.mark.parametrize("kind", [RunConfig, EnsembleConfig, AuditConfig])
def test_how_it_is_computed_is_no_part_of_what_it_is(kind: type) -> None:
    data = DataConfig("mnist") if kind is AuditConfig else DataConfig("digits")
    one = kind(data=data)
    other = replace(one, training=replace(one.training, device="cuda:1", deterministic=False))
    assert one.id == other.id
    assert one.id != replace(one, training=replace(one.training, dtype="bfloat16")).id
