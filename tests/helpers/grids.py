"""A grid of 24 short runs; as a script, a process that runs it: ``OUT WORKERS RUNS``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from infoplane.data.config import DataConfig
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.grid import attempt as attempts
from infoplane.runs.grid import workers
from infoplane.runs.grid.run_grid import run_grid
from infoplane.training.config import TrainingConfig

SHORT = RunConfig(
    data=DataConfig("digits", train_size=60, test_size=30, labels="permuted"),
    network=NetworkConfig(widths=(6, 4)),
    training=TrainingConfig(epochs=12, batch_size=30, learning_rate=0.01),
    observing=ObservingConfig(schedule="every", every=4, permutations=2),
    memorization=MemorizationConfig(permutations=0),
)
QUICK = replace(SHORT, memorization=MemorizationConfig(decoder="none", examples="always"))
"""The same without decoders, which take most of its time."""
GRID = {
    f"{activation}, rate {rate}": replace(
        SHORT,
        data=replace(SHORT.data, labels="resampled", rate=rate / 12),
        network=replace(SHORT.network, activation=activation),
        memorization=replace(SHORT.memorization, decoder="linear"),
    )
    for activation in ("tanh", "relu")
    for rate in range(12)
}
BITWISE = (
    *(
        f"{name}.parquet"
        for name in ("measurements", "training", "dynamics", "examples", "histories")
    ),
    *("gradients.parquet", "weights.safetensors", "config.json", "status.json"),
)
FILES = {*BITWISE, "seconds.parquet", "manifest.json", ".lock"}


def attempt_keeping_all(*arguments: object, **options: object) -> attempts.Outcome:
    """Attempt a run that keeps a checkpoint at every look, not every 15 seconds."""
    from infoplane.runs import session

    session.CHECKPOINT_SECONDS = 0.0
    return attempts.attempt(*arguments, **options)


def difference(a: Path, b: Path) -> str:
    """Return where two folders of runs differ by a bit, a run or a file, or nothing."""
    ours, theirs = ({p.name for p in folder.iterdir()} for folder in (a, b))
    if ours != theirs:
        return f"runs {ours ^ theirs}"
    for run in sorted(ours):
        files = {p.name for p in (a / run).iterdir()}
        followed = {"histories.parquet"} & {p.name for p in (b / run).iterdir()}
        expected = FILES - {"histories.parquet"} | followed
        if files != expected:
            return f"{run}: files {files ^ expected}"
        for name in expected & {*BITWISE}:
            if (a / run / name).read_bytes() != (b / run / name).read_bytes():
                return f"{run}/{name}"
    return ""


if __name__ == "__main__":
    workers.attempt = attempt_keeping_all
    some = dict(list(GRID.items())[: int(sys.argv[3])])
    run_grid(some, out=Path(sys.argv[1]), workers=int(sys.argv[2]) or None)
