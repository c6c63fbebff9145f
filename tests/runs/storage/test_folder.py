"""Nothing half-written is read back; every damage has its sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.runs.config import RunConfig
from infoplane.runs.storage.files import read_json, write_atomically, write_json
from infoplane.runs.storage.folder import RunFolder
from infoplane.tables import MEASUREMENTS


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, lambda p: p.write_text("old") and None)

    def fail(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(InfoplaneError, match=r"could not be written \(No space left on device\)"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    refused = pytest.raises(InfoplaneError, match="is being written by another process")
    with RunFolder(tmp_path).locked(), refused, RunFolder(tmp_path).locked():
        pass
    with RunFolder(tmp_path).locked():
        pass


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(InfoplaneError, match="cannot be written"),
        RunFolder(tmp_path / "file" / "run").locked(),
    ):
        pass


def test_a_folder_belongs_to_one_configuration(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.claim(RunConfig(), {})
    folder.claim(RunConfig(), {})
    assert folder.config().id == RunConfig().id
    with pytest.raises(InfoplaneError, match="holds another run"):
        folder.claim(RunConfig(seed=1), {})
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("")
    with pytest.raises(InfoplaneError, match=r"is not a run's folder \(it holds 'dear.txt'\)"):
        RunFolder(tmp_path / "letters").claim(RunConfig(), {})


def test_damaged_files(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.status()["state"] == "new"
    (tmp_path / "config.json").write_text('{"config": ')
    with pytest.raises(InfoplaneError, match="cannot be read"):
        folder.config()
    (tmp_path / "config.json").write_text("[1]")
    with pytest.raises(InfoplaneError, match="holds no JSON object"):
        folder.config()
    write_json(tmp_path / "config.json", {"else": 1})
    with pytest.raises(InfoplaneError, match="no configuration of a run"):
        folder.config()
    assert read_json(tmp_path / "config.json") == {"else": 1}
    (tmp_path / "training.parquet").write_bytes(b"PAR1 cut in")
    for name in ("training", "measurements"):
        with pytest.raises(InfoplaneError, match="run the same configuration again to repair"):
            folder.read(name)


def test_measurements_of_earlier_versions_get_the_columns_they_lack(tmp_path: Path) -> None:
    values = [{"bits": bits, "null_mean": 0.1, "null_std": 0.1} for bits in (0.5, 0.1)]
    other = dict.fromkeys(MEASUREMENTS, 0)
    whole = tables.table([other | row for row in values], MEASUREMENTS)
    later = ["p_value", "flags", "standard_error"]
    RunFolder(tmp_path).write("measurements", whole.drop(columns=later))
    found = RunFolder(tmp_path).read("measurements")
    assert found["standard_error"].isna().all()
    assert found["p_value"].tolist() == pytest.approx([3.2e-5, 0.5], rel=0.02)
    assert found["flags"].tolist() == ["", ""]
    RunFolder(tmp_path).write("measurements", found.assign(p_value=0.7))
    assert RunFolder(tmp_path).read("measurements")["p_value"].tolist() == [0.7, 0.7]


def test_a_table_of_another_kind_is_refused(tmp_path: Path) -> None:
    RunFolder(tmp_path).write("seconds", pd.DataFrame({"run": ["a"], "epoch": [0]}))
    with pytest.raises(InfoplaneError, match=r"seconds.parquet lacks the columns training, obs"):
        RunFolder(tmp_path).read("seconds")
