"""Fifty networks on the 12-bit task, trained and measured, against one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

import torch

from benchmarks.measuring import Row
from benchmarks.published import PublishedMLP, binned_information, run_epoch
from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.networks.mlp import build_mlp
from infoplane.runs.measuring.look import Looks
from infoplane.studies.shwartz_ziv_2017.published_code import configure
from infoplane.studies.study import StudyOptions
from infoplane.training.loop import Training

MEMBERS, EPOCHS, LOOKS = 50, 10_000, 100
WIDTHS = [12, 10, 7, 5, 4, 3, 2]
BIN_WIDTH = 0.07


def rows() -> Iterator[Row]:
    """Time epochs and looks of both, for the price of a network of 10,000 epochs and 100 looks.

    Then an epoch by other threads and in the other precision, from which the defaults are chosen.
    """
    epoch = _epoch("float32")
    yield Row(
        "12-bit",
        "12-bit task, 50 networks, 10,000 epochs, 100 looks: each",
        (EPOCHS * epoch + LOOKS * _look()) / MEMBERS,
        "published loop, one network",
        _published(),
        aim="≥ 10",
    )
    work = "12-bit task, 50 networks, an epoch"
    yield Row("bfloat16", work, epoch, "[in bfloat16]", _epoch("bfloat16"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        alone = _epoch("float32")
    finally:
        torch.set_num_threads(threads)
    yield Row("threads", f"{work}, on {threads} threads", epoch, "[on one]", alone)


def _epoch(dtype: Literal["float32", "bfloat16"]) -> float:
    config = configure(StudyOptions(scale="paper", members=MEMBERS))["12-bit"]
    model = build_mlp(config.network, inputs=12, classes=2, seed=0, members=MEMBERS)
    training = replace(config.training, dtype=dtype)
    epochs = iter(Training(model, load(config.data, 0)[0], training, seed=0).epochs())
    return seconds_each(lambda: next(epochs), 100, warm_up=3)


def _look() -> float:
    config = configure(StudyOptions(scale="paper", members=MEMBERS))["12-bit"]
    model = build_mlp(config.network, inputs=12, classes=2, seed=0, members=MEMBERS)
    train, test = load(config.data, 0)
    looking = Looks(config, {"train": train, "test": test}, model)
    return seconds_each(lambda: looking.look(1, 1, None), 4)


def _published() -> float:
    splits = dict(zip(("train", "test"), load(DataConfig("12-bit"), 0), strict=True))
    parts = {phase: (split.inputs, split.labels) for phase, split in splits.items()}
    torch.manual_seed(0)
    model = PublishedMLP(WIDTHS)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    epoch = seconds_each(lambda: run_epoch(model, optimizer, parts), 300)

    def look() -> None:
        for x, y in parts.values():
            with torch.no_grad():
                for t in model(x):
                    binned_information(t.numpy(), y.numpy(), BIN_WIDTH)

    return EPOCHS * epoch + LOOKS * seconds_each(look, 10)


def seconds_each(work: Callable[[], object], times: int, *, warm_up: int = 1) -> float:
    """Return the mean seconds of a piece of work, repeated."""
    for _ in range(warm_up):
        work()
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times
