"""``make bench-gpu``: training and looking on a card, against the published loop on the same card.

All rows are of one process and one card; each waits for the card before the clock is read.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

import torch
from torch import nn
from torch.nn import functional

from benchmarks.measuring import Row
from benchmarks.mnist_net import images, products, published_epoch
from benchmarks.table import as_markdown, machine, print_table
from infoplane.data.split import Split, clean_split
from infoplane.errors import InfoplaneError
from infoplane.information.binned.rules import FixedWidth
from infoplane.information.core import compiling
from infoplane.networks.build import BLUEPRINTS, build_network
from infoplane.networks.config import NetworkConfig
from infoplane.observing.observer import Observer, make_probe
from infoplane.training.config import Dtype, TrainingConfig
from infoplane.training.device import choose_device, computing
from infoplane.training.loop import Training


@dataclass(frozen=True)
class Sizes:
    """How much is trained: as published, or little, to see that all of it runs."""

    images: int = 60_000
    test: int = 10_000
    coloured: int = 10_000
    samples: int = 3277  # of the 12-bit task
    stack: int = 50
    repeats: int = 5


SMALL = Sizes(images=64, test=32, coloured=32, samples=32, stack=2, repeats=1)


def rows(device: torch.device, sizes: Sizes) -> Iterator[Row]:
    """Yield a row for each piece of work."""
    yield from _mnist_net(device, sizes)
    yield from _stack(device, sizes)
    yield from _convolutional(device, sizes)


def _mnist_net(device: torch.device, sizes: Sizes) -> Iterator[Row]:
    (x, y), (x_test, y_test) = images(sizes.images, 1), images(sizes.test, 2)
    split, work = clean_split(x, y, 10), f"full-batch epoch, {sizes.images:,} images"
    network = NetworkConfig(preset="mnist")
    with computing(device, same_bits=False):
        published = _seconds(published_epoch(x.to(device), y.to(device)), device, sizes)
    against = "published loop, float32"
    for dtype in _dtypes(device):
        ours = _epoch(device, network, split, sizes, dtype=dtype)
        floor = _products(device, sizes.images, dtype, sizes)
        aim = {"float32": "≥ 1", "bfloat16": "≥ 5"}.get(dtype, "")
        key, what = f"epoch-{dtype}", f"{work}, {dtype}"
        yield Row(key, what, ours, against, published, floor=floor, aim=aim)
    one = _epoch(device, network, split, sizes)
    two = _epoch(device, network, split, sizes, members=2)
    yield Row("members", f"{work}, two members", two, "[1.6 times one]", 1.6 * one, aim="≥ 1")
    loose = _epoch(device, network, split, sizes, deterministic=False)
    yield Row("same-bits", f"{work}, same bits each time", one, "[--no-deterministic]", loose)
    model = build_network(network, input_shape=(784,), classes=10, seed=0).to(device)
    observer = Observer(model, x, FixedWidth(0.5))
    parts = (("train", x, y), ("test", x_test, y_test))
    probes = [make_probe(name, inputs.to(device), labels) for name, inputs, labels in parts]

    def look() -> None:
        for probe in probes:
            list(observer.observe(probe, epoch=0))

    for name, after in (("look", compiling.PAYS_AFTER), ("look-compiled", 0)):
        compiling.PAYS_AFTER = after
        with computing(device, same_bits=False):
            taken = _seconds(look, device, sizes)
        work = f"a look at eight layers, {sizes.images + sizes.test:,} samples, 20-fold null"
        yield Row(name, work, taken, "[15 ms]", 0.015, aim="≥ 1")


def _stack(device: torch.device, sizes: Sizes) -> Iterator[Row]:
    x = torch.randint(0, 2, (sizes.samples, 12), generator=torch.Generator().manual_seed(0)).float()
    split = clean_split(x, x.sum(dim=1).gt(6).long(), 2)
    network = NetworkConfig(preset="12-bit")
    for many in (sizes.stack, 20 * sizes.stack):
        there = _epoch(device, network, split, sizes, members=many)
        here = _epoch(torch.device("cpu"), network, split, sizes, members=many)
        work = f"12-bit task, {many:,} networks, an epoch"
        yield Row(f"stack-{many}", work, there, "[the processor]", here)


def _convolutional(device: torch.device, sizes: Sizes) -> Iterator[Row]:
    x = torch.rand(sizes.coloured, 3, 28, 28, generator=torch.Generator().manual_seed(0))
    split = clean_split(x, torch.arange(sizes.coloured) % 10, 10)
    for preset in ("inception", "alexnet", "resnet"):
        network = NetworkConfig(preset)  # pyright: ignore[reportArgumentType]
        ours = _epoch(device, network, split, sizes, batch=128)
        theirs = _plain_loop(device, network, split, sizes)
        work = f"{preset}, an epoch of {sizes.coloured:,} images in batches of 128"
        yield Row(preset, work, ours, "plain channels-last loop", theirs, aim="≥ 0.83")


def _dtypes(device: torch.device) -> tuple[Dtype, ...]:
    return ("float32", "tf32", "bfloat16") if device.type == "cuda" else ("float32", "bfloat16")


def _epoch(
    device: torch.device,
    network: NetworkConfig,
    split: Split,
    sizes: Sizes,
    *,
    dtype: Dtype = "float32",
    members: int = 1,
    batch: int | None = None,
    deterministic: bool = True,
) -> float:
    shape = tuple(split.inputs.shape[1:])
    model = build_network(
        network, input_shape=shape, classes=split.classes, seed=0, members=members
    )
    config = TrainingConfig(
        epochs=10**6, batch_size=batch, dtype=dtype, deterministic=deterministic
    )
    epochs = Training(model.to(device), split, config, seed=0).epochs()
    next(epochs)
    return _seconds(lambda: next(epochs), device, sizes)


def _products(device: torch.device, n: int, dtype: Dtype, sizes: Sizes) -> float:
    """Return what the matrix products of an epoch take alone."""
    kind = torch.bfloat16 if dtype == "bfloat16" else torch.float32
    with computing(device, dtype, same_bits=False):
        return _seconds(products(n, kind, device=device), device, sizes)


def _plain_loop(device: torch.device, network: NetworkConfig, split: Split, sizes: Sizes) -> float:
    """Time an epoch of the same network as anybody would train it: one module, channels last."""
    shape = tuple(split.inputs.shape[1:])
    layers = BLUEPRINTS[network.preset](shape, network)
    model = nn.Sequential(*layers.values(), nn.Flatten(), nn.LazyLinear(10))
    model(split.inputs[:2])  # the readout sees how wide it is
    model = model.to(device, memory_format=torch.channels_last)  # pyright: ignore
    x = split.inputs.to(device, memory_format=torch.channels_last)
    y = split.labels.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def epoch() -> None:
        for some in torch.randperm(len(x), device=device).split(128):
            optimizer.zero_grad()
            functional.cross_entropy(model(x[some]), y[some]).backward()
            optimizer.step()

    with computing(device, same_bits=False):
        return _seconds(epoch, device, sizes)


def _seconds(work: Callable[[], object], device: torch.device, sizes: Sizes) -> float:
    """Return the median seconds after two warm-ups, the card waited for each time."""
    times = []
    for _ in range(2 + sizes.repeats):
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    return median(times[2:])


def main() -> None:
    """Measure, print the table, and write it where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="little of everything: does it run?")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as Markdown")
    options = parser.parse_args()
    try:
        device = choose_device(options.device)
    except InfoplaneError as error:
        raise SystemExit(f"the bench of a card: {error}") from None
    measured = list(rows(device, SMALL if options.small else Sizes()))
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "no card"
    where = f"{name}, CUDA {torch.version.cuda}, on {machine()} ({version('infoplane')})"
    print_table(measured)
    print(where)
    if options.write:
        options.write.write_text(as_markdown(measured, where), encoding="utf-8")


if __name__ == "__main__":
    main()
