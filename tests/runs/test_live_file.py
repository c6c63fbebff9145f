"""The file of what was measured since the last checkpoint: complete, and without a trace."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infoplane import tables
from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.page.reading import ReadRun, read_growing_run
from infoplane.runs import session
from infoplane.runs.config import RunConfig
from infoplane.runs.run import run
from infoplane.runs.storage.live import LIVE, LiveFile, live_rows
from infoplane.training.config import TrainingConfig

ROW = {"epoch": 3, "bits": 1 / 3, "n": np.int64(7), "saturated": np.bool_(True), "layer": "Ỹ\n"}
EMPTY = {"measurements": [], "training": [], "seconds": []}
CONFIG = RunConfig(
    data=DataConfig(train_size=60, test_size=40),
    network=NetworkConfig(widths=(8, 10)),
    training=TrainingConfig(epochs=6),
)


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    live = LiveFile(tmp_path)
    live.append(EMPTY)
    assert not live.path.exists()
    live.append(EMPTY | {"measurements": [ROW]})
    live.due = 0.0
    more = [ROW, {**ROW, "bits": math.nan}, {**ROW, "bits": math.inf}]
    live.append(EMPTY | {"measurements": more, "seconds": [{"epoch": 1}]})
    found = live_rows(tmp_path)
    assert found["measurements"][0] == ROW
    assert math.isnan(found["measurements"][1]["bits"])
    assert found["measurements"][2]["bits"] == math.inf
    assert found["seconds"] == [{"epoch": 1}]


def test_what_the_tables_hold_is_left_out(tmp_path: Path) -> None:
    live = LiveFile(tmp_path)
    rows = EMPTY | {"measurements": [ROW]}
    live.append(rows)
    live.restart(rows)
    assert live_rows(tmp_path) == EMPTY
    live.due = 0.0
    live.append(EMPTY | {"measurements": [ROW, {"epoch": 4}]})
    assert live_rows(tmp_path)["measurements"] == [{"epoch": 4}]
    live.remove()
    live.remove()
    assert live_rows(tmp_path) == EMPTY


def test_a_dear_writing_is_followed_by_a_pause(tmp_path: Path) -> None:
    live = LiveFile(tmp_path)
    live.append(EMPTY | {"measurements": [ROW]})
    live.due = math.inf
    both = EMPTY | {"measurements": [ROW, ROW]}
    live.append(both)
    assert len(live_rows(tmp_path)["measurements"]) == 1
    live.due = 0.0
    live.append(both)
    assert len(live_rows(tmp_path)["measurements"]) == 2


def test_lines_that_are_damaged_or_half_written_are_left_out(tmp_path: Path) -> None:
    whole = '{"measurements": [{"epoch": 1}], "training": [], "seconds": []}\n'
    bad = ["{\n", "3\n", '{"training": []}\n', '{"measurements": 3}\n', "\xff\n"]
    (tmp_path / LIVE).write_text(whole + "".join(bad) + whole + whole[:30], encoding="latin-1")
    assert live_rows(tmp_path)["measurements"] == [{"epoch": 1}, {"epoch": 1}]


def test_where_it_cannot_be_written_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / LIVE).mkdir()
    live = LiveFile(tmp_path)
    live.restart(EMPTY)
    live.append(EMPTY | {"measurements": [ROW]})
    assert live.broken
    assert live_rows(tmp_path) == EMPTY


@pytest.mark.parametrize("checkpoint_seconds", [0.0, 15.0])
def test_whatever_was_measured_can_be_read_at_once(
    tmp_path: Path, monkeypatch, checkpoint_seconds: float
) -> None:
    """And the tables are those of a run without the file."""
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", checkpoint_seconds)
    monkeypatch.setattr("infoplane.runs.storage.live.PAUSE", 0)
    epochs, say_epoch = [], session.Progress.advance

    def advance(self, epoch: int, training_rows, *, last: bool) -> None:
        found = _growing(tmp_path / "r")
        assert found.training.to_dict("records") == training_rows
        epochs.append(found.measurements.epoch.max())
        if checkpoint_seconds == 0.0 and epoch > 0:
            assert live_rows(tmp_path / "r") == EMPTY  # the tables have it
        say_epoch(self, epoch, training_rows, last=last)

    monkeypatch.setattr(session.Progress, "advance", advance)
    watched = run(CONFIG, out=tmp_path / "r")
    assert epochs == [0, 1, 2, 3, 4, 5, 6]
    assert not (tmp_path / "r" / LIVE).exists()
    monkeypatch.undo()
    monkeypatch.setattr(LiveFile, "append", lambda *_: None)
    plain = run(CONFIG, out=tmp_path / "plain")
    for name in ("measurements", "training", "examples", "dynamics"):
        pd.testing.assert_frame_equal(watched.read(name), plain.read(name), check_exact=True)


def test_a_run_that_fails_leaves_none(tmp_path: Path) -> None:
    config = replace(CONFIG, training=TrainingConfig(epochs=3, learning_rate=1e30))
    with pytest.raises(InfoplaneError, match="diverged"):
        run(config, out=tmp_path / "r")
    assert not (tmp_path / "r" / LIVE).exists()


def test_rows_of_a_killed_run_are_measured_again(tmp_path: Path) -> None:
    path = run(CONFIG, out=tmp_path / "r").path
    table = _growing(path).measurements
    more = [{**row, "epoch": 7} for row in table[table.epoch == 6].to_dict("records")]
    LiveFile(path).append(EMPTY | {"measurements": table.to_dict("records") + more})
    found = _growing(path).measurements
    pd.testing.assert_frame_equal(found[: len(table)], table)
    assert (found[len(table) :].epoch == 7).all()
    assert len(found) == len(table) + len(more)
    assert list(found) == list(tables.MEASUREMENTS)


def _growing(path: Path) -> ReadRun:
    found = read_growing_run(path, "r")
    assert found is not None
    return found
