"""The gallery of a folder of runs: what its cards say, and that nothing is hidden or let in."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from checking import unchecked

from infoplane.commands.gallery import GalleryCommand
from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.figures import learned_memorized_points
from infoplane.figures.film.tracks import memorized_track
from infoplane.page.gallery import write_gallery
from infoplane.page.gallery.reading import read_card
from infoplane.page.gallery.thumbnail import thumbnail
from infoplane.runs.config import RunConfig
from infoplane.runs.storage.files import write_json
from infoplane.runs.storage.folder import RunFolder
from infoplane.runs.watched import Watched, config_of

from .run_folders import CONFIG, HOSTILE, run_tables, write_run, write_study

NAME = "a & b's <run>"


def noisy(rate: float, seed: int = 0) -> RunConfig:
    return replace(CONFIG, seed=seed, data=DataConfig(labels="resampled", rate=rate))


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs that ended well, failed, go on, are not begun, and two that are damaged."""
    folder = tmp_path_factory.mktemp("runs")
    tables = run_tables(epochs=(0, 20, 80))
    rows = tables["measurements"]
    bins = tables | {"measurements": rows[rows.estimator == "bins"]}
    write_run(folder / "good", tables, noisy(0.4))
    (folder / "good" / "report.html").write_text("<title>a report</title>")
    write_run(folder / NAME, bins, noisy(0.1, 1))
    (folder / NAME / "report.html").write_text("<title>another</title>")
    write_run(folder / "failing", tables, noisy(0.4, 2))
    RunFolder(folder / "failing").write_status("failed", 3, HOSTILE)
    write_run(folder / "going-on", {}, noisy(0.8, 3))
    RunFolder(folder / "going-on").write_status("running", 0)
    write_run(folder / "no-config", tables)
    (folder / "no-config" / "config.json").write_text("{")
    write_run(folder / "no-table", tables, noisy(0.4, 4))
    (folder / "no-table" / "measurements.parquet").write_bytes(b"nothing")
    own = Watched(id="w", model=HOSTILE, parameters=12, labels="seen", rate=0.2)
    write_run(folder / "own", tables, config_of(own))
    write_study(folder / "memorizing-quick", {HOSTILE: "good"})
    (folder / "broken-study").mkdir()
    (folder / "broken-study" / "claims.json").write_text("[]")
    return folder


@pytest.fixture(scope="package")
def gallery(folder: Path) -> Path:
    return write_gallery(folder)


def test_a_card_says_what_was_run_and_how_it_ended(folder: Path) -> None:
    card = read_card(folder / "good")
    points = learned_memorized_points(RunFolder(folder / "good").read("measurements"))
    last = points[(points.epoch == 80) & (points.layer == "layer5")].iloc[0]
    assert card.state == "finished"
    assert card.facts["labels"] == "resampled, rate 0.4"
    assert card.facts["epochs"] == "100 of 100"
    assert card.facts["learned"] == f"{last.learned:.2f} bits in layer5"
    assert card.values["memorized"] == pytest.approx(last.memorized)
    assert card.config["data.rate"] == "0.4"
    training = RunFolder(folder / "good").read("training")
    test = training[(training.subset == "test") & (training.epoch == training.epoch.max())]
    assert card.values["test accuracy"] == pytest.approx(test.true_accuracy.mean())
    bins = read_card(folder / NAME)
    assert {"I(X;T)", "label information"} <= set(bins.facts)


def test_no_run_is_left_out(folder: Path) -> None:
    states = {path.parent.name: read_card(path.parent) for path in folder.glob("*/config.json")}
    assert {name: card.state for name, card in states.items()} == {
        **{"good": "finished", NAME: "finished", "own": "finished", "failing": "failed"},
        **{"going-on": "running or interrupted", "no-config": "damaged", "no-table": "damaged"},
    }
    assert "cannot be read" in states["no-config"].message
    assert "measurements.parquet cannot be read" in states["no-table"].message
    assert states["no-table"].facts["labels"] == "resampled, rate 0.4"
    assert states["going-on"].track is None
    assert states["own"].facts["labels"] == "seen, 20.0% wrong"


def test_names_are_text_and_links_lead_to_reports(gallery: Path) -> None:
    page = gallery.read_text(encoding="utf-8")
    assert HOSTILE not in page
    assert page.count("<script") == 2
    assert 'href="./good/report.html"' in page
    assert 'href="./a%20%26%20b%27s%20%3Crun%3E/report.html"' in page
    assert len(re.findall("href=", page)) == 2
    assert "1 of 1 claims hold" in page
    assert "damaged: " in page
    assert "unsafe" not in page.split("Content-Security-Policy")[1].split(">")[0]


def test_links_start_from_where_the_page_is(folder: Path, tmp_path: Path, capsys) -> None:
    shutil.copytree(folder / "good", tmp_path / "here" / "run")
    GalleryCommand(str(tmp_path / "here"), out=tmp_path / "there" / "page.html")()
    assert capsys.readouterr().out.strip() == str(tmp_path / "there" / "page.html")
    page = (tmp_path / "there" / "page.html").read_text(encoding="utf-8")
    assert 'href="./../here/run/report.html"' in page


def test_a_thumbnail_ends_where_the_run_did() -> None:
    track = memorized_track(run_tables(epochs=(0, 20, 80))["measurements"])
    ends = track.points[track.points.epoch == 80]
    drawn = thumbnail(track)
    assert drawn.count("<polyline") == len(ends)
    assert drawn.count('fill="#fff"') == ends.hollow.sum()
    assert drawn.count("<rect") == 0
    found = re.findall(r'<circle cx="(\d+)" cy="(\d+)"', drawn)
    ways = [int(y) for _, y in found]
    highest = ends.sort_values("depth").memorized.to_numpy().argmax()
    assert ways[highest] == min(ways)
    square = track.points.assign(saturated=True)
    assert thumbnail(replace(track, points=square)).count("<rect") == len(ends)


def test_two_hundred_runs_are_a_few_megabytes_at_most(gallery: Path) -> None:
    page = gallery.read_text(encoding="utf-8")
    cards = page.split('<ol id="cards">')[1].split("</ol>")[0]
    assert len(cards.encode()) / 7 < 10_000  # bytes a card


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match="holds no runs"):
        write_gallery(tmp_path)


def data_of(page: Path) -> dict[str, Any]:
    text = page.read_text(encoding="utf-8").split('id="data">')[1].split("</script>")[0]
    return json.loads(text)


def test_only_the_keys_in_which_runs_differ_are_offered(folder: Path, tmp_path: Path) -> None:
    for name in ("good", "failing"):
        shutil.copytree(folder / name, tmp_path / name)
    assert data_of(write_gallery(tmp_path))["keys"] == ["seed"]
    config = json.loads((tmp_path / "good" / "config.json").read_text())
    write_json(tmp_path / "good" / "config.json", config | {"config": {"data": {"rate": []}}})
    with unchecked():  # as a user runs it
        assert read_card(tmp_path / "good").state == "damaged"
