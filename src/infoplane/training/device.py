"""Where training computes, in which precision, and whether it does so with the same bits."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from typing import Any

import torch

from infoplane.data.split import Split
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.training.config import TrainingConfig

SMALL_STEP = 1e9
"""Operations of a step below which two cores are faster than a GPU, which spends its time on
starting kernels: on an H100 a step of 4·10⁸ (the demo) was slower, one of 2·10¹² (the MNIST net
on 60,000 images) took 63 ms and 4.5 s on two cores. In between nothing was measured."""
WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"  # read when the first product is taken: the same bits need it


def operations_of_step(
    network: NetworkConfig, training: TrainingConfig, *, inputs: int, classes: int, n: int, k: int
) -> float:
    """Return the operations of a step of k perceptrons on n examples; of others, infinitely many.

    Two for each weight and example forward, four backward.
    """
    if network.convolutional or network.own is not None:
        return math.inf
    widths = [inputs, *network.hidden_widths, classes]
    weights = sum(a * b for a, b in pairwise(widths))
    return 6.0 * k * weights * min(training.batch_size or n, n)


def choose_device(name: str, *, operations: float = math.inf) -> torch.device:
    """Return the device of a configuration.

    Args:
        name: a torch device; or ``auto``, which takes CUDA, else MPS, else the CPU, and the CPU as
            well where a step is so small that a GPU would be slower.
        operations: of a step (see ``operations_of_step``).

    Raises:
        InfoplaneError: for a device that torch does not find.
    """
    if name == "auto":
        if operations < SMALL_STEP:
            return torch.device("cpu")
        if torch.cuda.is_available():
            os.environ.setdefault(WORKSPACE, ":4096:8")
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if str(name).startswith("cuda"):
        os.environ.setdefault(WORKSPACE, ":4096:8")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()  # "meta" has no values
    except (RuntimeError, AssertionError, TypeError, ValueError, ImportError) as error:
        raise InfoplaneError(
            f"device {name!r} cannot be used here; give auto, cpu, or one that torch finds."
        ) from error
    return device


def device_of(
    network: NetworkConfig,
    training: TrainingConfig,
    train: Split,
    *,
    members: int = 1,
    n: int | None = None,
) -> torch.device:
    """Return the device that a training is to be on; ``n`` where members see fewer examples.

    Raises:
        InfoplaneError: as ``choose_device``.
    """
    operations = operations_of_step(
        network,
        training,
        inputs=train.inputs[0].numel(),
        classes=train.classes,
        n=len(train) if n is None else n,
        k=members,
    )
    return choose_device(training.device, operations=operations)


def left_out(device: torch.device) -> str:
    """Return the GPU that ``auto`` did not take, for people; "" where there is none."""
    if device.type != "cpu":
        return ""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return "Apple's GPU" if torch.backends.mps.is_available() else ""


def check_dtype(dtype: str, device: torch.device) -> None:
    """Refuse a precision that a device does not have.

    Raises:
        InfoplaneError: for tf32 elsewhere than on CUDA, where it would silently be float32.
    """
    if dtype == "tf32" and device.type != "cuda":
        raise InfoplaneError(
            f"dtype is tf32, which NVIDIA's GPUs have, and this trains on {device.type}; give "
            "float32 or bfloat16, or a device cuda."
        )


@contextmanager
def computing(device: torch.device, dtype: str = "float32", *, same_bits: bool) -> Iterator[None]:
    """Compute on CUDA in a precision, with the same bits each time; elsewhere nothing is changed.

    float32 is float32: torch lets convolutions round to TF32 unless told not to. Whatever torch was
    told before is told again afterwards.

    Args:
        device: where.
        dtype: tf32 rounds what goes into products; float32 and bfloat16 leave float32 as it is.
        same_bits: take deterministic algorithms alone; an operation that has none raises a
            RuntimeError which names it.
    """
    if device.type != "cuda":
        yield
        return
    before = torch.get_float32_matmul_precision()
    rounded = dtype == "tf32"
    torch.set_float32_matmul_precision("high" if rounded else "highest")
    convolutions = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=same_bits, allow_tf32=rounded
    )
    try:
        with convolutions, _deterministic() if same_bits else nullcontext():
            yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextmanager
def _deterministic() -> Iterator[None]:
    before = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    settings: Any = torch.utils.deterministic
    filled = settings.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    settings.fill_uninitialized_memory = False  # for finding bugs, at a price
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warned)
        settings.fill_uninitialized_memory = filled
