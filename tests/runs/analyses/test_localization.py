"""Where a run's networks hold its examples: what is known, what is left alone, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.names import LINEAR, M
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.analyses.ablation import ALL_LAYERS, ablated
from infoplane.runs.analyses.lost_examples import lost_when_rewound
from infoplane.runs.analyses.memorized_by_layer import memorized_by_layer
from infoplane.runs.analyses.networks import trained
from infoplane.runs.analyses.prediction_depths import prediction_depths
from infoplane.runs.analyses.second_split import second_split, second_split_times
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run, run
from infoplane.runs.storage.folder import KEPT_WEIGHTS, WEIGHTS
from infoplane.training.config import TrainingConfig

CONFIG = RunConfig(
    data=DataConfig("digits", train_size=160, test_size=160, labels="flipped", rate=0.3),
    network=NetworkConfig(widths=(40, 24), activation="relu"),
    training=TrainingConfig(epochs=60, learning_rate=0.01),
    observing=ObservingConfig(schedule="every", every=30),
    memorization=MemorizationConfig(
        decoder="linear", permutations=0, keep_weights=True, probe_size=160, examples="never"
    ),
    members=2,
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(CONFIG, out=tmp_path_factory.mktemp("localization") / "run")


def test_networks_are_those_of_the_run(finished: Run) -> None:
    wrong = finished.training[finished.training["epoch"] == 60].set_index(["subset", "member"])
    for network in trained(finished):
        right = network.predictions(network.train.inputs) == network.train.seen_labels
        assert right.double().mean() == pytest.approx(wrong["accuracy"]["train", network.member])
        assert list(network.hidden.modules) == ["layer1", "layer2"]


def test_wrong_labels_are_deeper(finished: Run) -> None:
    table = prediction_depths(finished, neighbours=(10, 3))
    assert len(table) == 2 * 2 * 160
    assert set(table["layers"]) == {4}  # input, two hidden layers, logits
    means = table.groupby(["k", "member", "corrupted"])["prediction_depth"].mean().unstack()
    assert (means[True] > means[False]).all()


def test_the_second_split_shares_no_example_with_the_first(finished: Run) -> None:
    (first, *_) = trained(finished)
    other = second_split(first.config, first.train)
    assert len(other) == 160
    assert not torch.isin(other.ids, first.train.ids).any()
    assert other.corrupted.double().mean() == pytest.approx(0.3, abs=0.1)


def test_without_a_second_training_nothing_is_forgotten(finished: Run) -> None:
    before = load_file(finished.path / WEIGHTS)
    none = second_split_times(finished, epochs=0)
    assert (none["second_split_forgetting"] == none["learned"]).all()
    some = second_split_times(finished, epochs=10)
    means = some.groupby(["member", "corrupted"])["second_split_forgetting"].mean().unstack()
    assert (means[True] < means[False]).all()
    after = load_file(finished.path / WEIGHTS)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_units_are_counted_by_layer_and_scope(finished: Run) -> None:
    table = ablated(finished, examples=6)
    assert set(table["objective"]) == {"loss", "margin", "random"}
    assert set(table["scope"]) == {ALL_LAYERS, "layer1", "layer2"}
    key = ["member", "id", "objective", "scope"]
    sums = table.groupby(key).agg(zeroed=("zeroed", "sum"), units=("units", "first"))
    assert (sums["zeroed"] == sums["units"]).all()
    alone = table[table["scope"] != ALL_LAYERS]
    assert (alone["layer"] == alone["scope"]).all()


def test_the_mean_over_examples_is_m_of_the_layer(finished: Run) -> None:
    """By the same decoder on the same examples as the run's own M."""
    table = memorized_by_layer(finished, decoders=(LINEAR,))
    mean = table[table["estimator"] == LINEAR].groupby(["member", "layer"])["bits"].mean()
    rows = finished.measurements
    rows = rows[(rows["quantity"] == M) & (rows["subset"] == "train") & (rows["epoch"] == 60)]
    own = rows[rows["depth"] > 0].set_index(["member", "layer"])["bits"]
    assert mean[own.index].to_numpy() == pytest.approx(own.to_numpy(), abs=1e-6)


def planted(finished: Run, folder: Path) -> Run:
    """The run with earlier weights that differ from the last ones in the first layer alone."""
    for name in ("config.json", "weights.safetensors"):
        (folder / name).write_bytes((finished.path / name).read_bytes())
    weights = load_file(finished.path / WEIGHTS)
    weights["layer1.weight"] = torch.zeros_like(weights["layer1.weight"])
    (folder / "weights").mkdir()
    save_file(weights, folder / KEPT_WEIGHTS.format(epoch=0))
    save_file(load_file(finished.path / WEIGHTS), folder / KEPT_WEIGHTS.format(epoch=60))
    return Run(CONFIG, folder)


def test_the_planted_layer_loses_examples_and_no_other(finished: Run, tmp_path: Path) -> None:
    table = lost_when_rewound(planted(finished, tmp_path))
    lost = table.groupby(["direction", "layer"])["lost"].mean()
    assert lost["earlier", "layer1"] > 0.5
    assert lost["random", "layer1"] > 0
    assert (lost.drop("layer1", level="layer") == 0).all()  # as far away: not at all


def test_rewinding_all_epochs(finished: Run) -> None:
    table: pd.DataFrame = lost_when_rewound(finished)
    assert set(table["layer"]) == {"layer1", "layer2", "logits"}
    assert table["lost"].dropna().isin([0, 0.5, 1]).all()  # of two earlier epochs


def test_refusals(finished: Run, tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match="kept no weights to rewind to"):
        lost_when_rewound(Run(CONFIG, tmp_path))
    (first, *_) = trained(finished)
    whole = replace(CONFIG, data=replace(CONFIG.data, train_size=None, labels="true"))
    with pytest.raises(InfoplaneError, match="none are left for a second split"):
        second_split(whole, replace(first.train, ids=torch.arange(2000)))
    true = replace(CONFIG, data=replace(CONFIG.data, labels="true"))
    with pytest.raises(InfoplaneError, match="the network has learned 0 wrong and"):
        ablated(Run(true, finished.path))
