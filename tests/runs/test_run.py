"""A run from end to end: its tables, its resuming bit for bit, its failures."""

from __future__ import annotations

import math
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from interrupting import interrupted
from safetensors.torch import load_file

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs import run as running
from infoplane.runs import session
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run, run
from infoplane.runs.storage.files import read_json
from infoplane.runs.storage.folder import CHECKPOINT, RunFolder
from infoplane.scores import SCORES
from infoplane.tables import EXAMPLES, MEASUREMENTS, TRAINING
from infoplane.training.config import TrainingConfig

TINY = RunConfig(
    data=DataConfig("digits", train_size=100, test_size=50, labels="permuted"),
    network=NetworkConfig(widths=(8, 5)),
    training=TrainingConfig(epochs=12, batch_size=40, learning_rate=0.01),
    observing=ObservingConfig(schedule="every", every=3),
    memorization=MemorizationConfig(decoder="knn", permutations=1, looks=2),
    members=2,
)
BITWISE = (
    *(
        f"{table}.parquet"
        for table in ("measurements", "training", "dynamics", "examples", "histories")
    ),
    "weights.safetensors",
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(TINY, out=tmp_path_factory.mktemp("finished") / "run")


def same_bytes(a: Path, b: Path) -> bool:
    return all((a / name).read_bytes() == (b / name).read_bytes() for name in BITWISE)


def test_tables(finished: Run) -> None:
    measurements, training, examples = finished.measurements, finished.training, finished.examples
    assert list(measurements.columns) == list(MEASUREMENTS)
    assert list(training.columns) == list(TRAINING)
    assert list(examples.columns) == list(EXAMPLES)
    assert sorted(measurements["epoch"].unique()) == [0, 3, 6, 9, 12]
    assert (measurements["step"] == measurements["epoch"] * 3).all()
    assert set(measurements["layer"]) == {"input", "layer1", "layer2", "logits"}
    key = ["member", "epoch", "layer", "subset", "quantity", "estimator"]
    assert not measurements.duplicated(key).any()
    assert (measurements["bits"] <= measurements["ceiling"] + 1e-9).all()
    assert set(training["subset"]) == {"train", "clean", "corrupted", "test"}
    assert len(examples) == 2 * 150
    dynamics = finished.dynamics
    assert sorted(dynamics["epoch"].unique()) == list(range(1, 13))
    scores = examples[examples["subset"] == "train"]
    assert scores[[s.name for s in SCORES]].notna().all(axis=None)
    on_train = examples[(examples["subset"] == "train") & (examples["member"] == 0)]
    end = training[(training["epoch"] == 12) & (training["member"] == 0)].set_index("subset")
    hits = on_train["prediction"] == on_train["seen_label"]
    assert hits.mean() == pytest.approx(end.loc["train", "accuracy"])
    assert on_train["loss"].mean() == pytest.approx(end.loc["train", "loss"])


def test_folder(finished: Run) -> None:
    content = read_json(finished.path / "config.json")
    assert content["id"] == TINY.id
    assert set(content) == {"id", "config", "data_fingerprint", "label_noise", "versions"}
    (noise,) = content["label_noise"]
    on_train = finished.examples[finished.examples["subset"] == "train"]
    assert noise["rate"] == pytest.approx(on_train["corrupted"].mean())
    assert noise["entropy"] == pytest.approx(math.log2(10), abs=0.01)
    assert RunFolder(finished.path).status()["state"] == "complete"
    weights = load_file(finished.path / "weights.safetensors")
    assert weights["layer1.weight"].shape == (2, 8, 64)
    assert not (finished.path / CHECKPOINT).exists()
    assert pd.read_parquet(finished.path / "seconds.parquet")["observing"].gt(0).all()


def test_a_finished_run_is_returned(finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "Session", None)  # would fail if anything were trained
    assert run(TINY, out=finished.path).measurements.equals(finished.measurements)


def test_observation_does_not_change_training(finished: Run, tmp_path: Path) -> None:
    blind = replace(TINY, observing=ObservingConfig(schedule="every", every=1000))
    other = run(blind, out=tmp_path / "run").path / "weights.safetensors"
    assert other.read_bytes() == (finished.path / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("writes", range(1, 22, 2))
def test_killed_at_any_write_it_ends_with_the_same_bits(
    finished: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    writes: int,
) -> None:
    """The process dies just before its n-th file is moved into place."""
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    interrupted(monkeypatch, writes, lambda: run(TINY, out=tmp_path / "run"))
    (tmp_path / "run" / ".training.parquet.abc.tmp").write_text("left by a killed process")
    kept = tmp_path / "run" / CHECKPOINT
    epoch = torch.load(kept, weights_only=True)["epoch"] if kept.exists() else 0
    run(TINY, out=tmp_path / "run")
    assert (f"goes on from epoch {epoch}" in capsys.readouterr().err) == (epoch > 0)
    assert (epoch > 0) == (writes > 10)  # the first checkpoint is the tenth file
    assert same_bytes(tmp_path / "run", finished.path)
    assert not list((tmp_path / "run").glob(".*.tmp"))


SCRIPT = """
import sys
from pathlib import Path
from infoplane.runs import run as running
from infoplane.runs import session
from infoplane.runs.config import from_dict
import json
session.CHECKPOINT_SECONDS = 0.0
running.run(from_dict(json.loads(sys.argv[1])), out=Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_killed_for_real_it_goes_on(tmp_path: Path) -> None:
    import json

    from infoplane.runs.config import to_dict

    config = replace(TINY, training=replace(TINY.training, epochs=40))
    out, chance = tmp_path / "run", random.Random(0)
    arguments = [sys.executable, "-c", SCRIPT, json.dumps(to_dict(config)), str(out)]
    before = 0.0
    for _ in range(2):
        process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
        while process.poll() is None and written(out / CHECKPOINT) <= before:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it had ended before it was killed"
        before = written(out / CHECKPOINT)
        assert before > 0
    last = subprocess.run(arguments, check=True, stderr=subprocess.PIPE, text=True)
    resumed = re.search(r"goes on from epoch (\d+)", last.stderr)
    assert resumed is not None
    assert int(resumed[1]) > 0
    undisturbed = run(config, out=tmp_path / "undisturbed")
    assert same_bytes(out, undisturbed.path)


def written(path: Path) -> float:
    """When a file was written, 0 where there is none."""
    return path.stat().st_mtime if path.exists() else 0.0


@pytest.mark.parametrize("damage", ["half", "empty"])
def test_a_damaged_checkpoint_is_computed_again(
    finished: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: str,
) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("infoplane.runs.session.Session._finish", stop)
        with pytest.raises(KeyboardInterrupt):
            run(TINY, out=tmp_path / "run")
    path = tmp_path / "run" / CHECKPOINT
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if damage == "half" else b"")
    run(TINY, out=tmp_path / "run")
    said = capsys.readouterr().err
    assert "begins again, as" in said
    assert "goes on" not in said
    assert same_bytes(tmp_path / "run", finished.path)


def test_a_damaged_table_of_a_finished_run_is_computed_again(finished: Run, tmp_path: Path) -> None:
    path = run(TINY, out=tmp_path / "run").path
    (path / "training.parquet").write_bytes(b"PAR1")
    run(TINY, out=path)
    assert same_bytes(path, finished.path)


@pytest.mark.parametrize(
    ("every", "message"),
    [(1, "layer 'layer1' at epoch 1: "), (1000, "the loss of member 0 became")],
)
def test_divergence_keeps_what_was_measured(tmp_path: Path, every: int, message: str) -> None:
    config = replace(
        TINY,
        network=replace(TINY.network, activation="relu"),
        training=TrainingConfig(epochs=50, optimizer="sgd", learning_rate=1e30),
        observing=ObservingConfig(schedule="every", every=every),
        memorization=MemorizationConfig(examples="never"),
    )
    with pytest.raises(InfoplaneError, match=message):
        run(config, out=tmp_path / "run")
    status = RunFolder(tmp_path / "run").status()
    assert status["state"] == "failed"
    assert re.search(message, status["message"])
    assert 0 in set(RunFolder(tmp_path / "run").read("measurements")["epoch"])


def test_refusals(finished: Run, tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match="holds another run"):
        run(replace(TINY, seed=5), out=finished.path)
    unknown = replace(TINY, observing=ObservingConfig(layers=("layer9",)))
    with pytest.raises(InfoplaneError, match="no layer 'layer9'"):
        run(unknown, out=tmp_path / "unknown")
    (tmp_path / "file").write_text("")
    with pytest.raises(InfoplaneError, match="is a file; choose a folder"):
        run(TINY, out=tmp_path / "file")


def test_while_it_runs_the_status_says_where_it_went_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(session, "STATUS_SECONDS", math.inf)  # writes by the clock are not counted
    interrupted(monkeypatch, 14, lambda: run(TINY, out=tmp_path / "run"))
    interrupted(monkeypatch, 3, lambda: run(TINY, out=tmp_path / "run"))
    status = RunFolder(tmp_path / "run").status()
    assert status["state"] == "running"
    assert status["resumed"] > 0
