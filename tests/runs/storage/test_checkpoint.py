"""A checkpoint is read back whole or refused; nothing in it is ever executed."""

from __future__ import annotations

import math
import os
import pickle
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from grids import BITWISE, QUICK
from interrupting import interrupted

from infoplane.errors import DamagedError, InfoplaneError
from infoplane.runs import session
from infoplane.runs.run import run
from infoplane.runs.storage.checkpoint import digest_of_rows, read_checkpoint, write_checkpoint
from infoplane.runs.storage.files import write_table
from infoplane.runs.storage.folder import CHECKPOINT, RunFolder


class Payload:
    """An object that is executed by whoever unpickles it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(QUICK, out=tmp_path_factory.mktemp("whole") / "run").path


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was stopped after a checkpoint."""
    path = tmp_path_factory.mktemp("stopped") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
        interrupted(patch, 20, lambda: run(QUICK, out=path))
    assert (path / CHECKPOINT).exists()
    return path


def foreign_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Payload(path.parent / "executed")))


def foreign_archive(path: Path) -> None:
    torch.save({"epoch": 4, "model": Payload(path.parent / "executed")}, path)


def of_another_run(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    write_checkpoint(path, state, "another run")


def only_tensors(path: Path) -> None:
    torch.save([torch.zeros(3)], path)


def a_flipped_bit(path: Path) -> None:
    """In the bytes of a tensor, where torch itself compares no checksum."""
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda info: info.file_size)
    content = bytearray(path.read_bytes())
    content[largest.header_offset + largest.file_size // 2 + 100] ^= 64
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def an_edited_table(path: Path) -> None:
    measured = RunFolder(path.parent).read("measurements")
    write_table(path.parent / "measurements.parquet", measured.assign(bits=99.0))


DAMAGES = {
    foreign_pickle: "its checkpoint is cut off, or no file of torch",
    foreign_archive: "its checkpoint holds more than tensors, which is not executed",
    of_another_run: "its checkpoint is none of this run",
    only_tensors: "its checkpoint is none of this run",
    a_flipped_bit: "its checkpoint has changed since it was written",
    cut: "its checkpoint is cut off, or no file of torch",
    an_edited_table: "its table 'measurements' has changed since the checkpoint",
}


@pytest.mark.parametrize("damage", list(DAMAGES), ids=lambda damage: damage.__name__)
def test_a_damaged_checkpoint_begins_again(
    whole: Path, stopped: Path, tmp_path: Path, damage: Any, capsys: pytest.CaptureFixture
) -> None:
    shutil.copytree(stopped, tmp_path / "run")
    damage(tmp_path / "run" / CHECKPOINT)
    run(QUICK, out=tmp_path / "run", name="a run")
    told = capsys.readouterr().err
    sentence = f"a run: begins again, as {tmp_path / 'run'} is damaged ({DAMAGES[damage]})\n"
    assert sentence in told
    assert not (tmp_path / "run" / "executed").exists()
    for name in BITWISE:
        assert (tmp_path / "run" / name).read_bytes() == (whole / name).read_bytes()


def test_an_undamaged_one_is_gone_on_from(
    whole: Path, stopped: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """Also where the tables hold more than the checkpoint, as after a kill between the two."""
    shutil.copytree(stopped, tmp_path / "run")
    run(QUICK, out=tmp_path / "run")
    assert "goes on from epoch" in capsys.readouterr().err
    for name in BITWISE:
        assert (tmp_path / "run" / name).read_bytes() == (whole / name).read_bytes()


def test_a_folder_that_vanishes_is_not_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    save = session.Session._save_tables
    path = tmp_path / "run"

    def vanish(self: session.Session) -> None:
        shutil.rmtree(path, ignore_errors=True)
        save(self)

    monkeypatch.setattr(session.Session, "_save_tables", vanish)
    with pytest.raises(InfoplaneError, match="has gone while it was written: it was deleted, or"):
        run(QUICK, out=path)
    assert not path.exists()


def test_a_digest_of_rows_knows_values_and_nothing_else(tmp_path: Path) -> None:
    rows = pd.DataFrame({"run": ["a", "b"], "n": [1, 2], "bits": [0.1, np.nan], "flag": True})
    rows = rows.astype({"run": "string"})
    write_table(tmp_path / "rows.parquet", rows)
    assert digest_of_rows(pd.read_parquet(tmp_path / "rows.parquet")) == digest_of_rows(rows)
    seen = {digest_of_rows(rows), digest_of_rows(rows[:1]), digest_of_rows(rows[:0])}
    for column, value in {"run": "c", "n": 3, "bits": math.pi, "flag": False}.items():
        other = rows.copy()
        other.loc[1, column] = value
        seen.add(digest_of_rows(other))
    assert len(seen) == 7


def test_a_missing_checkpoint_is_damage(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="cut off, or no file of torch"):
        read_checkpoint(tmp_path / "none", "a")
