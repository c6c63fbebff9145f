"""What is followed every epoch, against what is known of it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.dynamics import Dynamics, reference_log2_p
from infoplane.runs.run import Run, run
from infoplane.training.config import TrainingConfig

CONFIG = RunConfig(
    data=DataConfig("digits", train_size=100, test_size=50, labels="resampled", rate=1.0),
    network=NetworkConfig(widths=(128,), activation="relu"),
    training=TrainingConfig(epochs=150, learning_rate=0.01, batch_size=50),
    observing=ObservingConfig(schedule="every", every=200),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(CONFIG, out=tmp_path_factory.mktemp("dynamics") / "run")


def test_a_network_that_fits_random_labels_holds_all_their_bits(finished: Run) -> None:
    wide = finished.dynamics.pivot_table(index="epoch", columns="quantity", values="value")
    end = wide.iloc[-1]
    train, _ = load(CONFIG.data, CONFIG.seed)
    p = torch.bincount(train.seen_labels).double() / 100
    entropy = float(torch.special.entr(p).sum()) / math.log(2)
    assert end["label bits"] == pytest.approx(entropy, abs=0.05)
    assert (wide["running loss"] + wide["label bits"]).to_numpy() == pytest.approx(entropy)
    assert end["running accuracy"] > 0.95
    assert end["memorized bits"] == pytest.approx(math.log2(10), abs=0.05)
    assert end["memorized bits (mixture)"] == pytest.approx(math.log2(10) - 1, abs=0.15)
    assert end["Fano floor"] > 1.5
    assert end["memorized"] > 0.95
    assert wide["label bits"].iloc[0] < 0.2
    assert (wide["Fano floor"] <= wide["memorized bits"] + 0.2).all()
    shares = wide[["memorized", "recovered", "other"]].sum(axis=1)
    assert shares.to_numpy() == pytest.approx(1)
    parameters = 64 * 128 + 128 + 128 * 10 + 10
    assert end["label bits per parameter"] * parameters == pytest.approx(100 * end["label bits"])


def test_histories_end_where_the_examples_do(finished: Run) -> None:
    histories, examples = finished.histories, finished.examples
    of_training = examples[examples["subset"] == "train"]
    assert histories["id"].tolist() == of_training["id"].tolist()
    first = histories.iloc[0]
    assert first["epochs"][[0, -1]].tolist() == [0, 144]
    confidence = np.stack(histories["confidence"].tolist())
    assert confidence.shape == (100, len(first["epochs"]))
    assert confidence[:, 0].mean() < 0.2 < 0.8 < confidence[:, -1].mean()
    right = np.stack(histories["predictions"].tolist())[:, -1] == of_training["seen_label"]
    assert right.mean() > 0.9


def test_references() -> None:
    def reference(labels: str, rate: float) -> torch.Tensor:
        data = replace(CONFIG.data, labels=labels, rate=rate)
        train, _ = load(data, 0)
        return reference_log2_p(replace(CONFIG, data=data), train)

    assert reference("resampled", 1.0) == pytest.approx(-math.log2(10))
    assert reference("permuted", 1.0) == pytest.approx(-math.log2(10))  # classes are balanced
    for labels in ("resampled", "permuted"):
        assert float(reference(labels, 0.2).mean()) > -3.2, "the inputs tell the clean ones"
    assert len(reference("flipped", 1.0).unique()) > 1, "the inputs tell what is flipped"


def test_runs_that_are_not_followed(tmp_path_factory: pytest.TempPathFactory) -> None:
    quiet = replace(
        CONFIG,
        training=replace(CONFIG.training, epochs=2),
        memorization=MemorizationConfig(examples="never", decoder="none"),
    )
    other = run(quiet, out=tmp_path_factory.mktemp("quiet") / "run")
    assert other.dynamics.empty
    assert other.examples["aum"].isna().all()
    assert not (other.measurements["quantity"] == "I(T;Ỹ|Y)").any()


@pytest.mark.parametrize("batch_size", [None, 20])
def test_what_is_taken_once_an_epoch_is_what_is_taken_at_once(
    batch_size: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a GPU presentations wait there until their epoch ends."""
    config = replace(
        CONFIG,
        network=NetworkConfig(widths=(8,)),
        training=replace(CONFIG.training, epochs=3, batch_size=batch_size),
        observing=ObservingConfig(schedule="log", points=2, layers=("logits",), permutations=2),
        memorization=MemorizationConfig(decoder="none", examples="always"),
        members=2,
    )
    at_once = run(config, out=tmp_path / "at once")
    made = Dynamics.__init__

    def waiting(self: Dynamics, *arguments: Any) -> None:
        made(self, *arguments)
        self.at_once = False

    monkeypatch.setattr(Dynamics, "__init__", waiting)
    once_an_epoch = run(config, out=tmp_path / "once an epoch")
    for table in ("dynamics", "examples", "histories"):
        assert getattr(once_an_epoch, table).equals(getattr(at_once, table)), table
