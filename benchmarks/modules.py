"""The modules of the table, each measured in a process of its own."""

from __future__ import annotations

import dataclasses
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measuring import Row

MODULES = (
    *("starting", "bins", "stack", "mnist_net", "convolutional", "memorization"),
    *("own_network", "knn", "kde", "workers", "ensembles"),
)


def measure(module: str) -> Iterator[Row]:
    """Yield the rows of a module as they are measured; keys become ``module.key``.

    In a fresh process, so that no row depends on what was compiled, freed or set before it.
    """
    command = [sys.executable, "-m", "benchmarks.modules", module]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield Row(**json.loads(line))
    if process.returncode != 0:
        raise SystemExit(f"benchmarks.{module} ended with {process.returncode}")


def _print_rows(module: str) -> None:
    for row in importlib.import_module(f"benchmarks.{module}").rows():
        keyed = dataclasses.replace(row, key=f"{module}.{row.key}")
        print(json.dumps(dataclasses.asdict(keyed)), flush=True)


if __name__ == "__main__":
    _print_rows(sys.argv[1])
