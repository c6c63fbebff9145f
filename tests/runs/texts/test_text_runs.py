"""Runs on text: kept, resumed with the same bits, refused where they do not fit."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from infoplane.errors import InfoplaneError
from infoplane.language.blocks import TextConfig
from infoplane.language.canaries.making import CanaryConfig
from infoplane.language.training import GPTTraining, LanguageTraining
from infoplane.runs.storage.files import read_json
from infoplane.runs.storage.folder import RunFolder
from infoplane.runs.storage.verifying import verdict
from infoplane.runs.texts import measuring
from infoplane.runs.texts import run as texts
from infoplane.runs.texts.config import GPTConfig, TextRunConfig
from infoplane.runs.texts.run import TextRun, read_text, run_text

TABLES = ("training", "learned", "positions", "memorized", "canaries")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "sums.txt"
    sums = (f"{a} and {b} are {a + b}, all told" for a in range(15) for b in range(10))
    path.write_text("\n\n".join(sums))
    return path


@pytest.fixture(scope="module")
def config(file: Path) -> TextRunConfig:
    return TextRunConfig(
        text=TextConfig(str(file), length=12, held_out=0.3),
        network=GPTConfig(layers=1, width=16, heads=2),
        training=GPTTraining(steps=20, batch=8, learning_rate=1e-2),
        canaries=CanaryConfig(count=12, tokens=3, least=5),
        blocks=100,
        looks=3,
        members=2,
        device="cpu",
    )


@pytest.fixture(scope="module")
def run(config: TextRunConfig, tmp_path_factory: pytest.TempPathFactory) -> TextRun:
    return run_text(config, out=tmp_path_factory.mktemp("runs") / "text")


def test_a_folder_holds_configuration_tables_and_weights(run: TextRun) -> None:
    names = {path.name for path in run.path.iterdir() if path.name[0] != "."}
    tables = {f"{name}.parquet" for name in TABLES}
    assert names == {*tables, "manifest.json", "text.json", "status.json", "weights.safetensors"}
    assert run.record["train_blocks"] == 100
    assert run.record["alphabet"] >= 10
    assert read_text(run.path) == run
    assert read_json(run.path / "status.json")["state"] == "complete"


def test_losses_are_of_text_and_of_canaries_by_how_often_they_were_seen(run: TextRun) -> None:
    table = run.read("training")
    assert sorted(table["step"].unique()) == [0, 10, 20]
    assert set(table["subset"]) == {"train", "test", "canary"}
    assert sorted(table.loc[table["subset"] == "canary", "times"].unique()) == [0, 1, 4, 16]
    assert table.loc[table["step"] == 0, "loss"].between(7.5, 8.6).all()  # log2 257
    of_text = table[(table["subset"] == "train") & (table["member"] == 1)]
    assert of_text["loss"].is_monotonic_decreasing


def test_canaries_have_position_context_and_frequency(run: TextRun) -> None:
    table = run.read("canaries")
    assert len(table) == 2 * 12 * 3
    assert table["position"].unique().tolist() == [1, 2, 3]
    assert (table["context"] == 8 + table["position"]).all()
    assert (table["frequency"] >= 5).all()
    assert (table.groupby("canary")["seen"].mean() == 0.5).all()
    assert table["rank"].between(1, run.record["alphabet"]).all()
    positions = run.read("positions")
    counts = [positions[f"frequency_{order}"] for order in (1, 2, 3)]
    for order, (often, longer) in enumerate(itertools.pairwise(counts), start=1):
        assert (longer <= often).all()  # where the longer one is, the shorter one is
        assert ((longer < 0) == (positions["position"] < order)).all()
    for name in ("learned", "positions", "memorized"):
        assert sorted(run.read(name)["member"].unique()) == [0, 1]


def test_what_is_done_is_returned(run: TextRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_Session", pytest.fail)
    assert run_text(run.config, out=run.path) == run


@pytest.mark.parametrize("killed_at", [7, 20])
def test_killed_it_goes_on_to_the_same_tables(
    run: TextRun, killed_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, finish = LanguageTraining.update, texts._Session._finish

    def dying(training: LanguageTraining) -> object:
        if training.step == killed_at:
            raise KeyboardInterrupt
        return update(training)

    def dying_late(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(texts, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(LanguageTraining, "update", dying)
    if killed_at == 20:
        monkeypatch.setattr(texts._Session, "_finish", dying_late)
    with pytest.raises(KeyboardInterrupt):
        run_text(run.config, out=tmp_path / "run")
    monkeypatch.setattr(LanguageTraining, "update", update)
    monkeypatch.setattr(texts._Session, "_finish", finish)
    again = run_text(run.config, out=tmp_path / "run")
    for name in TABLES:
        pd.testing.assert_frame_equal(again.read(name), run.read(name))
    weights = [path / "weights.safetensors" for path in (again.path, run.path)]
    assert weights[0].read_bytes() == weights[1].read_bytes()


@pytest.mark.parametrize("damage", [lambda _: b"no parquet", lambda table: table + b" "])
def test_a_damaged_table_is_measured_again(
    run: TextRun, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    config = dataclasses.replace(run.config, canaries=None, members=1)
    first = run_text(config, out=tmp_path / "run")
    table = first.read("training")
    assert verdict(RunFolder(first.path)) == "verified: 4 files"
    path = first.path / "training.parquet"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InfoplaneError, match="has changed since it was written"):
        first.read("training")
    pd.testing.assert_frame_equal(run_text(config, out=first.path).read("training"), table)
    assert not (first.path / "memorized.parquet").exists()


def test_folders_of_something_else_are_refused(run: TextRun, tmp_path: Path) -> None:
    other = dataclasses.replace(run.config, seed=1)
    with pytest.raises(InfoplaneError, match="holds another run on text"):
        run_text(other, out=run.path)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InfoplaneError, match=r"no folder of a run on text \(it holds 'mine.txt'\)"):
        run_text(other, out=tmp_path)


def test_a_text_that_has_changed_is_refused(
    config: TextRunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "text.txt"
    file.write_text(Path(config.text.text).read_text())
    own = dataclasses.replace(config, text=dataclasses.replace(config.text, text=str(file)))
    monkeypatch.setattr(texts._Session, "go", lambda session: None)
    run_text(own, out=tmp_path / "run")
    file.write_text(file.read_text().replace("and", "plus"))
    with pytest.raises(InfoplaneError, match="holds a run on another text than"):
        run_text(own, out=tmp_path / "run")


def test_tables_that_are_not_there_are_said(run: TextRun) -> None:
    with pytest.raises(InfoplaneError, match="has no table 'weights'"):
        run.read("weights")
    plain = dataclasses.replace(run.config, canaries=None)
    given = measuring.material(plain)
    assert given.blocks[0] is given.real
    with pytest.raises(InfoplaneError, match="the run has no canaries"):
        measuring.measured(None, given, 0)


def test_a_loss_that_is_not_finite_is_kept_in_the_status(
    config: TextRunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverged(_: LanguageTraining) -> None:
        raise InfoplaneError("the loss is nan")

    monkeypatch.setattr(LanguageTraining, "update", diverged)
    with pytest.raises(InfoplaneError, match="the loss is nan"):
        run_text(config, out=tmp_path / "run")
    status = read_json(tmp_path / "run" / "status.json")
    assert (status["state"], status["message"]) == ("failed", "the loss is nan")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"members": 3, "canaries": CanaryConfig()}, "members is 3; give an even number"),
        ({"members": 0}, "members is 0; give 1 or more"),
        ({"looks": 1}, "looks is 1; give 2 or more"),
        ({"blocks": 0}, "blocks is 0; give 1 or more"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict, match: str) -> None:
    with pytest.raises(InfoplaneError, match=match):
        TextRunConfig(**options)


def test_sizes_follow_the_text_and_ids_the_rest() -> None:
    assert GPTConfig(width=96).size(vocabulary=7, length=5).heads == 3
    with pytest.raises(InfoplaneError, match="multiple of the heads"):
        GPTConfig(width=40, heads=3)
    configs = TextRunConfig(), TextRunConfig(seed=1), TextRunConfig(device="cpu")
    assert configs[0].id == configs[2].id != configs[1].id
    assert TextRunConfig(looks=3).look_steps == [0, 500, 1000]
