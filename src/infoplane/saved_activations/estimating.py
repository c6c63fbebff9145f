"""Measure the layers in files, epoch by epoch, into a folder that is read like a run's."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from rich.progress import track

from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.runs.progress import say
from infoplane.runs.storage.files import read_json, write_json
from infoplane.runs.storage.folder import CONFIG
from infoplane.saved_activations.files import Layers, find
from infoplane.saved_activations.labels import read_labels
from infoplane.saved_activations.model import SavedModel
from infoplane.settings import check_settings
from infoplane.user_models.plane import InformationPlane, load_plane

RECORD = "estimate.json"


@dataclass(frozen=True)
class EstimateOptions:
    """What is measured of which files: see ``infoplane estimate --help``."""

    files: tuple[str, ...]
    labels: str
    seen_labels: str | None = None
    test: tuple[str, ...] = ()
    test_labels: str | None = None
    layers: tuple[str, ...] = ()
    estimators: tuple[str, ...] = ()
    decoder: str = "strongest"
    bin_width: float | None = None
    bins: int | None = None
    binning: str | None = None
    reduce: str = "flatten"
    examples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        check_settings(self)
        for key in ("examples", "bins"):
            value = getattr(self, key)
            if value is not None and value < 1:
                raise InfoplaneError(f"{key} is {value}; give 1 or more.")


def estimate(options: EstimateOptions, out: Path) -> InformationPlane:
    """Measure saved activations; go on where an earlier try stopped.

    Args:
        options: which files, which labels, and by what.
        out: the folder of the plane.

    Returns:
        The plane, saved in ``out`` after every epoch.

    Raises:
        InfoplaneError: for files that cannot be read or do not fit together, or a folder of
            something else.
    """
    if (options.test_labels is None) != (not options.test):
        raise InfoplaneError("test files and test labels belong together; give both or neither.")
    if out.exists() and not out.is_dir():
        raise InfoplaneError(f"{out} is a file; give a folder with --out.")
    with tempfile.TemporaryDirectory(prefix="infoplane-") as unpacked:
        train = find(options.files, Path(unpacked))
        test = find(options.test, Path(unpacked)) if options.test else {}
        return _Estimating(options, out, train, test).go()


class _Estimating:
    """One attempt at measuring files."""

    def __init__(
        self, options: EstimateOptions, out: Path, train: dict[int, Layers], test: dict[int, Layers]
    ) -> None:
        self.options, self.out, self.train, self.test = options, out, train, test
        epoch = next(iter(train))
        if test and (set(test) != set(train) or set(test[epoch]) != set(train[epoch])):
            raise InfoplaneError(
                "the test files have other layers or epochs than the others; give a test file for "
                "each file."
            )
        self.model = SavedModel(train[epoch], test.get(epoch))
        n = self.model.n
        labels = _fitting(options.labels, n)
        seen = None if options.seen_labels is None else _fitting(options.seen_labels, n)
        held_out = None
        if options.test_labels is not None:
            m = len(next(iter(test[epoch].values())))
            held_out = torch.arange(n, n + m)[:, None], _fitting(options.test_labels, m)
        by_bins = {"binning": options.binning, "bin_width": options.bin_width, "bins": options.bins}
        asked = any(value is not None for value in by_bins.values())
        self.plane = InformationPlane(
            self.model,
            torch.arange(n)[:, None],
            labels,
            seen_labels=seen,
            test=held_out,
            layers=options.layers or tuple(self.model.names),
            estimators=options.estimators,
            memorization=MemorizationConfig(
                decoder="none" if asked else options.decoder,  # pyright: ignore
                probe_size=options.examples,
            ),
            reduce=options.reduce,
            seed=options.seed,
            **by_bins,  # pyright: ignore[reportArgumentType]
        )
        self.plane.watched = replace(self.plane.watched, model="saved activations")
        digest = hashlib.sha256()
        for label_set in (labels, seen, None if held_out is None else held_out[1]):
            digest.update(repr(None if label_set is None else label_set.tolist()).encode())
        self.record = {
            "options": {
                key: v for key, v in asdict(options).items() if key not in ("files", "test")
            },
            "labels": digest.hexdigest(),
            "files": self._stats(),
        }

    def go(self) -> InformationPlane:
        """Measure the epochs that were not, and save after each."""
        done = self._resume()
        left = [epoch for epoch in self.train if epoch not in done]
        if done and left:
            say(f"goes on from epoch {left[0]}: {len(done)} of {len(self.train)} are there")
        for epoch in track(left, "epochs", disable=len(left) < 2, transient=True):
            self.model.turn_to(self.train[epoch], self.test.get(epoch))
            self.plane.observe(epoch)
            self.plane.save(self.out)
            write_json(self.out / RECORD, self.record)
        return self.plane

    def _resume(self) -> set[int]:
        """Take over what the folder holds of the same files."""
        if not (self.out / CONFIG).exists():
            return set()
        path, now = self.out / RECORD, json.loads(json.dumps(self.record))
        then = read_json(path) if path.exists() else {"files": {}}
        changed = [f for f, stat in then["files"].items() if now["files"].get(f, stat) != stat]
        if changed or {**then, "files": 0} != {**now, "files": 0}:
            what = f"estimates of {changed[0]} as it was" if changed else "something else"
            raise InfoplaneError(
                f"{self.out} holds {what}, or of other labels or options; choose another folder "
                "with --out."
            )
        earlier = load_plane(self.out)
        self.plane.load_state_dict(earlier.state_dict())
        return set(earlier.epochs)

    def _stats(self) -> dict[str, list[int]]:
        """Return size and time of every file."""
        paths = {
            a.path for part in (self.train, self.test) for x in part.values() for a in x.values()
        }
        stats = {str(path.resolve()): path.stat() for path in sorted(paths)}
        return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def _fitting(text: str, n: int) -> np.ndarray:
    labels = read_labels(text)
    if len(labels) != n:
        raise InfoplaneError(
            f"{text} holds {len(labels)} labels for {n} samples; give one for each."
        )
    return labels
