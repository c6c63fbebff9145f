"""An audit from data to suspects: what it finds, the same bits after an interruption, refusals."""

from __future__ import annotations

import dataclasses
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from infoplane.audit import auditing
from infoplane.audit.auditing import Audited, audit, audit_examples
from infoplane.audit.config import AuditConfig, data_named, network_named
from infoplane.audit.page import page, told
from infoplane.audit.result import CSV, SUMMARY, SUSPECTS, Audit
from infoplane.data.config import DataConfig
from infoplane.data.labels import flip
from infoplane.data.load import load
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.report import print_verified
from infoplane.runs.storage.folder import CHECKPOINT
from infoplane.training.config import TrainingConfig

TRAINING = TrainingConfig(epochs=15, batch_size=64, learning_rate=2e-3, schedule="cosine")
CONFIG = AuditConfig(DataConfig("digits"), NetworkConfig(widths=(64,), activation="relu"), TRAINING)


@pytest.fixture(scope="module")
def noisy() -> tuple[Audited, torch.Tensor]:
    """Digits of which a fifth of the labels is wrong, and which."""
    split, _ = load(DataConfig("digits"), 0)
    draw = torch.Generator().manual_seed(0)
    labels = flip(split.labels, rate=0.2, classes=10, generator=draw)
    names = tuple(f"<b>{i}</b>" for i in range(10))
    found = dataclasses.replace(split, labels=labels, seen_labels=labels)
    return Audited(found, names), labels != split.labels


@pytest.fixture(scope="module")
def audited(
    noisy: tuple[Audited, torch.Tensor], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Audit, Path]:
    folder = tmp_path_factory.mktemp("audit") / "audit"
    return audit_examples(noisy[0], CONFIG, folder), folder


def test_wrong_labels_are_found(
    audited: tuple[Audit, Path], noisy: tuple[Audited, torch.Tensor]
) -> None:
    result, wrong = audited[0], noisy[1].numpy()
    s, table = result.summary, result.suspects[~result.suspects["flipped"]]
    assert s["rate_low"] < wrong.mean() < s["rate_high"]
    assert abs(s["rate"] - wrong.mean()) < 0.05
    is_wrong = wrong[table["id"]]
    assert is_wrong[: wrong.sum()].mean() > 0.85
    suspects = table[table["suspect"]]
    true = load(DataConfig("digits"), 0)[0].labels.numpy()[suspects["id"]]
    right = suspects["suggested"] == np.array(noisy[0].names)[true]
    assert right[wrong[suspects["id"]]].mean() > 0.9
    bits = table["bits_memorized"].to_numpy()
    assert bits[is_wrong].mean() > 3 * bits[~is_wrong].mean()


def test_what_was_flipped_on_purpose_is_said(audited: tuple[Audit, Path]) -> None:
    result = audited[0]
    s, table = result.summary, result.suspects
    assert s["flipped"] == table["flipped"].sum() == 72  # one in twenty of 1,442
    assert s["found_low"] < s["found"] < s["found_high"]
    assert s["found"] > 0.7
    # they are judged by the labels that were given, most of which are right
    flipped = table[table["flipped"]]
    assert flipped["suspect"].mean() < 0.45


def test_the_matrix_is_of_chances(audited: tuple[Audit, Path]) -> None:
    matrix = audited[0].matrix
    assert np.allclose(matrix.groupby("true")["probability"].sum(), 1)
    assert (
        (matrix["low"] <= matrix["probability"]) & (matrix["probability"] <= matrix["high"])
    ).all()


def test_the_same_audit_is_done_once(
    audited: tuple[Audit, Path], noisy: tuple[Audited, torch.Tensor], monkeypatch
) -> None:
    monkeypatch.setattr(auditing, "_Auditing", lambda *_: pytest.fail("computed again"))
    again = audit_examples(noisy[0], CONFIG, audited[1])
    assert again.suspects.equals(audited[0].suspects)
    assert again.summary == audited[0].summary


