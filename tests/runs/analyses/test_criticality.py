"""Critical samples of a run: measured from its kept weights, once, member by member."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.memorization.sensitivity import input_gradient
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import build_mlp
from infoplane.observing.config import ObservingConfig
from infoplane.runs.analyses import criticality as module
from infoplane.runs.analyses.criticality import criticality, kept_criticality
from infoplane.runs.config import RunConfig
from infoplane.runs.per_member import EachConfig
from infoplane.runs.run import Run, run
from infoplane.training.config import TrainingConfig

CONFIG = RunConfig(
    data=DataConfig("digits", train_size=100, test_size=80, labels="resampled"),
    network=NetworkConfig(widths=(32, 16), activation="relu"),
    training=TrainingConfig(epochs=20, batch_size=20, learning_rate=0.01),
    observing=ObservingConfig(schedule="every", every=10),
    memorization=MemorizationConfig(decoder="none", keep_weights=True),
    members=2,
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(CONFIG, out=tmp_path_factory.mktemp("criticality") / "run")


def test_every_kept_epoch_of_every_member(finished: Run) -> None:
    table = criticality(finished)
    assert table.groupby("epoch")["member"].apply(list).to_dict() == {
        e: [0, 1] for e in (0, 10, 20)
    }
    assert table["critical_sample_ratio"].between(0, 1).all()
    assert (table["input_gradient"] > 0).all()


def test_the_network_of_an_epoch_is_the_one_measured(finished: Run) -> None:
    train, _ = load(CONFIG.data, CONFIG.seed)
    stack = build_mlp(CONFIG.network, inputs=64, classes=10, seed=99, members=2)
    stack.load_state_dict(load_file(finished.path / "weights.safetensors"))
    table = criticality(finished).set_index(["epoch", "member"])
    for member in range(2):
        network = stack.member(member)
        gradients = input_gradient(
            lambda x, network=network: network(x)[0].T, train.inputs, train.seen_labels
        )
        expected = float(gradients.double().mean())
        assert table.loc[(20, member), "input_gradient"] == pytest.approx(expected, rel=1e-5)


def test_measured_once_and_kept(finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept_criticality(finished)
    assert (finished.path / "criticality.parquet").exists()
    monkeypatch.setattr(module, "criticality", pytest.fail)
    assert kept_criticality(finished).equals(first)


def test_members_with_data_of_their_own(tmp_path: Path) -> None:
    config = replace(
        CONFIG,
        training=replace(CONFIG.training, epochs=1),
        each=EachConfig(own_data=True, rates=(0.0, 1.0)),
    )
    table = criticality(run(config, out=tmp_path / "run"))
    assert sorted(table["member"].unique()) == [0, 1]
    assert table["input_gradient"].nunique() == len(table)


def test_a_convolutional_network_without_its_dropout(tmp_path: Path) -> None:
    config = replace(
        CONFIG,
        data=replace(CONFIG.data, train_size=20, test_size=20),
        network=NetworkConfig(preset="resnet", dropout=0.5),
        training=replace(CONFIG.training, epochs=0),
        members=1,
    )
    finished = run(config, out=tmp_path / "run")
    assert criticality(finished).equals(criticality(finished))


def test_refusals(finished: Run, tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match="kept no weights to search from; run it with memori"):
        criticality(Run(CONFIG, tmp_path))
    white = replace(CONFIG, data=replace(CONFIG.data, whiten=True))
    with pytest.raises(InfoplaneError, match="whitened images have no grey level in common"):
        criticality(Run(white, finished.path))


def test_measuring_leaves_the_global_generator_alone(finished: Run) -> None:
    before = torch.get_rng_state()
    criticality(finished)
    assert torch.equal(torch.get_rng_state(), before)
