"""From folders to a page: what is found, what is refused, and how it was made."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import tyro

from infoplane.cli import main
from infoplane.commands.reproduce import ReproduceCommand
from infoplane.commands.run import RunCommand
from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.page import write_report, write_report_beside
from infoplane.page.made import run_command
from infoplane.runs.config import RunConfig
from infoplane.runs.described import describe
from infoplane.runs.per_member import EachConfig
from infoplane.runs.storage.folder import RunFolder
from infoplane.training.config import TrainingConfig

from .run_folders import CONFIG, write_run, write_study


def test_a_study_with_its_runs_under_its_names(tmp_path: Path, tables, read) -> None:
    write_run(tmp_path / CONFIG.id, tables)
    write_run(tmp_path / "another", tables, replace(CONFIG, seed=3))
    study = write_study(tmp_path / "memorizing-quick", {"random labels": CONFIG.id})
    for named, runs in ((study, ["random labels"]), (tmp_path, ["random labels", "another"])):
        path = write_report([named])
        assert path == named / "report.html"
        page = read(path)
        assert [run["name"] for run in page["runs"]] == runs
        (shown,) = page["studies"]
        (claim,) = shown["claims"]
        assert claim["published"] == "1.5 bits"
        assert claim["measured"] == "1.7 ± 0.1 bits"
        assert claim["values"] == [1.6, 1.8]
        assert (claim["null"], claim["refuted_by"]) == ("0 bits", "M inside its null")
        words = shlex.split(shown["command"])
        assert words[:3] == ["infoplane", "reproduce", "memorizing"]
        again = tyro.cli(ReproduceCommand, args=words[2:])
        assert (again.data, again.members, again.seed) == ("digits", 2, 0)


def test_several_runs_go_where_they_are_asked_to(tmp_path: Path, tables, read, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    runs = [write_run(tmp_path / name, tables) for name in ("a", "b")]
    assert write_report([*runs, runs[0]]) == Path("report.html")
    path = write_report(runs, out=tmp_path / "deep" / "page.html")
    assert [run["name"] for run in read(path)["runs"]] == ["a", "b"]


def test_what_was_run_in_a_few_words() -> None:
    each = EachConfig(own_data=True, rates=(0.5, 0.0))
    config = RunConfig(data=DataConfig(labels="flipped"), each=each, members=2)
    assert describe(config) == "digits, flipped labels at rate 0–0.5 · 2 networks, " + (
        config.network.name
    )
    assert describe(RunConfig()).startswith("digits, true labels · 1 network, ")
    noise = RunConfig(data=DataConfig(labels="permuted", pixels="gaussian"))
    assert describe(noise).startswith("digits, gaussian pixels, permuted labels at rate 1 · ")


def test_the_same_runs_give_the_same_page(run: Path) -> None:
    assert write_report([run]).read_bytes() == write_report([run]).read_bytes()


def test_how_it_was_made(run: Path, read) -> None:
    made = read(write_report([run]))["runs"][0]["made"]
    assert made["command"] == "infoplane run --members 2"
    assert made["fingerprint"] == "f1ngerpr1nt"
    assert made["versions"]["torch"] == "2.13.0"
    assert made["seconds"] == {"training": 2.5, "observing": 1.25}
    assert {"key": "members", "value": "2", "changed": True} in made["config"]
    assert {"key": "data.name", "value": "digits", "changed": False} in made["config"]


@pytest.mark.parametrize(
    "config",
    [
        RunConfig(),
        RunConfig(data=DataConfig(name="me/set of mine", labels="flipped", rate=0.1, whiten=True)),
        RunConfig(data=DataConfig(labels="matrix", transition=(0.9, 0.1, 0.25, 0.75))),
        RunConfig(network=NetworkConfig(preset="mlp-1x512")),
        RunConfig(network=NetworkConfig(preset="mlp-1x512", widths=(6, 4), bias=False)),
        RunConfig(network=NetworkConfig(widths=(6,), activation="relu", batch_norm=True)),
        RunConfig(training=TrainingConfig(batch_size=20, learning_rate=1e-5, patience=3)),
        RunConfig(members=2, seed=7, each=EachConfig(own_data=True, learning_rates=(0.1, 1e-6))),
    ],
)
def test_the_command_makes_the_same_run(config: RunConfig) -> None:
    words = shlex.split(run_command(config))
    assert words[:2] == ["infoplane", "run"]
    assert tyro.cli(RunCommand, args=words[2:]).config.id == config.id


def test_a_run_that_goes_on_shows_what_there_is(run: Path, read) -> None:
    RunFolder(run).write_status("running", 3)
    for table in ("examples", "seconds"):
        (run / f"{table}.parquet").unlink()
    shown = read(write_report([run]))["runs"][0]
    assert shown["examples"] is None
    assert shown["made"]["state"] == "running"


def test_a_run_without_memorization(tmp_path: Path, tables, read) -> None:
    rows = tables["measurements"]
    kept = {"measurements": rows[rows.estimator == "bins"]}
    shown = read(write_report([write_run(tmp_path / "r", tables | kept)]))["runs"][0]
    assert shown["memorized"] is None
    assert len(shown["planes"]) == 2


def test_a_run_without_bins(tmp_path: Path, tables, read) -> None:
    rows = tables["measurements"]
    kept = {"measurements": rows[rows.estimator != "bins"]}
    shown = read(write_report([write_run(tmp_path / "r", tables | kept)]))["runs"][0]
    assert shown["planes"] == {}
    assert shown["memorized"]["rows"] > 0


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: (p / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda p: (p / "config.json").write_text('{"config": 3}'), "is no configuration of a run"),
        (lambda p: (p / "status.json").write_text("[]"), "holds no JSON object"),
        (lambda p: (p / "training.parquet").write_bytes(b"PAR1"), "training.parquet cannot be"),
        (lambda p: (p / "examples.parquet").unlink(), "examples.parquet cannot be read"),
        (lambda p: (p / "measurements.parquet").unlink(), "has no measurements (it is complete)"),
        (lambda p: _without(p, "measurements", "bits"), "measurements.parquet lacks the columns b"),
        (lambda p: _without(p, "examples", "loss"), "lacks the columns loss; it was not written"),
        (lambda p: _emptied(p, "training"), "the training table is empty"),
    ],
)
def test_a_damaged_run_is_one_clear_error(run: Path, damage, message: str) -> None:
    damage(run)
    with pytest.raises(InfoplaneError) as caught:
        write_report([run])
    assert message in str(caught.value)
    assert not (run / "report.html").exists()


def test_what_has_ended_well_stays_so_without_its_page(run: Path, capsys) -> None:
    assert write_report_beside(run) == run / "report.html"
    (run / "training.parquet").write_bytes(b"PAR1")
    assert write_report_beside(run) is None
    assert "no report.html was written: " in capsys.readouterr().err


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match="no run was named"):
        write_report([])
    with pytest.raises(InfoplaneError, match="there is no folder"):
        write_report([tmp_path / "nowhere"])
    with pytest.raises(InfoplaneError, match="holds no runs"):
        write_report([tmp_path])
    with pytest.raises(InfoplaneError, match="is a URL"):
        write_report(["memory://far/run"])
    study = write_study(tmp_path / "study", {"lost": "0123456789ab"})
    with pytest.raises(InfoplaneError, match=r"has its run 'lost' in .*, where there is none"):
        write_report([study])
    (study / "claims.json").write_text('{"runs": []}')
    with pytest.raises(InfoplaneError, match="holds no claims of a study"):
        write_report([study])


def _without(path: Path, name: str, column: str) -> None:
    folder = RunFolder(path)
    folder.write(name, pd.read_parquet(path / f"{name}.parquet").drop(columns=column))


def _emptied(path: Path, name: str) -> None:
    folder = RunFolder(path)
    folder.write(name, folder.read(name)[:0])


def test_the_command_line(run: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.argv", ["infoplane", "report", str(run)])
    main()
    assert capsys.readouterr().out.strip() == str(run / "report.html")
    (run / "config.json").write_text("{")
    monkeypatch.setattr("sys.argv", ["infoplane", "report", str(run)])
    with pytest.raises(SystemExit, match="2"):
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("infoplane: ")
    assert "config.json cannot be read" in line
