"""A file of a run that has changed since it was written is named, and never read as if it had not.

Walked: every file that a run leaves, each flipped by a bit, cut, gone, of another kind, and edited.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from grids import BITWISE, QUICK

import infoplane
from infoplane.errors import DamagedError, InfoplaneError
from infoplane.names import I_XT
from infoplane.report import print_verified
from infoplane.runs.config import to_dict
from infoplane.runs.run import is_complete, run
from infoplane.runs.storage.files import read_table, write_json, write_table
from infoplane.runs.storage.folder import CONFIG, STATUS, WEIGHTS, RunFolder
from infoplane.runs.storage.manifest import MANIFEST
from infoplane.runs.storage.verifying import verdict
from infoplane.tables import GEOMETRY_TABLE, RUN_TABLES

TABLES = [f"{name}.parquet" for name in RUN_TABLES if name != GEOMETRY_TABLE]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(QUICK, out=tmp_path_factory.mktemp("rot") / "runs" / QUICK.id).path


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> RunFolder:
    """A copy of the run on another machine, as it were."""
    shutil.copytree(finished.parent, tmp_path / "runs")
    return RunFolder(tmp_path / "runs" / QUICK.id)


def flip(path: Path, at: float = 0.5) -> None:
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= 4
    path.write_bytes(content)


def of_another_kind(path: Path) -> None:
    frame = pd.read_parquet(path)
    frame["epoch" if "epoch" in frame else "label"] = "soon"
    write_table(path, frame)


def test_what_is_copied_is_verified(folder: RunFolder) -> None:
    names = {CONFIG, STATUS, WEIGHTS, "histories.parquet", *TABLES}
    assert set(json.loads((folder / MANIFEST).read_text())["files"]) == names
    assert verdict(folder) == f"verified: {len(names)} files"
    assert is_complete(folder, QUICK)


@pytest.mark.parametrize("name", [CONFIG, STATUS, WEIGHTS, MANIFEST, *TABLES])
def test_a_file_that_has_changed_is_named(folder: RunFolder, name: str) -> None:
    path, whole = folder / name, (folder / name).read_bytes()
    for at in (0.02, 0.3, 0.6, 0.98):
        flip(path, at)
        assert verdict(folder).startswith("damaged: ") or folder.status()["state"] != "complete"
        assert not is_complete(folder, QUICK)
        path.write_bytes(whole)
    path.write_bytes(whole[: len(whole) // 2])
    assert verdict(folder).startswith(f"damaged: {path} ")
    path.unlink()
    told = verdict(folder)
    assert told.startswith("damaged" if name not in (MANIFEST, STATUS) else "unverified")


def test_an_edited_value_is_not_read(folder: RunFolder) -> None:
    measured = folder.read("measurements")
    write_table(folder / "measurements.parquet", measured.assign(bits=99.0))
    with pytest.raises(DamagedError, match=r"has changed since it was written .* again to"):
        folder.read("measurements")


def test_a_page_has_a_checksum_of_its_own(tmp_path: Path) -> None:
    """What has no digest, as the tables of a run that trains, is checked page by page."""
    values = pd.DataFrame({"bits": [0.1 * i for i in range(1000)]})
    write_table(tmp_path / "table.parquet", values)
    flip(tmp_path / "table.parquet", 0.25)
    with pytest.raises(DamagedError, match=r"cannot be read \(.*could not verify page"):
        read_table(tmp_path / "table.parquet")


def test_a_damaged_footer_is_one_sentence(tmp_path: Path) -> None:
    """pyarrow and pandas raise many kinds of errors for it, and no other may be left."""
    path = tmp_path / "table.parquet"
    write_table(path, pd.DataFrame({"run": ["a"], "bits": [0.5]}).astype({"run": "string"}))
    whole = path.read_bytes()
    refused = 0
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        try:
            read_table(path)
        except DamagedError:
            refused += 1
    assert refused > len(whole) / 20


def test_a_run_of_an_earlier_version_is_read(folder: RunFolder) -> None:
    (folder / MANIFEST).unlink()
    assert verdict(folder).startswith("unverified: written without digests")
    assert is_complete(folder, QUICK)
    assert len(infoplane.load_runs(folder.path.parent).measurements)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("manifest", [True, False])
def test_tables_of_many_runs_name_what_they_leave_out(
    folder: RunFolder, name: str, manifest: bool
) -> None:
    path, whole = folder / name, (folder / name).read_bytes()
    table = name.removesuffix(".parquet")
    if not manifest:
        (folder / MANIFEST).unlink()

    def cut(path: Path) -> None:
        path.write_bytes(path.read_bytes()[:-40])

    damages = [cut, Path.unlink] + ([] if table == "gradients" else [of_another_kind])
    for damage in damages:
        damage(path)
        runs = infoplane.load_runs(folder.path)
        with pytest.warns(UserWarning, match=f"{table} of run {QUICK.id} left out: .*{name}"):
            assert runs.read(table).empty
        path.write_bytes(whole)


def test_a_damaged_run_is_no_part_of_a_mean(folder: RunFolder) -> None:
    """Another run, of 99 bits: the mean over both is that of the one that is whole."""
    other = replace(QUICK, seed=1)
    second = RunFolder(folder.path.parent / other.id)
    shutil.copytree(folder.path, second.path)
    (second / MANIFEST).unlink()
    write_json(second / CONFIG, {"id": other.id, "config": to_dict(other)})
    for name in ("measurements", "training"):
        second.write(name, second.read(name).assign(run=other.id))
    second.write_complete(QUICK.training.epochs)
    alone = infoplane.load_runs(folder.path).by("data.name")
    assert infoplane.load_runs(folder.path.parent).by("data.name")[I_XT, "count"].item() == 2
    write_table(second / "measurements.parquet", second.read("measurements").assign(bits=99.0))
    with pytest.warns(UserWarning, match="measurements of run .* left out: .*has changed"):
        left = infoplane.load_runs(folder.path.parent).by("data.name")
    assert left[I_XT, "count"].item() == 1
    assert left[I_XT, "mean"].item() == alone[I_XT, "mean"].item()


def test_the_same_command_computes_a_damaged_run_again(
    folder: RunFolder, finished: Path, capsys: pytest.CaptureFixture
) -> None:
    flip(folder / "measurements.parquet")
    run(QUICK, out=folder.path)
    assert "computed again, as the folder is damaged: " in capsys.readouterr().err
    assert verdict(folder).startswith("verified")
    for name in BITWISE:
        assert (folder / name).read_bytes() == (finished / name).read_bytes()


def test_verify_names_the_damaged_and_only_them(
    folder: RunFolder, capsys: pytest.CaptureFixture
) -> None:
    shutil.copytree(folder.path, folder.path.parent / "whole")
    assert print_verified(folder.path.parent)
    flip(folder / WEIGHTS)
    assert not print_verified(folder.path.parent)
    lines = capsys.readouterr().out.strip().splitlines()
    assert "damaged" not in lines[2]
    assert any(WEIGHTS in line for line in lines)
    assert lines[-1].startswith("whole") or "verified" in lines[-1]


def test_names_that_lead_out_of_the_folder_are_not_followed(folder: RunFolder) -> None:
    digests = json.loads((folder / MANIFEST).read_text())
    digests["files"]["../../secret"] = digests["files"][CONFIG]
    (folder / MANIFEST).write_text(json.dumps(digests))
    assert "leads out of its folder" in verdict(folder)


@pytest.mark.parametrize("name", [CONFIG, STATUS, "training.parquet", MANIFEST])
def test_links_out_of_the_folder_are_not_followed(
    folder: RunFolder, tmp_path: Path, name: str
) -> None:
    shutil.move(folder / name, tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    assert "leads out of its folder" in verdict(folder)


@pytest.mark.parametrize("name", [".lock", ".live.jsonl", "figures/plane.pdf", "report.html"])
def test_nothing_is_written_through_a_link(folder: RunFolder, tmp_path: Path, name: str) -> None:
    (tmp_path / "theirs").write_text("precious")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(tmp_path / "theirs")
    with pytest.raises(InfoplaneError, match="leads out of its folder"):
        run(QUICK, out=folder.path)
    assert (tmp_path / "theirs").read_text() == "precious"


def test_links_of_folders_are_followed(folder: RunFolder, tmp_path: Path) -> None:
    """A run may lie on another disk as a whole."""
    (tmp_path / "link").symlink_to(folder.path)
    assert verdict(RunFolder(tmp_path / "link")).startswith("verified")


def test_a_folder_of_deep_nesting_is_one_sentence(folder: RunFolder) -> None:
    (folder / CONFIG).write_text('{"config": ' + "[" * 100_000 + "]" * 100_000 + "}")
    (folder / MANIFEST).unlink()
    with pytest.raises(DamagedError, match=r"config.json cannot be read \(.*recursion"):
        folder.config()


@pytest.mark.parametrize("content", ['{"state": 1}', "{}", '{"state": "new", "epoch": "x"}'])
def test_a_status_of_something_else(folder: RunFolder, content: str) -> None:
    (folder / STATUS).write_text(content)
    with pytest.raises(DamagedError, match="holds no status of a run; run the same"):
        folder.status()
