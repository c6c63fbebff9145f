"""Many runs on two workers against one, and what it costs to start a worker, once."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace

import torch

from benchmarks.measuring import Row, seconds
from infoplane.data.config import DataConfig
from infoplane.networks.config import NetworkConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.grid import workers
from infoplane.runs.grid.run_grid import run_grid
from infoplane.training.config import TrainingConfig

RUNS = 24
EQUAL = RunConfig(
    data=DataConfig("digits"),
    network=NetworkConfig(widths=(64, 32), activation="relu"),
    training=TrainingConfig(epochs=30, batch_size=32, device="cpu"),
)
SMALL = replace(EQUAL, training=replace(EQUAL.training, epochs=1))


def rows() -> Iterator[Row]:
    """Time whole grids, each run with one thread, in workers that are there already."""
    torch.set_num_threads(1)
    import_torch = seconds(lambda: subprocess.run([sys.executable, "-c", "import torch"]))
    ray = workers.load_ray(local=True)
    start = time.perf_counter()
    workers.start_ray(ray, None, 2)
    started = time.perf_counter() - start
    first, second = (_grid_seconds(SMALL, runs=1, at_once=1) for _ in range(2))
    _grid_seconds(SMALL, runs=8, at_once=2)  # the second worker is there from here on
    one, two = (_grid_seconds(EQUAL, runs=RUNS, at_once=n) for n in (1, 2))
    ray.shutdown()
    against = "(import torch)"
    yield Row("two", f"{RUNS} equal runs on two workers", two, "(on one)", one, aim="≥ 1.67")
    yield Row(
        "worker", "a worker's first run less its second", first - second, against, import_torch,
        floor=import_torch, aim="< 5 s",
    )  # fmt: skip
    yield Row("ray", "Ray's start on this machine", started, against, import_torch)


def _grid_seconds(config: RunConfig, *, runs: int, at_once: int) -> float:
    """Return what a grid of runs alike but for their seeds takes."""
    configs = {str(seed): replace(config, seed=seed) for seed in range(runs)}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        run_grid(configs, out=folder, workers=at_once)
        return time.perf_counter() - start
