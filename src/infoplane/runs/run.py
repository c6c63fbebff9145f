"""Run a configuration: train, watch, and keep what was seen; go on where an earlier try stopped."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import save_file

from infoplane import tables
from infoplane.data.load import fingerprint, load
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError
from infoplane.networks.mlp import build_mlp
from infoplane.observing.bins import make_bins
from infoplane.observing.observer import Observer, make_probe
from infoplane.observing.schedule import thinned
from infoplane.runs.config import RunConfig
from infoplane.runs.folder import CHECKPOINT, TABLES, WEIGHTS, RunFolder, write_atomically
from infoplane.runs.memorization import memorization_probe
from infoplane.runs.progress import Progress
from infoplane.training.evaluate import Evaluation
from infoplane.training.loop import Training, choose_device

CHECKPOINT_SECONDS = 15.0
SCHEMAS = {
    "measurements": tables.MEASUREMENTS,
    "training": tables.TRAINING,
    "examples": tables.EXAMPLES,
    "seconds": tables.SECONDS,
}


@dataclass(frozen=True)
class Run:
    """A finished run, or what there is of one: its configuration and its tables."""

    config: RunConfig
    path: Path

    @property
    def measurements(self) -> pd.DataFrame:
        return RunFolder(self.path).read("measurements")

    @property
    def training(self) -> pd.DataFrame:
        return RunFolder(self.path).read("training")

    @property
    def examples(self) -> pd.DataFrame:
        return RunFolder(self.path).read("examples")

    @property
    def seconds(self) -> pd.DataFrame:
        return RunFolder(self.path).read("seconds")


def run(config: RunConfig, *, out: Path | str | None = None, name: str | None = None) -> Run:
    """Train and watch a configuration; return it at once if it is already done.

    Args:
        config: what to run.
        out: the run's folder; ``runs/<id>`` unless given.
        name: what to call it on the progress bar.

    Returns:
        The run, with its tables.

    Raises:
        InfoplaneError: for a folder of another configuration or in use, data that cannot be found,
            an unknown layer.
        NonFiniteError: for a loss or activation that is not finite; all that was measured before
            is in the folder.

    Killed at any moment, the same call goes on from the last checkpoint and ends with the same
    tables, bit for bit (``seconds``, the clock, apart).
    """
    folder = RunFolder(Path(out) if out is not None else Path("runs") / config.id)
    if folder.path.exists() and not folder.path.is_dir():
        raise InfoplaneError(f"{folder.path} is a file; choose a folder with --out.")
    with folder.locked():
        if not is_complete(folder, config):
            _Session(config, folder, name or config.id).go()
    return Run(config, folder.path)


def is_complete(folder: RunFolder, config: RunConfig) -> bool:
    """Whether the folder holds this configuration, done and readable."""
    if folder.status()["state"] != "complete" or folder.config().id != config.id:
        return False
    try:
        for table in TABLES:
            folder.read(table)
    except InfoplaneError:
        return False
    return True


class _Session:
    """One attempt at a run, from its last checkpoint to its end."""

    def __init__(self, config: RunConfig, folder: RunFolder, name: str) -> None:
        self.config, self.folder, self.name = config, folder, name
        device = choose_device(config.training.device)
        splits = load(config.data, config.seed)
        self.splits: dict[str, Split] = dict(zip(("train", "test"), splits, strict=True))
        self.training = self._training(device)
        example = self.splits["train"].inputs
        self.observer = Observer(
            self.training.model,
            example,
            make_bins(config.observing),
            layers=config.observing.layers,
        )
        self.probes = {
            subset: make_probe(
                subset,
                split.inputs.to(device),
                split.labels,
                split.seen_labels,
                permutations=config.observing.permutations,
                seed=config.seed,
            )
            for subset, split in self.splits.items()
            if len(split)
        }
        self.memorization = memorization_probe(config, *splits)
        observed = config.observing.epochs(config.training.epochs)
        self.decoded_epochs = set(thinned(observed, config.memorization.looks))
        folder.claim(config, {"data_fingerprint": fingerprint(*splits), "versions": versions()})
        self.rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
        self.saved_at = time.monotonic()

    def go(self) -> None:
        """Train to the end, looking at the epochs of the schedule."""
        self.folder.clear_leftovers()
        self._resume()
        looks = set(self.config.observing.epochs(self.config.training.epochs))
        looks -= {row["epoch"] for row in self.rows["training"]}
        with Progress(self.name, self.config.training.epochs) as progress:
            try:
                started = time.monotonic()
                for epoch in self.training.epochs():
                    trained = time.monotonic()
                    if epoch in looks:
                        self._look(epoch)
                        self._time(epoch, trained - started, time.monotonic() - trained)
                        started = time.monotonic()
                        self._save_now_and_then(epoch)
                    progress.advance(epoch, self._latest)
            except InfoplaneError as error:
                self._save_tables()
                self.folder.write_status("failed", self.training.epoch, str(error))
                raise
        self._finish()

    def _training(self, device: torch.device) -> Training:
        train = self.splits["train"]
        model = build_mlp(
            self.config.network,
            inputs=train.inputs[0].numel(),
            classes=train.classes,
            seed=self.config.seed,
            members=self.config.members,
        ).to(device)
        return Training(model, train, self.config.training, seed=self.config.seed)

    def _look(self, epoch: int) -> None:
        """Measure every layer on every probe, with loss and accuracy from the same pass."""
        place = {"run": self.config.id, "step": epoch * self.training.steps_an_epoch}
        measured, evaluated = [], []
        for subset, probe in self.probes.items():
            evaluation = self._evaluation(subset)
            rows = self.observer.observe(probe, epoch=epoch, on_logits=evaluation)
            measured += [place | row for row in rows]
            evaluated += [place | row for row in evaluation.rows(epoch)]
            if epoch == self.config.training.epochs:
                self.rows["examples"] += [
                    {"run": self.config.id} | row for row in evaluation.examples()
                ]
        if self.memorization is not None and epoch in self.decoded_epochs:
            decoded = self.memorization.observe(self.observer, epoch=epoch)
            measured += [place | row for row in decoded]
        self.rows["measurements"] += measured
        self.rows["training"] += evaluated

    def _evaluation(self, subset: str) -> Evaluation:
        split, loss = self.splits[subset], self.config.training.loss
        return Evaluation(split, subset, loss, self.config.members)

    @property
    def _latest(self) -> list[dict[str, Any]]:
        return self.rows["training"]

    def _time(self, epoch: int, training: float, observing: float) -> None:
        self.rows["seconds"].append(
            {
                "run": self.config.id,
                "epoch": epoch,
                "training": training,
                "observing": observing,
            }
        )

    def _save_now_and_then(self, epoch: int) -> None:
        if epoch == 0 or time.monotonic() - self.saved_at < CHECKPOINT_SECONDS:
            return
        self._save_tables()
        self.folder.write_status("running", epoch)
        state = self.training.state()
        write_atomically(self.folder / CHECKPOINT, lambda path: torch.save(state, path))
        self.saved_at = time.monotonic()

    def _save_tables(self) -> None:
        for name, rows in self.rows.items():
            self.folder.write(name, tables.table(rows, SCHEMAS[name]))

    def _resume(self) -> None:
        """Load the last checkpoint, and of the tables what was measured up to it."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            kept = {name: self.folder.read(name) for name in TABLES}
            self.training.load_state(state)
        except (InfoplaneError, RuntimeError, EOFError, ValueError, KeyError, OSError):
            path.unlink(missing_ok=True)  # damaged from outside: all of it can be computed again
            self.training = self._training(self.training.device)
            self.observer.model = self.training.model
            return
        for name, frame in kept.items():
            if name != "examples":
                kept_rows = frame["epoch"] <= self.training.epoch
                records = frame.loc[kept_rows].to_dict(orient="records")
                self.rows[name] = [{str(k): v for k, v in row.items()} for row in records]

    def _finish(self) -> None:
        self._save_tables()
        weights = {k: v.contiguous().cpu() for k, v in self.training.model.state_dict().items()}
        write_atomically(self.folder / WEIGHTS, lambda path: save_file(weights, path))
        self.folder.write_status("complete", self.training.epoch)
        (self.folder / CHECKPOINT).unlink(missing_ok=True)


def versions() -> dict[str, str]:
    """Return what computed a run, for the record."""
    from importlib.metadata import version

    names = ("infoplane", "torch", "numpy", "pandas", "scikit-learn")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
