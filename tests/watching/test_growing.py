"""What a live page learns of folders: what is there by now, what has changed, nothing outside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infoplane.runs.storage.folder import RunFolder
from infoplane.runs.storage.live import LIVE, LiveFile
from infoplane.watching.growing import GrowingRuns

from ..page.run_folders import CONFIG, run_tables, write_run, write_study

EMPTY = {"measurements": [], "training": [], "seconds": []}


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    """The tables of a run."""
    return run_tables()


def begun(path: Path) -> Path:
    """Write the folder of a run that has just begun."""
    write_run(path, {})
    RunFolder(path).write_status("running", 0)
    return path


def states(found: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Return name and state of what is watched."""
    assert found is not None
    return [(each["name"], each["state"]) for each in found["watched"]]


def test_a_folder_that_comes_and_a_run_in_it_that_grows(tmp_path: Path, tables) -> None:
    folder = tmp_path / "runs"
    growing = GrowingRuns([folder])
    found = growing.changes(0)
    assert states(found) == [(str(folder), "missing")]
    assert growing.changes(found["version"]) is None
    folder.mkdir()
    assert growing.changes(found["version"]) is None

    run = begun(folder / "a")
    found = growing.changes(found["version"])
    assert states(found) == [("a", "new")]
    assert found["runs"] == []

    rows = {name: tables[name].sort_values("epoch").to_dict("records") for name in EMPTY}
    first = {name: [row for row in rows[name] if row["epoch"] < 10] for name in EMPTY}
    live = LiveFile(run)
    live.append(first)
    found = growing.changes(found["version"])
    assert states(found) == [("a", "running")]
    assert found["runs"][0]["epochs"][-1] < 10
    assert growing.changes(found["version"]) is None

    live.due = 0.0
    live.append(rows)
    found = growing.changes(found["version"])
    last = found["runs"][0]["epochs"][-1]
    assert last == max(row["epoch"] for row in rows["training"])
    assert found["watched"][0]["epoch"] == last

    for name, frame in tables.items():
        RunFolder(run).write(name, frame)
    RunFolder(run).write_status("complete", 80)
    live.remove()
    found = growing.changes(found["version"])
    assert states(found) == [("a", "complete")]
    assert found["runs"][0]["examples"] is not None


def test_a_run_that_is_as_it_was_comes_by_its_key_alone(tmp_path: Path, tables) -> None:
    write_run(tmp_path / "b", tables)
    growing = GrowingRuns([tmp_path])
    first = growing.changes(0)
    (b,) = first["runs"]
    write_run(tmp_path / "a", tables)
    second = growing.changes(first["version"])
    assert [set(run) == {"key"} for run in second["runs"]] == [False, True]
    assert second["runs"][1]["key"] == b["key"] != second["runs"][0]["key"]
    whole = growing.changes(0)
    assert [run["name"] for run in whole["runs"]] == ["a", "b"]


def test_a_study_shows_its_runs_under_its_names(tmp_path: Path, tables) -> None:
    write_run(tmp_path / CONFIG.id, tables)
    study = tmp_path / "study"
    growing = GrowingRuns([study, tmp_path])
    assert [run["name"] for run in growing.changes(0)["runs"]] == [CONFIG.id]
    write_study(study, {"random labels": CONFIG.id})
    found = growing.changes(1)
    assert [run["name"] for run in found["runs"]] == ["random labels"]
    assert found["studies"][0]["name"] == "memorizing"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", b"{", "config.json cannot be read"),
        ("status.json", b"[]", "holds no JSON object"),
        ("training.parquet", b"PAR1", "training.parquet cannot be"),
        (LIVE, b'{"measurements": [{"epoch": "x"}], "training": [], "seconds": []}\n', LIVE),
    ],
)
def test_a_damaged_run_is_told_and_the_others_go_on(
    tmp_path: Path, tables, name: str, content: bytes, message: str
) -> None:
    write_run(tmp_path / "b", tables)
    bad = write_run(tmp_path / "a", tables)
    (bad / name).write_bytes(content)
    growing = GrowingRuns([tmp_path])
    found = growing.changes(0)
    assert [run["name"] for run in found["runs"]] == ["b"]
    assert message in found["watched"][0]["message"]
    assert growing.changes(found["version"]) is None


def test_a_run_that_is_damaged_later_is_shown_as_it_was(tmp_path: Path, tables) -> None:
    run = write_run(tmp_path / "a", tables)
    growing = GrowingRuns([run])
    first = growing.changes(0)
    (run / "training.parquet").write_bytes(b"PAR1")
    found = growing.changes(first["version"])
    assert "training.parquet cannot be" in found["watched"][0]["message"]
    assert len(growing.changes(0)["runs"]) == 1


def test_claims_that_are_damaged_are_told(tmp_path: Path) -> None:
    (write_study(tmp_path / "s", {}) / "claims.json").write_text("{")
    found = GrowingRuns([tmp_path / "s"]).changes(0)
    assert "claims.json cannot be read" in found["watched"][0]["message"]


@pytest.mark.parametrize("name", ["config.json", "measurements.parquet", LIVE])
def test_a_link_out_of_a_run_is_not_followed(tmp_path: Path, tables, name: str) -> None:
    other = write_run(tmp_path / "other", tables)
    (other / LIVE).write_text("")
    run = write_run(tmp_path / "watched" / "run", tables)
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(other / name)
    found = GrowingRuns([tmp_path / "watched"]).changes(0)
    assert found["runs"] == []
    assert "leads out of its folder" in found["watched"][0]["message"]


def test_a_link_to_a_run_elsewhere_is_not_followed(tmp_path: Path, tables) -> None:
    other = write_run(tmp_path / "other", tables)
    (tmp_path / "watched").mkdir()
    (tmp_path / "watched" / "run").symlink_to(other)
    found = GrowingRuns([tmp_path / "watched"]).changes(0)
    assert found["runs"] == []
    assert "leads out of" in found["watched"][0]["message"]
    named = GrowingRuns([tmp_path / "watched" / "run"]).changes(0)
    assert [run["name"] for run in named["runs"]] == ["other"]


@pytest.mark.parametrize("run_id", ["../other", "/", "..", ".", "", "a\\b"])
def test_a_study_names_no_run_elsewhere(tmp_path: Path, tables, run_id: str) -> None:
    write_run(tmp_path / "other", tables)
    study = write_study(tmp_path / "watched" / "study", {"its run": run_id})
    found = GrowingRuns([study]).changes(0)
    assert found["runs"] == []
    assert "which is no name of a folder" in found["watched"][0]["message"]


def test_another_network_keeps_its_members_out(tmp_path: Path, tables) -> None:
    """Runs of other configurations are told apart by their keys, not by their places."""
    for name in ("a", "b"):
        write_run(tmp_path / name, tables, replace(CONFIG, seed=ord(name)))
    found = GrowingRuns([tmp_path]).changes(0)
    assert len({run["key"] for run in found["runs"]}) == 2
