"""The MNIST net on 60,000 images: an epoch, and what observing it costs in time and memory."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import torch

from benchmarks.measuring import Row, grown_mebibytes, seconds
from benchmarks.published import PublishedMLP, train_epoch
from infoplane.data.split import clean_split
from infoplane.information.binned.rules import FixedWidth
from infoplane.information.core import compiling
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import build_mlp
from infoplane.observing.observer import Observer, make_probe
from infoplane.training.config import TrainingConfig
from infoplane.training.loop import CHUNK, Training

N_TRAIN, N_TEST, EVERY = 60_000, 10_000, 20
WIDTHS = [784, 784, 1024, 1024, 20, 20, 20, 10, 10]


def images(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pictures of the size of MNIST's that can be told apart."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 10
    patterns = torch.rand(10, 784, generator=torch.Generator().manual_seed(0))
    noisy = patterns[labels] + 0.3 * torch.randn(n, 784, generator=generator)
    return noisy.clamp_(0, 1), labels


def rows() -> Iterator[Row]:
    """Time epochs and looks; a look measures all layers on train and test with their nulls."""
    (x, y), (x_test, y_test) = images(N_TRAIN, 1), images(N_TEST, 2)
    model = build_mlp(NetworkConfig(preset="mnist"), inputs=784, classes=10, seed=0)
    split = clean_split(x, y, 10)
    epochs, halved = (
        _epoch_seconds(Training(model, split, TrainingConfig(epochs=4, dtype=dtype), seed=0))
        for dtype in ("float32", "bfloat16")
    )

    compiling.PAYS_AFTER = 0  # as after the first looks of a run
    observer = Observer(model, x, FixedWidth(0.5))
    probes = [make_probe("train", x, y), make_probe("test", x_test, y_test)]
    looks = _look_seconds(observer, probes)
    grown = grown_mebibytes("benchmarks.mnist_net:observing")
    largest_layer = N_TRAIN * 1024 * 4 / 2**20
    floor, halved_floor = (_products_seconds(dtype) for dtype in (torch.float32, torch.bfloat16))
    forward = _products_seconds(torch.float32, n=N_TRAIN + N_TEST, backward=False)
    share = Row(
        "observing",
        f"observing every {EVERY} epochs, share of training",
        100 * looks / (EVERY * epochs),
        "(training)",
        100.0,
        unit="%",
        floor=100 * forward / (EVERY * epochs),
        aim="≤ 2 %",
    )
    published = _published_seconds(x, y)
    work = "full-batch epoch, 60,000 images"
    yield Row("epoch", work, epochs, "published loop", published, floor=floor)
    yield Row(
        "epoch-bfloat16",
        f"{work}, in bfloat16",
        halved,
        "published loop in float32",
        published,
        floor=halved_floor,
        aim="≥ 2.5",
    )
    yield share
    work = "memory of observing"
    yield Row("memory", work, grown, "(the largest layer)", largest_layer, unit="MiB", aim="≥ 1")


def observing() -> Callable[[], object]:
    """Prepare one look at the net on 60,000 images."""
    x, y = images(N_TRAIN, 1)
    model = build_mlp(NetworkConfig(preset="mnist"), inputs=784, classes=10, seed=0)
    observer, probe = Observer(model, x, FixedWidth(0.5)), make_probe("train", x, y)
    return lambda: list(observer.observe(probe, epoch=0))


def _epoch_seconds(training: Training) -> float:
    times, start = [], time.perf_counter()
    for epoch in training.epochs():
        if epoch > 1:
            times.append(time.perf_counter() - start)
        start = time.perf_counter()
    return min(times)


def _products_seconds(dtype: torch.dtype, *, n: int = N_TRAIN, backward: bool = True) -> float:
    """Return what the matrix products of an epoch take alone, from those of one chunk."""
    return seconds(products(CHUNK, dtype, backward=backward)) * n / CHUNK


def products(
    n: int, dtype: torch.dtype, *, device: torch.device | None = None, backward: bool = True
) -> Callable[[], None]:
    """Prepare the matrix products of a pass over n samples, alone."""
    values = {width: torch.randn(width, n, device=device).to(dtype) for width in set(WIDTHS)}
    pairs = itertools.pairwise(WIDTHS)
    weights = [torch.randn(b, a, device=device).to(dtype) for a, b in pairs]

    def work() -> None:
        for i, weight in enumerate(weights):
            above, below = (values[width] for width in weight.shape)
            torch.mm(weight, below)  # forward
            if not backward:
                continue
            torch.mm(above, below.T)  # gradient of the weights
            if i > 0:
                torch.mm(weight.T, above)  # gradient of the layer below

    return work


def _look_seconds(observer: Observer, probes: list) -> float:
    times = []
    for epoch in range(3):
        start = time.perf_counter()
        for probe in probes:
            list(observer.observe(probe, epoch=epoch))
        times.append(time.perf_counter() - start)
    return min(times)


def published_epoch(x: torch.Tensor, y: torch.Tensor) -> Callable[[], None]:
    """Prepare an epoch of the published loop, where the images are."""
    torch.manual_seed(0)
    model = PublishedMLP(WIDTHS).to(x.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return lambda: train_epoch(model, optimizer, x, y)


def _published_seconds(x: torch.Tensor, y: torch.Tensor) -> float:
    epoch, times = published_epoch(x, y), []
    for _ in range(3):
        start = time.perf_counter()
        epoch()
        times.append(time.perf_counter() - start)
    return min(times)
