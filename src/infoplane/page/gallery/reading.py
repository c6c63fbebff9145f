"""What a card of the gallery says of a run: read from its folder, which may be damaged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from infoplane.errors import InfoplaneError
from infoplane.figures.film.tracks import INFORMATION, MEMORIZED, Track, tracks
from infoplane.names import TEST, TRAIN, M
from infoplane.page.reading import CLAIMS
from infoplane.runs.config import RunConfig, to_dict
from infoplane.runs.described import data_name, networks, noise_rates
from infoplane.runs.query.keys import as_written, flat, member_keys
from infoplane.runs.storage.files import read_json
from infoplane.runs.storage.folder import REPORT, RunFolder

DAMAGED = "damaged"
STATES = {
    "complete": "finished",
    "failed": "failed",
    "running": "running or interrupted",
    "new": "not begun",
}


@dataclass(frozen=True)
class Card:
    """One run, as far as it can be read."""

    name: str
    state: str
    """finished, failed, running or interrupted, not begun, or damaged."""
    message: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    """What is read on the card, in order."""
    values: dict[str, float] = field(default_factory=dict)
    """What runs are sorted by; without what was not measured."""
    config: dict[str, str] = field(default_factory=dict)
    """Every key of the configuration, written as on the command line."""
    track: Track | None = None
    """The plane in small."""
    report: Path | None = None


@dataclass(frozen=True)
class StudyCard:
    """One study: how many of its claims hold."""

    name: str
    source: str
    verdict: str
    report: Path | None = None
    runs: dict[str, str] = field(default_factory=dict)
    """The names it gives its runs, by their folders."""


def read_card(path: Path, studies: Iterable[StudyCard] = ()) -> Card:
    """Read a run; what is damaged is said on its card.

    Args:
        path: its folder.
        studies: those it may belong to.
    """
    folder = RunFolder(path)
    report = path / REPORT if (path / REPORT).is_file() else None
    card = Card(path.name, DAMAGED, report=report)
    try:
        config, status = folder.config(), folder.status()
        values = {"changed": _changed(path)}
        epoch = int(status.get("epoch") or 0)
        card = Card(
            path.name,
            STATES.get(str(status.get("state")), str(status.get("state"))),
            str(status.get("message") or ""),
            _names(path.name, studies) | _facts(config, epoch),
            values | {"epochs": float(epoch)},
            _config(config),
            report=report,
        )
        return _measured(card, folder)
    except (InfoplaneError, ValueError, TypeError, KeyError) as error:
        return Card(
            path.name, DAMAGED, str(error), card.facts, card.values, card.config, report=report
        )


def read_study(path: Path) -> StudyCard:
    """Read the claims of a study; where they are damaged, its card says so."""
    report = path / REPORT if (path / REPORT).is_file() else None
    try:
        content = read_json(path / CLAIMS)
        verdicts = [str(claim["verdict"]) for claim in content["claims"]]
        held = sum(verdict == "holds" for verdict in verdicts)
        verdict = f"{held} of {len(verdicts)} claims hold"
        runs = {str(run): str(name) for name, run in content.get("runs", {}).items()}
        return StudyCard(path.name, str(content.get("source", "")), verdict, report, runs)
    except (InfoplaneError, KeyError, TypeError, AttributeError) as error:
        return StudyCard(path.name, "", f"damaged: {error}", report)


def _config(config: RunConfig) -> dict[str, str]:
    """The configuration by key; the corruption as it is in force, of each member."""
    rates = dict.fromkeys(as_written(member["data.rate"]) for member in member_keys(config))
    whole = {key: as_written(value) for key, value in flat(to_dict(config)).items()}
    return whole | {"data.rate": ",".join(rates)}


def _names(run: str, studies: Iterable[StudyCard]) -> dict[str, str]:
    """What studies call a run."""
    called = [f"{study.name}: {study.runs[run]}" for study in studies if run in study.runs]
    return {"study": ", ".join(called)} if called else {}


def _facts(config: RunConfig, epoch: int) -> dict[str, str]:
    """Data, labels, network, members, epochs."""
    if config.watched is not None:
        w = config.watched
        wrong = f", {w.rate:.1%} wrong" if w.rate else ""
        names = {"data": config.data.name, "labels": w.labels + wrong}
        return names | {"network": f"{w.model}, {w.parameters:,} parameters", "epoch": f"{epoch:,}"}
    rates = noise_rates(config)
    return {
        "data": data_name(config),
        "labels": f"{config.data.labels}, rate {rates}" if rates else config.data.labels,
        "network": f"{config.network.name}, {networks(config)}",
        "epochs": f"{epoch:,} of {config.training.epochs:,}",
    }


def _measured(card: Card, folder: RunFolder) -> Card:
    """The card with what was measured, where something was."""
    facts, values = dict(card.facts), dict(card.values)
    if (folder / "training.parquet").exists():
        for subset, column in ((TRAIN, "accuracy"), (TEST, "true_accuracy")):
            accuracy = _accuracy(folder.read("training"), subset, column)
            if accuracy is not None:
                facts[f"{subset} accuracy"] = f"{accuracy:.3f}"
                values[f"{subset} accuracy"] = accuracy
    track = None
    if (folder / "measurements.parquet").exists():
        track = _track(folder.read("measurements"))
    if track is not None:
        layer, x, y = _end(track)
        learned = track.title != "Information plane"
        names = ("learned", "memorized") if learned else ("I(X;T)", "label information")
        for name, value in zip(names, (x, y), strict=True):
            facts[name] = f"{value:.2f} bits in {layer}"
            values[name] = value
    return Card(card.name, card.state, card.message, facts, values, card.config, track, card.report)


def _track(measurements: pd.DataFrame) -> Track | None:
    """The plane a run is told by; none where none was measured."""
    if (measurements["quantity"] == M).any():
        return tracks(measurements, [MEMORIZED])[0]
    try:
        return tracks(measurements, [INFORMATION])[0]
    except InfoplaneError:
        return None


def _end(track: Track) -> tuple[str, float, float]:
    """Where the last layer before the logits ended."""
    points = track.points
    depths = sorted(depth for depth in points["depth"].unique() if depth > 0)
    last = points[points["depth"] == (depths[-2] if len(depths) > 1 else depths[-1])]
    end: Any = last.loc[last["epoch"].idxmax()]
    return str(end["layer"]), float(end["x"]), float(end["y"])


def _accuracy(training: pd.DataFrame, subset: str, column: str) -> float | None:
    rows = training[training["subset"] == subset]
    rows = rows[rows["epoch"] == rows["epoch"].max()]
    return float(rows[column].mean()) if len(rows) and rows[column].notna().any() else None


def _changed(path: Path) -> float:
    """When the run was last written to, in seconds."""
    times = [each.stat().st_mtime for each in path.glob("*.json") if each.name != CLAIMS]
    return max(times, default=0.0)
