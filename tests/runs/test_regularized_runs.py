"""Runs of convolutional and regularized networks: observed, stopped early, killed and resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from interrupting import interrupted
from safetensors.torch import load_file

from infoplane.data.config import DataConfig
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs import session
from infoplane.runs.analyses.rewinding import rewound
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.own_data import load_members, load_with_held_out
from infoplane.runs.run import Run, run
from infoplane.runs.storage.folder import RunFolder
from infoplane.training.config import TrainingConfig

TABLES = ("measurements", "training", "dynamics", "examples")
CONFIG = RunConfig(
    data=DataConfig("digits", train_size=40, test_size=30, labels="flipped", rate=0.4),
    network=NetworkConfig(preset="inception", dropout=0.2),
    training=TrainingConfig(
        epochs=40,
        batch_size=20,
        optimizer="sgd",
        learning_rate=0.05,
        augmentation="crop",
        label_smoothing=0.1,
        patience=2,
    ),
    observing=ObservingConfig(schedule="every", every=2, layers=("conv1", "pool12", "logits")),
    memorization=MemorizationConfig(
        decoder="knn", permutations=2, keep_weights=True, probe_size=30, k=5
    ),
    members=2,
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(CONFIG, out=tmp_path_factory.mktemp("regularized") / "run")


def test_the_epoch_it_stopped_in_is_looked_at(finished: Run) -> None:
    status = RunFolder(finished.path).status()
    last = status["epoch"]
    assert last < 40
    assert status["state"] == "complete"
    assert status["message"].startswith("stopped: the held-out loss had not fallen for 2 epochs")
    for table in ("measurements", "training", "dynamics"):
        assert getattr(finished, table)["epoch"].max() == last
    assert len(finished.examples) == 2 * (36 + 30)
    assert finished.examples["aum"].notna().sum() == 2 * 36


def test_wide_layers_are_measured(finished: Run) -> None:
    m = finished.measurements
    widths = m.groupby("layer")["width"].unique().to_dict()
    assert {layer: list(width) for layer, width in widths.items()} == {
        "conv1": [96 * 64],
        "pool12": [336],
        "logits": [10],
    }
    assert set(m["quantity"]) >= {"I(X;T)", "I(T;Y)", "I(T;Ỹ)", "I(T;Ỹ|Y)"}
    assert (m["bits"] <= m["ceiling"] + 1e-9).all()


def test_the_held_out_part_is_trained_on_by_none() -> None:
    (parts,), (held,) = load_with_held_out(CONFIG)
    (whole,) = load_members(replace(CONFIG, training=replace(CONFIG.training, patience=None)))
    assert not set(held.ids.tolist()) & set(parts[0].ids.tolist())
    assert len(held) + len(parts[0]) == len(whole[0]) == 40
    assert torch.equal(whole[1].ids, parts[1].ids)


def test_observation_does_not_change_weights_or_statistics(finished: Run, tmp_path: Path) -> None:
    blind = replace(
        CONFIG,
        observing=ObservingConfig(schedule="every", every=1000, layers=("logits",)),
        memorization=MemorizationConfig(decoder="none", examples="never"),
    )
    other = run(blind, out=tmp_path / "run").path / "weights.safetensors"
    assert other.read_bytes() == (finished.path / "weights.safetensors").read_bytes()
    weights = load_file(other)
    assert weights["conv1.one.1.running_mean"].shape == (2, 96)


def test_killed_it_ends_with_the_same_bits(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    interrupted(monkeypatch, 14, lambda: run(CONFIG, out=tmp_path / "run"))
    run(CONFIG, out=tmp_path / "run")
    for name in (*(f"{table}.parquet" for table in TABLES), "weights.safetensors", "status.json"):
        assert (tmp_path / "run" / name).read_bytes() == (finished.path / name).read_bytes(), name


def test_killed_after_its_last_checkpoint_it_keeps_the_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The epoch it stopped in is then neither trained nor looked at again."""
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    config = replace(CONFIG, network=NetworkConfig(widths=(8,)), observing=ObservingConfig())
    undisturbed = run(config, out=tmp_path / "undisturbed").path

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("infoplane.runs.session.Session._finish", stop)
        with pytest.raises(KeyboardInterrupt):
            run(config, out=tmp_path / "run")
    run(config, out=tmp_path / "run")
    for name in (*(f"{table}.parquet" for table in TABLES), "status.json"):
        assert (tmp_path / "run" / name).read_bytes() == (undisturbed / name).read_bytes(), name


def test_convolutional_layers_are_rewound(tmp_path: Path) -> None:
    short = replace(CONFIG.training, epochs=1, patience=None)
    config = replace(CONFIG, network=NetworkConfig(preset="alexnet"), training=short)
    config = replace(config, observing=ObservingConfig())
    finished = run(config, out=tmp_path / "run")
    table = rewound(finished)
    assert list(table["layer"].unique()) == ["conv1", "conv2", "fc3", "fc4", "logits"]
    end = finished.training[finished.training["epoch"] == 1]
    for member in range(2):
        own = end[(end["subset"] == "train") & (end["member"] == member)]
        last = table[(table["epoch"] == 1) & (table["member"] == member)]
        seen = last[last["quantity"] == "seen accuracy"]["value"]
        assert seen.to_numpy() == pytest.approx(float(own["accuracy"].iloc[0]))


def test_it_stops_once_an_accuracy_is_reached(tmp_path: Path) -> None:
    config = replace(
        CONFIG,
        network=NetworkConfig(widths=(64,), activation="relu", batch_norm=True),
        training=TrainingConfig(epochs=200, batch_size=20, stop_at_accuracy=0.9),
        observing=ObservingConfig(schedule="every", every=1000),
    )
    finished = run(config, out=tmp_path / "run")
    status = RunFolder(finished.path).status()
    assert 1 < status["epoch"] < 200
    assert "accuracy 0.9 was reached in epoch" in status["message"]
    assert sorted(finished.training["epoch"].unique()) == [0, status["epoch"]]


def test_layers_too_wide_to_be_decoded_are_sketched(finished: Run) -> None:
    m = finished.measurements
    decoded = m[m["quantity"] == "I(T;Ỹ|Y)"].groupby("layer")[["resolution", "width"]].first()
    assert decoded.loc["conv1", "resolution"] == "k ≤ 5, 2 folds, sketch of 4,096 units"
    assert decoded.loc["pool12", "resolution"] == "k ≤ 5, 2 folds"
    assert decoded["width"].to_dict() == {"conv1": 96 * 64, "logits": 10, "pool12": 336}
