"""Train an ensemble, stack by stack, and read what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from infoplane.data.load import fingerprint
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError
from infoplane.memorization.ensembles.outcomes import Outcomes
from infoplane.names import TEST, TRAIN
from infoplane.runs.config import from_dict
from infoplane.runs.ensembles.config import HALF, EnsembleConfig
from infoplane.runs.ensembles.stack import TABLE, is_done, load_once
from infoplane.runs.ensembles.subsets import example_pairs
from infoplane.runs.ensembles.table import read_outcomes
from infoplane.runs.grid.jobs import Job
from infoplane.runs.grid.run_grid import run_jobs
from infoplane.runs.session import versions
from infoplane.runs.storage.files import (
    as_json,
    read_json,
    read_table,
    refuse_other_contents,
    write_json,
    write_table,
)
from infoplane.runs.storage.folder import RunFolder
from infoplane.runs.storage.manifest import check_files, write_manifest
from infoplane.runs.storage.remote import fetch, inside, is_url, publish

RECORD, EXAMPLES = "ensemble.json", "examples.parquet"


@dataclass(frozen=True)
class Ensemble:
    """A trained ensemble: its configuration, its examples, and the outcomes of its networks.

    Attributes:
        config: what was trained.
        path: its folder.
        examples: a row an example: subset (train | test), id, label, seen_label, corrupted.
    """

    config: EnsembleConfig
    path: Path
    examples: pd.DataFrame = field(repr=False, compare=False)

    def sizes(self) -> dict[str, int]:
        """Return how many examples each subset has."""
        counts = self.examples["subset"].value_counts()
        return {subset: int(counts.get(subset, 0)) for subset in (TRAIN, TEST)}

    def outcomes(self, subset: str = TRAIN) -> Outcomes:
        """Return the outcomes of all networks on the examples of a subset, in their order.

        Memory: 8 bytes for each network and example (1 GB of 2,000 × 60,000), filled network by
        network; nothing is held twice.

        Raises:
            InfoplaneError: where a stack is missing or damaged.
        """
        sizes, networks = self.sizes(), self.config.networks
        shape = networks, sizes[subset]
        seen, correct = np.empty(shape, bool), np.empty(shape, bool)
        prediction, log2_p = np.empty(shape, np.int16), np.empty(shape, np.float32)
        row = 0
        for part, of_one in self._read(sizes):
            if part == subset:
                seen[row], correct[row] = of_one.seen[0], of_one.correct[0]
                prediction[row], log2_p[row] = of_one.prediction[0], of_one.log2_p[0]
                row += 1
        return Outcomes(seen, correct, prediction, log2_p)

    def _read(self, sizes: dict[str, int]) -> Iterator[tuple[str, Outcomes]]:
        for index in range(self.config.stacks):
            stack = self.config.stack(index)
            path = self.path / stack.name / TABLE
            RunFolder(path.parent).check(TABLE)
            yield from read_outcomes(path, networks=len(stack.members), sizes=sizes)

    def pairs(self) -> np.ndarray:
        """Return the pairs of training examples of which each network saw one [n/2, 2].

        Raises:
            InfoplaneError: where the ratio is not .5.
        """
        if self.config.ratio != HALF:
            raise InfoplaneError(
                f"the subsets of {self.path} hold {self.config.ratio:g} of the examples, and only "
                "halves are of pairs; train an ensemble of ratio .5."
            )
        return example_pairs(self.sizes()[TRAIN], self.config.seed).numpy()

    @property
    def seconds(self) -> float:
        """Seconds that its stacks took, one after another."""
        paths = [self.path / self.config.stack(i).name for i in range(self.config.stacks)]
        return sum(float(RunFolder(path).status()["message"].split()[0]) for path in paths)


def run_ensemble(
    config: EnsembleConfig,
    *,
    out: Path | str | None = None,
    workers: int | None = None,
    ray: str | None = None,
) -> Ensemble:
    """Train the stacks of an ensemble that are not there yet, and return it.

    Args:
        config: which networks on which data.
        out: its folder, a path or a URL of fsspec; ``runs/ensemble-<id>`` unless given.
        workers: stacks at once on this machine, each a process, as in ``run_grid``.
        ray: the address of a Ray cluster, as in ``run_grid``.

    Raises:
        InfoplaneError: for a folder of something else, data that cannot be found or paired.
        FailedRunsError: where stacks failed, once all others are done.

    Killed at any moment, the same call goes on with the first stack that is not done, and ends with
    the same files, bit for bit, on the same machine.
    """
    place = out if out is not None else Path("runs") / f"ensemble-{config.id}"
    place = place if is_url(place) else Path(place).absolute()
    folder = fetch(place)
    train, test = load_once(config.data, config.seed)
    _claim(folder.path, config, train, test)
    rows = len(train) + len(test)
    stacks = [config.stack(index) for index in range(config.stacks)]
    jobs = [
        Job(
            f"ensemble, stack {stack.index + 1} of {config.stacks}",
            stack,
            inside(place, stack.name),
        )
        for stack in stacks
        if not is_done(RunFolder(folder.path / stack.name), rows * len(stack.members))
    ]
    publish(place)
    run_jobs(jobs, len(stacks), workers=workers, ray=ray)
    return read_ensemble(fetch(place).path)


def read_ensemble(path: Path | str) -> Ensemble:
    """Return the ensemble of a folder.

    Raises:
        InfoplaneError: where there is none, or it has changed since it was written.
    """
    path = Path(path)
    check_files(path)
    record = read_json(path / RECORD)
    return Ensemble(from_dict(record["config"], EnsembleConfig), path, read_table(path / EXAMPLES))


def _claim(path: Path, config: EnsembleConfig, train: Split, test: Split) -> None:
    """Write what is trained, or check that the folder is of the same."""
    record = {"id": config.id, "data_fingerprint": fingerprint(train, test)}
    if (path / RECORD).exists():
        if {key: read_json(path / RECORD).get(key) for key in record} != record:
            raise InfoplaneError(
                f"{path} holds an ensemble of other data or networks; choose another folder with "
                "--out."
            )
        return
    refuse_other_contents(path, "is not an ensemble's folder")
    write_table(path / EXAMPLES, _examples({TRAIN: train, TEST: test}))
    values: dict[str, Any] = dataclasses.asdict(config)
    record = {**record, "config": values, "versions": versions()}
    write_manifest(path, [EXAMPLES], pending={RECORD: as_json(record).encode()})
    write_json(path / RECORD, record)


def _examples(splits: dict[str, Split]) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "subset": subset,
                "id": split.ids.numpy(),
                "label": split.labels.numpy(),
                "seen_label": split.seen_labels.numpy(),
                "corrupted": split.corrupted.numpy(),
            }
        )
        for subset, split in splits.items()
    ]
    return pd.concat(frames, ignore_index=True)
