"""What a user waits for at the start: the import, the help, the first epoch of a run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.measuring import Row, seconds

REPEATS = 7
RUN = ("-m", "infoplane.cli", "run", "--data.name", "digits", "--training.epochs", "1")
FIRST_EPOCH = "epoch 1/1"  # said on stderr when it is trained and looked at


def rows() -> Iterator[Row]:
    """Time whole processes, as the clock on the wall has them, against that of torch's import."""
    torch = seconds(lambda: _python("-c", "import torch"), repeats=REPEATS)
    nothing = seconds(lambda: _python("-c", "pass"), repeats=REPEATS)
    run = median(_first_epoch_seconds() for _ in range(REPEATS - 2))
    help_ = seconds(lambda: _python("-m", "infoplane.cli", "--help"), repeats=REPEATS)
    package = seconds(lambda: _python("-c", "import infoplane"), repeats=REPEATS)
    against = "(import torch)"
    yield Row("run", "a run to its first epoch", run, against, torch, floor=torch, aim="< 4 s")
    yield Row("help", "infoplane --help", help_, against, torch, floor=nothing, aim="< 0.5 s")
    yield Row("import", "import infoplane", package, against, torch, floor=nothing, aim="< 0.3 s")


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def _first_epoch_seconds() -> float:
    """Return the seconds from the command to the end of its first epoch."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, *RUN, "--out", str(Path(folder) / "run")]
        start = time.perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            first_epoch = next((line for line in process.stderr if FIRST_EPOCH in line), None)
            taken = time.perf_counter() - start
            process.communicate()
    if first_epoch is None or process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return taken
