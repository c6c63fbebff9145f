"""Runs on data and networks of the user's own: the same promises as for any run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from interrupting import interrupted

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.analyses.criticality import criticality
from infoplane.runs.analyses.rewinding import rewound
from infoplane.runs.config import RunConfig, from_dict, to_dict
from infoplane.runs.per_member import EachConfig
from infoplane.runs.run import Run, run
from infoplane.runs.storage.folder import CHECKPOINT, RunFolder
from infoplane.training.config import TrainingConfig

SOURCE = """
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(6, 6)

    def forward(self, x):
        return x + self.inner(x).relu()

def make(input_shape, classes):
    d = input_shape[0]
    blocks = [Block(), nn.Dropout(0.2), Block()]
    return nn.Sequential(nn.Linear(d, 6), *blocks, nn.BatchNorm1d(6), nn.Linear(6, classes))
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    folder = tmp_path_factory.mktemp("own")
    draw = np.random.default_rng(0)
    labels = np.arange(120) % 3
    np.savez(folder / "data.npz", x=draw.normal(0, 0.6, (120, 5)) + labels[:, None], y=labels)
    (folder / "network.py").write_text(SOURCE)
    return RunConfig(
        data=DataConfig("mine", root=str(folder / "data.npz"), labels="flipped", rate=0.3),
        network=NetworkConfig(module=f"{folder / 'network.py'}:make"),
        training=TrainingConfig(epochs=6, batch_size=32, learning_rate=0.01),
        observing=ObservingConfig(schedule="every", every=2),
        memorization=MemorizationConfig(
            decoder="linear", permutations=2, looks=2, probe_size=24, keep_weights=True
        ),
        members=2,
    )


@pytest.fixture(scope="module")
def finished(config: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(config, out=tmp_path_factory.mktemp("finished") / "run")


def test_blocks_of_every_member_are_watched(finished: Run) -> None:
    measured = finished.measurements
    assert set(measured["layer"]) >= {"input", "1", "3", "logits"}
    assert set(measured["member"]) == {0, 1}
    decoded = measured[measured["estimator"] == "linear decoder"]
    assert set(decoded["quantity"]) == {"I(T;Y)", "I(T;Ỹ|Y)"}
    assert finished.examples["gradient_norm"].notna().any()


@pytest.mark.parametrize("at", [15, 25])
def test_interrupted_it_ends_with_the_same_bits(
    config: RunConfig, finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr("infoplane.runs.session.CHECKPOINT_SECONDS", 0)
    interrupted(monkeypatch, at, lambda: run(config, out=tmp_path / "run"))
    assert torch.load(tmp_path / "run" / CHECKPOINT, weights_only=True)["epoch"] > 0
    resumed = run(config, out=tmp_path / "run")
    for name in ("measurements.parquet", "training.parquet", "examples.parquet"):
        assert (resumed.path / name).read_bytes() == (finished.path / name).read_bytes()
    kept = (resumed.path / "weights.safetensors").read_bytes()
    assert kept == (finished.path / "weights.safetensors").read_bytes()


def test_a_member_is_what_it_is_alone(config: RunConfig, finished: Run, tmp_path: Path) -> None:
    alone = run(replace(config, members=1), out=tmp_path / "run")
    of_first = finished.measurements[finished.measurements["member"] == 0]
    columns = ["epoch", "layer", "quantity", "bits"]
    assert alone.measurements[columns].equals(of_first[columns].reset_index(drop=True))


def test_rates_of_their_own(config: RunConfig, tmp_path: Path) -> None:
    each = EachConfig(learning_rates=(0.01, 1e-9))
    frozen = run(replace(config, each=each), out=tmp_path / "run").training
    losses = frozen[(frozen["subset"] == "train") & (frozen["member"] == 1)]["loss"]
    assert losses.max() - losses.min() < 0.05 < frozen["loss"].max() - frozen["loss"].min()


def test_the_id_is_of_the_code_and_not_of_its_folder(config: RunConfig, tmp_path: Path) -> None:
    moved = tmp_path / "network.py"
    moved.write_text(SOURCE)
    there = replace(config, network=NetworkConfig(module=f"{moved}:make"))
    assert there.id == config.id
    moved.write_text(SOURCE + "\n")
    changed = replace(config, network=NetworkConfig(module=f"{moved}:make"))
    assert changed.id != config.id
    assert from_dict(to_dict(config)) == config


def test_other_data_of_the_same_name_are_refused(
    config: RunConfig, finished: Run, tmp_path: Path
) -> None:
    again = run(config, out=finished.path)
    assert again.measurements.equals(finished.measurements)
    with np.load(str(config.data.root)) as kept:
        np.savez(tmp_path / "data.npz", x=kept["x"] + 1e-3, y=kept["y"])
    other = replace(config, data=replace(config.data, root=str(tmp_path / "data.npz")))
    assert other.id == config.id
    with pytest.raises(InfoplaneError, match="holds a run on other data than"):
        run(other, out=finished.path)


@pytest.mark.parametrize("analysis", [rewound, criticality])
def test_the_code_that_a_folder_names_is_never_executed(
    finished: Run, analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "infoplane.networks.own_function._module", lambda _: pytest.fail("executed")
    )
    kept = Run(RunFolder(finished.path).config(), finished.path)
    assert kept.config == finished.config
    with pytest.raises(InfoplaneError, match="network of your own"):
        analysis(kept)
    assert len(kept.measurements)


def test_gradients_are_of_infoplanes_own_networks(config: RunConfig) -> None:
    with pytest.raises(InfoplaneError, match=r"observing.gradients follows"):
        replace(config, observing=ObservingConfig(gradients=True))
    assert torch.is_grad_enabled()
