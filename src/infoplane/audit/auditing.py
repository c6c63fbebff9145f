"""Train one network on labels as they are, and find which of them it memorizes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from infoplane import seeds
from infoplane.audit.config import AuditConfig
from infoplane.audit.presentations import Presentations
from infoplane.audit.result import Audit, audit_of
from infoplane.data.load import fingerprint, load
from infoplane.data.own.data import read_own
from infoplane.data.split import Split
from infoplane.errors import InfoplaneError
from infoplane.information.core.pca import principal_components
from infoplane.information.decoders.usable import cross_fitted_log2_p
from infoplane.memorization.examples import ExampleTracker
from infoplane.networks.build import build_network
from infoplane.observing.collect import check_memory
from infoplane.runs.progress import Progress, say
from infoplane.runs.storage.checkpoint import read_checkpoint, resumed, write_checkpoint
from infoplane.runs.storage.files import read_json, refuse_other_contents, write_json
from infoplane.runs.storage.folder import CHECKPOINT, RunFolder
from infoplane.training.device import device_of
from infoplane.training.loop import Training
from infoplane.training.passes import Pass

RECORD = "audit.json"
CHECKPOINT_SECONDS = 15.0
LEAST_FLIPPED, MOST_FLIPPED = 100, 20  # labels, and one in so many
COMPONENTS = 50  # of the inputs, among which the neighbours of the reference are found


@dataclass(frozen=True)
class Audited:
    """The examples of an audit, and what they and their classes are called."""

    examples: Split
    names: tuple[str, ...]
    sources: tuple[str, ...] = ()


def audit(config: AuditConfig, out: Path) -> Audit:
    """Audit the labels of a data set; return at once what is done.

    Args:
        config: what is audited, and how.
        out: the folder of the audit.

    Raises:
        InfoplaneError: for data that cannot be read or are too few, a folder of something else.
        HeldError: for a folder that another process is writing.
        NonFiniteError: where training diverges.

    Killed at any moment, the same call goes on from the last checkpoint and ends with the same
    tables, bit for bit.
    """
    return audit_examples(read(config), config, out)


def audit_examples(audited: Audited, config: AuditConfig, out: Path) -> Audit:
    """Audit examples that are in memory, as ``audit``."""
    folder = RunFolder(out)
    with folder.locked():
        record = {"id": config.id, "data_fingerprint": fingerprint(audited.examples)}
        _claim(folder, record)
        done = Audit.read(folder.path)
        if done is not None:
            return done
        return _Auditing(audited, config, folder).go()


def read(config: AuditConfig) -> Audited:
    """Return the training part of the data of an audit, or all where they have no parts."""
    data = config.data
    if data.own:
        user_data = read_own(Path(str(data.root)), size=data.size)
        return Audited(user_data.train, user_data.names, user_data.sources)
    train, _ = load(data, config.seed)
    return Audited(train, tuple(map(str, range(train.classes))))


def _claim(folder: RunFolder, record: dict[str, Any]) -> None:
    """Write what is audited, or check that the folder is of the same."""
    path = folder / RECORD
    if path.exists():
        if {key: read_json(path).get(key) for key in record} != record:
            raise InfoplaneError(
                f"{folder.path} holds an audit of other data, or by another network; choose "
                "another folder with --out."
            )
        return
    refuse_other_contents(folder.path, "is not an audit's folder")
    write_json(path, record)


class _Auditing:
    """One attempt at an audit: from its last checkpoint to its end."""

    def __init__(self, audited: Audited, config: AuditConfig, folder: RunFolder) -> None:
        self.audited, self.config, self.folder = audited, config, folder
        examples = audited.examples
        n, k = len(examples), examples.classes
        check_memory("what is kept of the predictions", (n, k), copies=4)
        self.flipped, seen = _flip(examples, config)
        self.train = examples.with_seen_labels(seen)
        options = config.training_on(n)
        network = config.network_for(tuple(examples.inputs.shape[1:]))
        model = build_network(
            network,
            input_shape=examples.inputs.shape[1:],
            classes=k,
            seed=config.seed,
        ).to(device_of(network, options, self.train))
        self.training = Training(model, self.train, options, seed=config.seed)
        self.tracker = ExampleTracker(n)
        self.presentations = Presentations(examples.seen_labels, self.flipped, seen, k)
        self._resume()

    def go(self) -> Audit:
        """Train to the end, and write what was found."""
        started, data_name = time.monotonic(), self.config.data.name
        self.training.on_presentation = self._present
        saved_at = time.monotonic()
        first = self.training.epoch
        with Progress(f"audit of {data_name}", self.training.config.epochs) as progress:
            for epoch in self.training.epochs():
                if epoch > first:
                    self.presentations.end_epoch()
                if epoch > first and time.monotonic() - saved_at > CHECKPOINT_SECONDS:
                    self._save()
                    saved_at = time.monotonic()
                progress.advance(epoch, [], last=self.training.finished)
        result = audit_of(
            self.audited,
            self.presentations,
            log2_p=self.tracker.last_log2_p,
            reference=self._reference(),
            network=self.config.network_for(tuple(self.train.inputs.shape[1:])).name,
            epochs=self.training.epoch,
            seconds=time.monotonic() - started,
        )
        result.write(self.folder.path)
        (self.folder / CHECKPOINT).unlink(missing_ok=True)
        return result

    def _present(self, positions: Tensor | slice, targets: Tensor, outputs: Pass) -> None:
        if isinstance(positions, slice):
            positions = torch.arange(len(self.train))[positions][None]
        ids, logits = positions[0].cpu(), outputs.logits[0].T.cpu()
        squared = outputs.squared_features[0]
        self.tracker.update(ids, logits, targets[0], self.training.epoch, squared_features=squared)
        self.presentations.update(ids, logits)

    def _reference(self) -> Tensor:
        """Return log2 p of the labels by neighbours that have not seen them."""
        inputs = principal_components(self.train.inputs.flatten(1), COMPONENTS).float()
        return cross_fitted_log2_p(inputs, self.train.seen_labels, seed=self.config.seed)

    def _save(self) -> None:
        state = {
            "training": self.training.state(),
            "examples": self.tracker.state_dict(),
            "presentations": self.presentations.state_dict(),
        }
        write_checkpoint(self.folder / CHECKPOINT, state, self.config.id)

    def _resume(self) -> None:
        state = resumed(
            self.folder / CHECKPOINT, lambda path: read_checkpoint(path, self.config.id)
        )
        if state is None:
            return
        self.training.load_state(state["training"])
        self.tracker.load_state_dict(state["examples"])
        self.presentations.load_state_dict(state["presentations"])
        say(f"goes on from epoch {self.training.epoch}")


def _flip(examples: Split, config: AuditConfig) -> tuple[Tensor, Tensor]:
    """Return the examples whose labels are flipped on purpose, and all labels trained on."""
    n = len(examples)
    many = min(max(round(config.flipped * n), LEAST_FLIPPED), n // MOST_FLIPPED)
    if many < 2 or examples.classes < 2:
        raise InfoplaneError(
            f"{n} examples of {examples.classes} classes are too few to audit; give "
            f"{2 * MOST_FLIPPED} or more, of two classes."
        )
    draw = seeds.generator(config.seed, "audit")
    flipped = torch.randperm(n, generator=draw)[:many].sort().values
    shift = torch.randint(1, examples.classes, (many,), generator=draw)
    seen = examples.seen_labels.clone()
    seen[flipped] = (seen[flipped] + shift) % examples.classes
    return flipped, seen
