"""Train GPTs on text, measure what they learned and memorized, and keep both."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from safetensors.torch import save_file

from infoplane.errors import InfoplaneError
from infoplane.language.training import LanguageTraining
from infoplane.runs.config import from_dict
from infoplane.runs.progress import Progress, say
from infoplane.runs.session import versions
from infoplane.runs.storage.checkpoint import read_checkpoint, resumed, write_checkpoint
from infoplane.runs.storage.files import (
    read_json,
    read_table,
    refuse_other_contents,
    write_atomically,
    write_json,
    write_table,
)
from infoplane.runs.storage.folder import CHECKPOINT, WEIGHTS, RunFolder
from infoplane.runs.storage.remote import run_folder
from infoplane.runs.texts.config import TextRunConfig
from infoplane.runs.texts.measuring import (
    LOOKED,
    TABLES,
    Material,
    files_of,
    looks,
    losses,
    material,
    measured,
)
from infoplane.training.device import choose_device

RECORD = "text.json"
CHECKPOINT_SECONDS = 30.0
STATUS_SECONDS = 2.0


@dataclass(frozen=True)
class TextRun:
    """A finished run on text: its configuration, its folder, what is known of its text."""

    config: TextRunConfig
    path: Path

    @property
    def record(self) -> dict[str, Any]:
        """What was written beside the configuration: the fingerprint of the text, its sizes."""
        return read_json(self.path / RECORD)

    def read(self, name: str) -> pd.DataFrame:
        """Read a table by name: training, and of a run with canaries learned, positions, memorized
        and canaries.

        Raises:
            InfoplaneError: where it is missing, damaged or has changed, or is none of these.
        """
        if name not in TABLES:
            raise InfoplaneError(f"a run on text has no table {name!r}; ask for one of: {TABLES}.")
        RunFolder(self.path).check(f"{name}.parquet")
        return read_table(self.path / f"{name}.parquet")


def run_text(
    config: TextRunConfig, *, out: Path | str | None = None, name: str | None = None
) -> TextRun:
    """Train GPTs on text; return at once what is already done.

    Args:
        config: what to run.
        out: its folder, a path or a URL of fsspec; ``runs/text-<id>`` unless given.
        name: what to call it on the progress bar.

    Raises:
        InfoplaneError: for a folder of something else, a text that cannot be had or is too short.
        HeldError: for a folder that another process is writing.
        NonFiniteError: for a loss that is not finite.

    Killed at any moment, the same call goes on from the last checkpoint and ends with the same
    tables, bit for bit on the same machine.
    """
    folder = run_folder(out if out is not None else Path("runs") / f"text-{config.id}")
    with folder.locked():
        if not _is_done(folder, config):
            _Session(config, folder, name or f"text-{config.id}").go()
    return TextRun(config, folder.path)


def read_text(path: Path | str) -> TextRun:
    """Return the finished run on text of a folder.

    Raises:
        InfoplaneError: where there is none.
    """
    path = Path(path)
    return TextRun(from_dict(read_json(path / RECORD)["config"], TextRunConfig), path)


def _is_done(folder: RunFolder, config: TextRunConfig) -> bool:
    """Whether a folder holds this run, whole; a folder of something else is refused."""
    path = folder / RECORD
    if not path.exists():
        refuse_other_contents(folder.path, "is no folder of a run on text")
        return False
    if read_json(path).get("id") != config.id:
        raise InfoplaneError(
            f"{folder.path} holds another run on text; choose another folder with --out."
        )
    try:
        for name in files_of(config) if folder.status()["state"] == "complete" else ():
            read_table(folder / name)
        folder.check(WEIGHTS, *files_of(config))
    except InfoplaneError as error:
        say(f"{folder.path}: measured again, as it is damaged ({error})")
        return False
    return folder.status()["state"] == "complete"


class _Session:
    """One attempt at a run on text: from its last checkpoint to its end."""

    def __init__(self, config: TextRunConfig, folder: RunFolder, name: str) -> None:
        self.config, self.folder, self.name = config, folder, name
        self.material: Material = material(config)
        self._claim()
        folder.clear_leftovers()
        text = self.material.text
        self.training = LanguageTraining(
            config.network.size(vocabulary=text.vocabulary, length=config.text.length),
            self.material.blocks,
            config.training,
            members=config.members,
            seed=config.seed,
            device=choose_device(config.device),
        )
        self.rows: list[dict[str, Any]] = []
        self.looked: dict[str, list[dict[str, Any]]] = {name: [] for name in LOOKED}
        self.before = 0.0  # seconds, of earlier attempts
        self.started = time.monotonic()
        self._resume()

    def go(self) -> None:
        """Train to the end, measuring losses now and then; then measure the layers."""
        training, steps = self.training, self.config.training.steps
        wanted = set(self.config.look_steps) - {row["step"] for row in self.rows}
        self.saved_at = self.said_at = time.monotonic()
        self.folder.write_status("running", epoch=training.step)
        with Progress(self.name, steps, unit="step") as progress:
            try:
                for step in training.looks(range(training.step, steps + 1)):
                    if step in wanted:
                        self.rows += losses(training, self.material)
                    self._look(step)
                    self._save_now_and_then(step)
                    progress.advance(step, [], last=step == steps)
            except InfoplaneError as error:
                self.folder.write_status("failed", epoch=training.step, message=str(error))
                raise
        self._finish()

    def _look(self, step: int) -> None:
        """Measure the planes, where this is a step at which they are and were not measured."""
        planes = self.config.planes
        done = {row["step"] for row in self.looked["planes"]}
        if planes is None or step not in planes.looks or step in done:
            return
        for name, rows in looks(self.training, self.material, planes, self.config.seed).items():
            self.looked[name] += rows

    @property
    def seconds(self) -> float:
        """Seconds so far, of all attempts up to what each of them kept."""
        return self.before + time.monotonic() - self.started

    def _claim(self) -> None:
        text, config = self.material.text, self.config
        record = {"id": config.id, "text_fingerprint": text.fingerprint}
        path = self.folder / RECORD
        if path.exists():
            if read_json(path).get("text_fingerprint") != text.fingerprint:
                raise InfoplaneError(
                    f"{self.folder.path} holds a run on another text than {config.text.text!r} "
                    "is now; choose another folder with --out."
                )
            return
        canaries = self.material.canaries
        about = {
            "vocabulary": text.vocabulary,
            "train_blocks": len(self.material.real),
            "held_out_blocks": len(text.held_out),
            "parameters": config.network.size(
                vocabulary=text.vocabulary, length=config.text.length
            ).parameters,
            **({} if canaries is None else {"alphabet": len(canaries.alphabet)}),
        }
        values = dataclasses.asdict(config)
        write_json(path, {**record, **about, "config": values, "versions": versions()})

    def _resume(self) -> None:
        state = resumed(
            self.folder / CHECKPOINT, lambda path: read_checkpoint(path, self.config.id), self.name
        )
        if state is None:
            return
        self.training.load_state(state)
        self.rows, self.before = [dict(row) for row in state["rows"]], float(state["seconds"])
        self.looked = {name: [dict(row) for row in state.get(name, ())] for name in LOOKED}
        say(f"{self.name}: goes on from step {self.training.step}")

    def _save_now_and_then(self, step: int) -> None:
        now = time.monotonic()
        if now - self.said_at > STATUS_SECONDS:
            self.folder.write_status("running", epoch=step, durably=False)
            self.said_at = now
        if now - self.saved_at > CHECKPOINT_SECONDS or step == self.config.training.steps:
            state = {**self.training.state(), "rows": self.rows, "seconds": self.seconds}
            state |= self.looked
            write_checkpoint(self.folder / CHECKPOINT, state, self.config.id)
            self.saved_at = now

    def _finish(self) -> None:
        write_table(self.folder / "training.parquet", pd.DataFrame(self.rows))
        for name in LOOKED if self.config.planes is not None else ():
            write_table(self.folder / f"{name}.parquet", pd.DataFrame(self.looked[name]))
        if self.material.canaries is not None:
            parts = [
                {
                    key: table.assign(member=member)
                    for key, table in measured(self.training, self.material, member).items()
                }
                for member in self.training.members
            ]
            for key in parts[0]:
                table = pd.concat([part[key] for part in parts], ignore_index=True)
                write_table(self.folder / f"{key}.parquet", table)
        weights = {k: w.detach().cpu().contiguous() for k, w in self.training.weights.items()}
        write_atomically(self.folder / WEIGHTS, lambda path: save_file(weights, path))
        took = f"{self.seconds:.1f} s"
        files = [RECORD, WEIGHTS, *files_of(self.config)]
        self.folder.write_complete(self.training.step, took, files=files)
        (self.folder / CHECKPOINT).unlink(missing_ok=True)
