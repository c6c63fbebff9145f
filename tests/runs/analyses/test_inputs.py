"""Training inputs as arrays: images within [0, 1] as they are, all others brought there; rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.runs.analyses import inputs as module
from infoplane.runs.analyses.inputs import TrainingInputs, training_images
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run, run
from infoplane.runs.watched import Watched, WatchedConfig
from infoplane.training.config import TrainingConfig

CONFIG = RunConfig(data=DataConfig("digits", train_size=20, test_size=10))


@pytest.mark.parametrize(("scale", "shift"), [(2.0, 0.0), (1.0, -0.5), (0.5, 0.25)])
def test_images_are_within_0_and_1(
    scale: float, shift: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, test = load(CONFIG.data, CONFIG.seed)
    digits = train.inputs
    moved = replace(train, inputs=digits * scale + shift)
    monkeypatch.setattr(module, "load", lambda *_: (moved, test))
    drawn = torch.from_numpy(training_images(Run(CONFIG, tmp_path)))
    lowest, highest = (f(digits[:, 0], dim=(1, 2), keepdim=True) for f in (torch.amin, torch.amax))
    if scale < 1:
        torch.testing.assert_close(drawn, moved.inputs[:, 0])
    else:
        torch.testing.assert_close(drawn, (digits[:, 0] - lowest) / (highest - lowest))


def untrained(folder: Path, data: DataConfig, seed: int = 0) -> Run:
    memorization = MemorizationConfig(decoder="none", examples="never")
    training = TrainingConfig(epochs=0)
    config = RunConfig(data=data, memorization=memorization, training=training, seed=seed)
    return run(config, out=folder / config.id)


def test_runs_that_differ_in_their_labels_share_their_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noisy = replace(CONFIG.data, labels="resampled", rate=0.4)
    runs = [untrained(tmp_path, CONFIG.data), untrained(tmp_path, noisy)]
    other = untrained(tmp_path, CONFIG.data, seed=1)
    loaded = []
    monkeypatch.setattr(module, "load", lambda *key: loaded.append(key) or load(*key))
    inputs_of = TrainingInputs()
    first, second = (inputs_of(run.config, run.path) for run in runs)
    assert len(loaded) == 1
    assert (first == second).all()
    assert (second == training_images(runs[1])).all()
    assert (inputs_of(other.config, other.path) == training_images(other)).all()


def test_rows_are_those_of_the_data(tmp_path: Path) -> None:
    patterns = untrained(tmp_path, DataConfig("12-bit"))
    rows = TrainingInputs()(patterns.config, patterns.path)
    assert (rows == load(patterns.config.data, patterns.config.seed)[0].inputs.numpy()).all()
    assert rows.shape[1] == 12
    columns = tmp_path / "wide.npz"
    np.savez(columns, x=np.zeros((20, 65), dtype=np.float32), y=np.arange(20) % 2)
    wide = untrained(tmp_path, DataConfig("wide", root=str(columns)))
    with pytest.raises(InfoplaneError, match=r"have the shape \[16, 65\]: no images to draw"):
        TrainingInputs()(wide.config, wide.path)


def test_data_that_have_changed_are_not_shown(tmp_path: Path) -> None:
    columns = tmp_path / "some.npz"
    np.savez(columns, x=np.eye(20, dtype=np.float32), y=np.arange(20) % 2)
    before = untrained(tmp_path, DataConfig("some", root=str(columns)))
    TrainingInputs()(before.config, before.path)
    np.savez(columns, x=np.eye(20, dtype=np.float32), y=(np.arange(20) + 1) % 2)
    with pytest.raises(InfoplaneError, match=r"are not those that .* was trained on"):
        TrainingInputs()(before.config, before.path)


def test_a_network_of_ones_own_keeps_its_data_to_itself(tmp_path: Path) -> None:
    config = WatchedConfig(watched=Watched(id="1"))
    with pytest.raises(InfoplaneError, match="was watched in a loop of its own"):
        TrainingInputs()(config, tmp_path)
