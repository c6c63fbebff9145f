"""On CUDA: the same bits again, observed or not, killed or not; and the processor's values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from interrupting import interrupted

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.information.mutual_information import mutual_information
from infoplane.information.registry import ESTIMATORS
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs import session
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.runs.ensembles.ensemble import run_ensemble
from infoplane.runs.run import Run, run
from infoplane.training.config import TrainingConfig

DEVICE = "cuda"
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU with CUDA"),
]

BASE = RunConfig(
    data=DataConfig("digits", train_size=80, test_size=40, labels="flipped", rate=0.4),
    network=NetworkConfig(widths=(64, 32), activation="relu"),
    training=TrainingConfig(epochs=12, batch_size=20, learning_rate=0.01, device=DEVICE),
    observing=ObservingConfig(schedule="every", every=3),
    memorization=MemorizationConfig(decoder="knn", permutations=2, probe_size=40, k=5),
    members=2,
)
SGD = replace(BASE.training, optimizer="sgd", augmentation="crop", label_smoothing=0.1)
NETWORKS = {
    "perceptron": BASE,
    "regularized": replace(
        BASE, network=replace(BASE.network, batch_norm=True, dropout=0.2), training=SGD
    ),
    "full batch": replace(BASE, training=replace(BASE.training, batch_size=None)),
    "bfloat16": replace(BASE, training=replace(BASE.training, dtype="bfloat16")),
    "inception": replace(BASE, network=NetworkConfig("inception", dropout=0.2), training=SGD),
    "resnet": replace(BASE, network=NetworkConfig("resnet"), training=SGD),
    "alexnet": replace(BASE, network=NetworkConfig("alexnet"), training=SGD),
}
TABLES = ("measurements", "training", "dynamics", "examples", "histories")


@pytest.fixture(scope="module", params=NETWORKS)
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(NETWORKS[request.param], out=tmp_path_factory.mktemp("cuda") / "run")


def check_same_bits(finished: Run, path: Path, names: tuple[str, ...] = TABLES) -> None:
    for name in (*(f"{table}.parquet" for table in names), "weights.safetensors"):
        assert (path / name).read_bytes() == (finished.path / name).read_bytes(), name


def test_repeated_it_ends_with_the_same_bits(finished: Run, tmp_path: Path) -> None:
    check_same_bits(finished, run(finished.config, out=tmp_path / "run").path)


def test_observing_changes_nothing(finished: Run, tmp_path: Path) -> None:
    blind = replace(
        finished.config,
        observing=ObservingConfig(schedule="every", every=1000, layers=("logits",)),
        memorization=MemorizationConfig(decoder="none", examples="never"),
    )
    check_same_bits(finished, run(blind, out=tmp_path / "run").path, names=())


def test_killed_it_ends_with_the_same_bits(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    interrupted(monkeypatch, 14, lambda: run(finished.config, out=tmp_path / "run"))
    run(finished.config, out=tmp_path / "run")
    check_same_bits(finished, tmp_path / "run")


@pytest.mark.parametrize("name", ["perceptron", "full batch"])
def test_before_training_all_is_as_on_the_processor(name: str, tmp_path: Path) -> None:
    untrained = replace(NETWORKS[name], training=replace(NETWORKS[name].training, epochs=0))
    on_cpu = replace(untrained, training=replace(untrained.training, device="cpu"))
    there, here = (
        run(config, out=tmp_path / folder).measurements
        for folder, config in (("gpu", untrained), ("cpu", on_cpu))
    )
    pd.testing.assert_frame_equal(there, here, atol=0.02, rtol=0)  # a value at a bin's edge


def test_tf32_and_float32_are_not_the_same(tmp_path: Path) -> None:
    large = replace(BASE, network=NetworkConfig(widths=(512, 512)))
    rounded = replace(large, training=replace(large.training, dtype="tf32"))
    a, b = (run(c, out=tmp_path / c.training.dtype).training for c in (large, rounded))
    assert not np.array_equal(a["loss"], b["loss"])


def test_an_ensemble_repeated_is_the_same(tmp_path: Path) -> None:
    config = EnsembleConfig(
        data=DataConfig("digits", train_size=100, test_size=40, whiten=True),
        training=replace(BASE.training, epochs=5),
        networks=8,
    )
    first, second = (run_ensemble(config, out=tmp_path / name).outcomes() for name in "ab")
    np.testing.assert_array_equal(first.log2_p, second.log2_p)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_estimators_take_what_lies_there(name: str) -> None:
    """Within .02 bits of the processor, .2 where the estimator trains a network of its own."""
    draw = torch.Generator().manual_seed(0)
    y = torch.arange(200) % 3
    t = torch.randn(200, 2, generator=draw) + y[:, None]
    values = []
    for device in ("cpu", DEVICE):
        try:
            found = mutual_information(t.to(device), y.to(device), estimator=name, seed=0)
        except InfoplaneError as error:
            pytest.skip(f"takes no labels: {error}")
        values.append(found.bits)
    assert values[1] == pytest.approx(values[0], abs=0.2 if "neural" in name else 0.02)