@pytest.mark.parametrize("damaged", [False, True])
def test_interrupted_it_goes_on_and_ends_with_the_same_bits(
    audited: tuple[Audit, Path],
    noisy: tuple[Audited, torch.Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damaged: bool,
) -> None:
    monkeypatch.setattr(auditing, "CHECKPOINT_SECONDS", 0)
    end, calls = auditing.Presentations.end_epoch, []

    def interrupt(self) -> None:
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        end(self)

    with monkeypatch.context() as patch:
        patch.setattr(auditing.Presentations, "end_epoch", interrupt)
        with pytest.raises(KeyboardInterrupt):
            audit_examples(noisy[0], CONFIG, tmp_path / "a")
    if damaged:
        (tmp_path / "a" / CHECKPOINT).write_bytes(b"nothing")
    again = audit_examples(noisy[0], CONFIG, tmp_path / "a")
    assert again.suspects.equals(audited[0].suspects)
    said = capsys.readouterr().err
    assert ("begins again" in said) if damaged else ("goes on from epoch 5" in said)
    assert not (tmp_path / "a" / CHECKPOINT).exists()


@pytest.mark.parametrize("table", [SUSPECTS, CSV, SUMMARY])
def test_a_changed_file_is_named_and_computed_again(
    audited: tuple[Audit, Path],
    noisy: tuple[Audited, torch.Tensor],
    capsys: pytest.CaptureFixture[str],
    table: str,
) -> None:
    path = audited[1] / table
    assert print_verified(audited[1].parent)
    path.write_bytes(path.read_bytes().replace(b"1", b"2"))
    assert not print_verified(audited[1])
    again = audit_examples(noisy[0], CONFIG, audited[1])
    assert f"audited again, as the folder is damaged: {path} has" in capsys.readouterr().err
    assert again.suspects.equals(audited[0].suspects)
    assert print_verified(audited[1])


def test_the_page_shows_names_as_text(
    audited: tuple[Audit, Path], noisy: tuple[Audited, torch.Tensor]
) -> None:
    shown = page(audited[0], "<i>mine</i>", noisy[0].examples.inputs.numpy())
    assert "<b>3</b></b>" not in shown
    assert "&lt;b&gt;3&lt;/b&gt;" in shown
    assert "Audit of &lt;i&gt;mine&lt;/i&gt;" in shown
    assert shown.count("<img ") == 200
    assert not re.search(r"(src|href)=\"(?!data:)", shown)
    inputs = noisy[0].examples.inputs
    rows = page(audited[0], "mine", inputs.flatten(1).repeat(1, 2)[:, :70].numpy())
    assert "<img" not in rows
    worst = inputs.flatten(1)[int(audited[0].suspects["id"].iloc[0])]
    first = ", ".join(f"{value:.2f}" for value in worst[:64])
    assert f"<summary>its columns</summary>{first} and 6 more</details>" in rows
    assert "its columns" not in page(audited[0], "mine", inputs.flatten(1)[:, :, None].numpy())
    assert len(told(audited[0])) == 3


def test_folders_of_something_else_are_refused(
    audited: tuple[Audit, Path], noisy: tuple[Audited, torch.Tensor], tmp_path: Path
) -> None:
    other = dataclasses.replace(CONFIG, seed=1)
    with pytest.raises(InfoplaneError, match="holds an audit of other data"):
        audit_examples(noisy[0], other, audited[1])
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InfoplaneError, match="is not an audit's folder"):
        audit_examples(noisy[0], CONFIG, tmp_path)


def test_too_few_examples_are_refused(noisy: tuple[Audited, torch.Tensor], tmp_path: Path) -> None:
    few = Audited(noisy[0].examples.select(torch.arange(39)), noisy[0].names)
    with pytest.raises(InfoplaneError, match="39 examples of 10 classes are too few"):
        audit_examples(few, CONFIG, tmp_path / "a")


def test_a_table_of_rows_from_a_file(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    y = np.arange(300) % 3
    seen = np.where(np.arange(300) % 10 == 0, (y + 1) % 3, y)
    table = pd.DataFrame(draw.normal(0, 0.4, (300, 4)), columns=list("abcd"))
    table["a"] += 2 * y
    table.assign(label=np.array(["x", "y", "z"])[seen]).to_csv(tmp_path / "own.csv", index=False)
    config = AuditConfig(data_named(str(tmp_path / "own.csv")), training=TRAINING)
    result = audit(config, tmp_path / "audit")
    worst = result.suspects[~result.suspects["flipped"]].head(20)["id"]
    assert (worst % 10 == 0).mean() > 0.8
    assert result.summary["network"] == "relu 256-256"


def test_what_a_name_means(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_named("mnist") == DataConfig("mnist")
    assert data_named("mnist", root="here") == DataConfig("mnist", root="here")
    assert data_named("owner/set") == DataConfig("owner/set")
    (tmp_path / "mnist").mkdir()
    assert data_named("mnist") == DataConfig("own-mnist", root="mnist")
    with pytest.raises(InfoplaneError, match=r"own.csv is not there; give a folder of images"):
        data_named("own.csv")
    assert network_named("resnet") == NetworkConfig(preset="resnet")
    with pytest.raises(InfoplaneError, match="no network 'renset'; give FILE:FUNCTION"):
        network_named("renset")
    with pytest.raises(InfoplaneError, match=r"flipped is 0.5; give a share"):
        AuditConfig(DataConfig(), flipped=0.5)


@pytest.mark.parametrize(("n", "epochs"), [(60_000, 10), (6400, 16), (500, 40)])
def test_epochs_follow_from_the_number_of_steps(n: int, epochs: int) -> None:
    assert AuditConfig(DataConfig()).training_on(n).epochs == epochs
    assert CONFIG.training_on(n).epochs == 15


def test_images_get_convolutions_and_rows_a_perceptron() -> None:
    config = AuditConfig(DataConfig())
    assert config.network_for((3, 32, 32)).preset == "small-cnn"
    assert config.network_for((1, 4, 4)).hidden_widths == (256, 256)
    assert config.network_for((20,)).hidden_widths == (256, 256)
    own = NetworkConfig(module=f"{__file__}:make")
    there = dataclasses.replace(config, network=own)
    assert there.network_for((3,)) == own
    assert there.id != config.id
    assert math.isclose(config.flipped, 0.01)


def test_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "infoplane.cli", "audit", "digits", "--epochs", "3"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "a")], capture_output=True, text=True, check=True
    )
    assert "of the labels are wrong" in done.stdout
    assert done.stdout.strip().endswith(f"open {tmp_path / 'a' / 'report.html'}")
    files = {p.name for p in (tmp_path / "a").iterdir()}
    assert {"suspects.parquet", "suspects.csv", "noise_matrix.parquet", "report.html"} <= files
    assert (tmp_path / "a" / "figures" / "suspects.png").exists()
    wrong = subprocess.run([*command[:-3], "nothing.csv"], capture_output=True, text=True)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
