"""One attempt at a run: from its last checkpoint to its end."""

from __future__ import annotations

import dataclasses
import platform
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import save_file

from infoplane import tables
from infoplane.data.load import fingerprint
from infoplane.data.split import Split
from infoplane.errors import DamagedError, InfoplaneError
from infoplane.networks.build import build_network
from infoplane.runs.config import RunConfig
from infoplane.runs.limits import check_run_fits
from infoplane.runs.measuring.dynamics import dynamics
from infoplane.runs.measuring.look import Rows
from infoplane.runs.measuring.own_data import (
    Parts,
    gradients,
    label_noises,
    load_with_held_out,
    looks_of,
)
from infoplane.runs.progress import Progress, say
from infoplane.runs.storage.checkpoint import (
    digest_of_rows,
    read_checkpoint,
    resumed,
    write_checkpoint,
)
from infoplane.runs.storage.files import write_atomically
from infoplane.runs.storage.folder import CHECKPOINT, KEPT_WEIGHTS, WEIGHTS, RunFolder, tables_of
from infoplane.runs.storage.live import LiveFile
from infoplane.training.device import computing, device_of, left_out
from infoplane.training.loop import Training

CHECKPOINT_SECONDS = 15.0
STATUS_SECONDS = 2.0


class Session:
    """Trains a configuration, looks at it, and keeps what was seen in its folder."""

    def __init__(self, config: RunConfig, folder: RunFolder, name: str) -> None:
        self.config, self.folder, self.name = config, folder, name
        self.parts, self.held_out = load_with_held_out(config)
        self.device = self._choose_device()
        check_run_fits(config, *self.parts[0], self.device)
        self._start()
        folder.claim(config, self._record(_fingerprint(self.parts, self.held_out)))
        folder.clear_leftovers()
        self.rows: Rows = {table: [] for table in tables_of(config)}
        self._resume()
        self.live = LiveFile(folder.path)
        self.live.restart(self.rows)
        self.resumed = self.training.epoch
        if self.resumed:
            say(f"{name}: goes on from epoch {self.resumed}")
        self.saved_at = time.monotonic()
        self._say_epoch(self.training.epoch)

    def _choose_device(self) -> torch.device:
        config, train = self.config, self.parts[0][0]
        device = device_of(config.network, config.training, train, members=config.members)
        if config.training.device == "auto" and (gpu := left_out(device)):
            say(f"{self.name}: on the processor, which is faster than {gpu} for so small a network")
        return device

    def _record(self, data: str) -> dict[str, Any]:
        """Return what is recorded beside the configuration: data, label noise, versions."""
        noise = label_noises(self.config, [train for train, _ in self.parts])
        return {
            "data_fingerprint": data,
            "label_noise": [dataclasses.asdict(label_noise) for label_noise in noise],
            "versions": versions(),
        }

    def go(self) -> None:
        """Train to the end, looking at the epochs of the schedule."""
        seen = {row["epoch"] for row in self.rows["training"]}
        following = nullcontext() if self.dynamics is None else self.dynamics.following()
        with Progress(self.name, self.config.training.epochs) as progress, following:
            try:
                started = time.monotonic()
                for epoch in self.training.epochs():
                    if self.dynamics is not None and epoch > self.resumed:
                        self._add("dynamics", self.dynamics.rows(epoch))
                    last = self.training.finished
                    if epoch not in seen and (last or epoch in self.looks.epochs):
                        trained = time.monotonic()
                        self._look(epoch)
                        self._time(epoch, trained - started, time.monotonic() - trained)
                        started = time.monotonic()
                        self._save_now_and_then(epoch)
                    self.live.append(self.rows)
                    if time.monotonic() - self.said_at > STATUS_SECONDS:
                        self._say_epoch(epoch)
                    progress.advance(epoch, self.rows["training"], last=last)
            except InfoplaneError as error:
                self._save_tables()
                self._write_status("failed", str(error))
                self.live.remove()
                raise
        self._finish()

    def _start(self) -> None:
        config, train = self.config, self.parts[0][0]
        model = build_network(
            config.network,
            input_shape=train.inputs.shape[1:],
            classes=train.classes,
            seed=config.seed,
            members=config.members,
        ).to(self.device)
        trains = [train for train, _ in self.parts]
        self.training = Training(
            model,
            trains,
            config.training,
            seed=config.seed,
            learning_rates=config.each.learning_rates,
            weight_decays=config.each.weight_decays,
            held_out=self.held_out,
        )
        self.dynamics = dynamics(config, trains, self.training)
        self.looks = looks_of(config, self.parts, model)

    def _look(self, epoch: int) -> None:
        last = self.training.finished
        scores = self.dynamics.scores() if last and self.dynamics is not None else None
        step = epoch * self.training.steps_an_epoch
        with computing(self.device, same_bits=False):
            found = self.looks.look(epoch, step, scores, last=last)
        for table, rows in found.items():
            self.rows[table] += rows
        if self.config.observing.gradients:
            gradient_rows = gradients(self.config, self.parts, self.training.model, epoch)
            self._add("gradients", gradient_rows)
        if self.config.memorization.keep_weights and (last or epoch in self.looks.decoded_epochs):
            self._save_weights(KEPT_WEIGHTS.format(epoch=epoch))

    def _add(self, table: str, rows: Any) -> None:
        own = {"run": self.config.id}  # a hash: once for all rows
        self.rows[table] += [own | row for row in rows]

    def _time(self, epoch: int, training: float, observing: float) -> None:
        self._add("seconds", [{"epoch": epoch, "training": training, "observing": observing}])

    def _say_epoch(self, epoch: int) -> None:
        """Write the epoch to the status file, without flushing it to the disk."""
        self._write_status("running", epoch=epoch, durably=False)
        self.said_at = time.monotonic()

    def _write_status(self, state: str, message: str = "", **more: Any) -> None:
        self.folder.check_that_it_is_there()
        fields: dict[str, Any] = {"epoch": self.training.epoch}
        if state == "running":  # at the end nothing tells a run that was interrupted from others
            fields["resumed"] = self.resumed
        self.folder.write_status(state, message=message, **(fields | more))

    def _save_now_and_then(self, epoch: int) -> None:
        if epoch == 0 or time.monotonic() - self.saved_at < CHECKPOINT_SECONDS:
            return
        self._save_tables()
        self._write_status("running", epoch=epoch)
        state = self.training.state()
        if self.dynamics is not None:
            state["examples"] = self.dynamics.tracker.state_dict()
        state["tables"] = {name: digest_of_rows(self._table(name)) for name in self.rows}
        write_checkpoint(self.folder / CHECKPOINT, state, self.config.id)
        self.folder.keep()
        self.saved_at = time.monotonic()

    def _save_tables(self) -> None:
        self.folder.check_that_it_is_there()
        for name in self.rows:
            self.folder.write(name, self._table(name))
        self.live.restart(self.rows)

    def _table(self, name: str) -> pd.DataFrame:
        return tables.table(self.rows[name], tables.RUN_TABLES[name])

    def _save_weights(self, name: str) -> None:
        self.folder.check_that_it_is_there()
        state = self.training.model.state_dict()
        weights = {key: value.contiguous().cpu() for key, value in state.items()}
        write_atomically(self.folder / name, lambda path: save_file(weights, path))

    def _resume(self) -> None:
        """Load the last checkpoint, and of the tables what was measured up to it.

        Files that were damaged from outside are computed again. What is undamaged and does not fit
        is a mistake of this code, and an error.
        """
        last = resumed(self.folder / CHECKPOINT, self._read, self.name)
        if last is None:
            return
        state, saved = last
        self.training.load_state(state)
        if self.dynamics is not None:
            self.dynamics.tracker.load_state_dict(state["examples"])
        for name, rows in saved.items():
            records = rows.to_dict(orient="records")
            self.rows[name] = [{str(k): v for k, v in row.items()} for row in records]

    def _read(self, path: Path) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
        """Return a checkpoint, and of every table the rows up to it."""
        state = read_checkpoint(path, self.config.id)
        return state, {name: self._saved(name, state) for name in tables_of(self.config)}

    def _saved(self, name: str, state: dict[str, Any]) -> pd.DataFrame:
        """Return the rows of a table up to a checkpoint; it may hold later ones.

        Raises:
            DamagedError: where they are not those of the checkpoint.
        """
        table, digest = self.folder.read(name), state["tables"].get(name)
        parts = [table[:0], table] if name == "examples" else []  # written at the end alone
        for rows in parts or [table[table["epoch"] <= state["epoch"]]]:
            if digest_of_rows(rows) == digest:
                return rows
        raise DamagedError(f"its table {name!r} has changed since the checkpoint")

    def _finish(self) -> None:
        self._save_tables()
        if self.dynamics is not None:
            self.folder.write("histories", self.dynamics.histories())
        self._save_weights(WEIGHTS)
        reason = self.training.stopping.reason
        message = "" if reason is None else f"stopped: {reason}"
        self.folder.write_complete(self.training.epoch, message)
        self.live.remove()
        (self.folder / CHECKPOINT).unlink(missing_ok=True)


def data_fingerprint(config: RunConfig) -> str:
    """Return the digest of the data of a configuration, as they are now."""
    return _fingerprint(*load_with_held_out(config))


def _fingerprint(parts: list[Parts], held_out: list[Split]) -> str:
    return fingerprint(*(split for pair in parts for split in pair), *held_out)


def versions() -> dict[str, str]:
    """Return what computed a run, for the record."""
    from importlib.metadata import version

    names = ("infoplane", "torch", "numpy", "pandas", "scikit-learn")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
