"""Runs whose members differ in data, noise or rates: each as if it had been run alone."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.observing.config import ObservingConfig
from infoplane.observing.plane import InformationPlane
from infoplane.runs import session
from infoplane.runs.config import RunConfig, from_dict, to_dict
from infoplane.runs.each import EachConfig
from infoplane.runs.members import load_members
from infoplane.runs.pictures import training_images
from infoplane.runs.rewinding import MODES, rewound
from infoplane.runs.run import Run, run
from infoplane.training.config import TrainingConfig

EACH = EachConfig(
    own_data=True, rates=(0.4, 0.8), learning_rates=(0.02, 0.005), weight_decays=(0.01, 0.0)
)
CONFIG = RunConfig(
    data=DataConfig("digits", train_size=100, test_size=60, labels="flipped"),
    network=NetworkConfig(widths=(8, 5)),
    training=TrainingConfig(epochs=8, batch_size=40, learning_rate=0.01),
    observing=ObservingConfig(schedule="every", every=4, gradients=True),
    memorization=MemorizationConfig(keep_weights=True),
    each=EACH,
    members=2,
)
KEYS = {
    "measurements": ["epoch", "layer", "subset", "quantity", "estimator"],
    "training": ["epoch", "subset"],
    "dynamics": ["epoch", "quantity"],
    "examples": ["subset", "id"],
    "gradients": ["epoch", "layer"],
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(CONFIG, out=tmp_path_factory.mktemp("each") / "run")


def of_member(finished: Run, table: str, member: int) -> pd.DataFrame:
    rows = getattr(finished, table)
    return rows[rows["member"] == member].set_index(KEYS[table]).sort_index().drop(columns="run")


def network_of(finished: Run, member: int) -> StackedMLP:
    shape = {"inputs": 64, "classes": 10, "seed": 0, "members": CONFIG.members}
    stack = build_mlp(CONFIG.network, **shape)
    stack.load_state_dict(load_file(finished.path / "weights.safetensors"))
    return stack.member(member)


@pytest.mark.parametrize("table", KEYS)
def test_the_first_member_is_the_run_alone(
    finished: Run, tmp_path_factory: pytest.TempPathFactory, table: str
) -> None:
    """Its seeds are those of the run; only the order of floating-point sums may differ."""
    alone = run(CONFIG.alone(0), out=tmp_path_factory.getbasetemp() / "alone")
    ours, theirs = of_member(finished, table, 0), of_member(alone, table, 0)
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-3, atol=1e-5)


def test_every_member_is_measured_on_its_own_data(finished: Run) -> None:
    for member in range(2):
        alone = CONFIG.alone(member)
        train, test = load(alone.data, alone.seed)
        assert train.corrupted.float().mean() == pytest.approx(EACH.rates[member], abs=0.1)
        network = network_of(finished, member)
        end = of_member(finished, "training", member).loc[8]
        right = network(train.inputs)[0].argmax(dim=0) == train.seen_labels
        assert end.loc["train", "accuracy"] == pytest.approx(float(right.float().mean()))
        right = network(test.inputs)[0].argmax(dim=0) == test.labels
        assert end.loc["test", "accuracy"] == pytest.approx(float(right.float().mean()))
        plane = InformationPlane(
            network, train.inputs, train.labels, seen_labels=train.seen_labels, seed=alone.seed
        )
        plane.observe(8)
        theirs = plane.table().assign(step=24)
        ours = finished.measurements
        ours = ours[(ours["member"] == member) & (ours["epoch"] == 8) & (ours["subset"] == "train")]
        ours = ours[ours["estimator"].isin(theirs["estimator"])].assign(run="own", member=0)
        pd.testing.assert_frame_equal(ours.reset_index(drop=True), theirs, check_dtype=False)
        examples = finished.examples[finished.examples["member"] == member]
        examples = examples[examples["subset"] == "train"]
        assert examples["id"].tolist() == train.ids.tolist()
        assert examples["seen_label"].tolist() == train.seen_labels.tolist()
        assert examples["aum"].notna().all()
        inputs = torch.from_numpy(training_images(finished, member))
        assert torch.equal(inputs, train.inputs[:, 0])


def test_members_see_different_data(finished: Run) -> None:
    ids = finished.examples.groupby(["subset", "member"])["id"].apply(list)
    assert ids["train", 0] != ids["train", 1]
    assert set(finished.measurements["run"]) == {CONFIG.id}
    key = ["member", *KEYS["measurements"]]
    assert not finished.measurements.duplicated(key).any()


def test_observation_does_not_change_training(finished: Run, tmp_path: Path) -> None:
    blind = replace(CONFIG, observing=ObservingConfig(schedule="every", every=1000))
    other = run(blind, out=tmp_path / "run").path / "weights.safetensors"
    assert other.read_bytes() == (finished.path / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("writes", [4, 9, 14])
def test_killed_it_ends_with_the_same_bits(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    left = [writes]
    replace_file = os.replace

    def die(source: str, target: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        replace_file(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("infoplane.runs.folder.os.replace", die)
        with pytest.raises(KeyboardInterrupt):
            run(CONFIG, out=tmp_path / "run")
    run(CONFIG, out=tmp_path / "run")
    for name in (*(f"{table}.parquet" for table in KEYS), "weights.safetensors"):
        assert (tmp_path / "run" / name).read_bytes() == (finished.path / name).read_bytes(), name


def test_each_is_rewound_on_its_own_data(finished: Run) -> None:
    table = rewound(finished)
    at_end = table[(table["epoch"] == 8) & (table["mode"] == MODES[0]) & (table["depth"] == 1)]
    values = at_end.set_index(["member", "quantity"])["value"]
    for member in range(2):
        end = of_member(finished, "training", member).loc[8]
        clean, seen = (values[member, f"{kind} accuracy"] for kind in ("clean", "seen"))
        assert clean == pytest.approx(end.loc["test", "true_accuracy"])
        assert seen == pytest.approx(end.loc["train", "accuracy"])


def test_rates_alone_share_the_examples_and_nest_the_noise() -> None:
    config = replace(CONFIG, each=EachConfig(rates=(0.0, 0.3, 0.6)), members=3)
    (clean, _), (some, _), (more, _) = load_members(config)
    assert clean.inputs is some.inputs is more.inputs
    assert not clean.corrupted.any()
    assert 0 < int(some.corrupted.sum()) < int(more.corrupted.sum())
    assert torch.equal(some.seen_labels[some.corrupted], more.seen_labels[some.corrupted])


def test_what_members_share_is_loaded_once() -> None:
    rates = EachConfig(learning_rates=(0.1, 0.2))
    assert len(load_members(replace(CONFIG, each=rates))) == 1


def test_identity() -> None:
    content = to_dict(RunConfig())
    del content["each"], content["data"]["root"], content["training"]["device"]
    before = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    assert RunConfig().id == before[:12], "as before members could differ"
    assert replace(CONFIG, each=EachConfig()).id != CONFIG.id
    assert from_dict(to_dict(CONFIG)) == CONFIG
    content = to_dict(RunConfig())
    del content["each"]
    assert from_dict(content) == RunConfig(), "configurations of earlier runs can be read"


def test_alone() -> None:
    first, second = CONFIG.alone(0), CONFIG.alone(1)
    assert (first.seed, first.members, first.each) == (CONFIG.seed, 1, EachConfig())
    assert second.seed != first.seed
    assert (second.data.rate, second.training.learning_rate) == (0.8, 0.005)
    assert (first.training.weight_decay, second.training.weight_decay) == (0.01, 0.0)
    shared = replace(CONFIG, each=EachConfig(rates=(0.1, 0.2)))
    assert shared.alone(1).seed == CONFIG.seed
    plain = RunConfig(members=3)
    assert plain.alone(2) == RunConfig()


@pytest.mark.parametrize(
    ("each", "message"),
    [
        ({"rates": (0.1,)}, "each.rates holds 1 values for 2 members; give one for each"),
        ({"learning_rates": (0.1,) * 3}, "each.learning_rates holds 3 values for 2 members"),
        ({"weight_decays": (0.1,)}, "each.weight_decays holds 1 values for 2 members"),
        ({"rates": (0.1, 1.5)}, r"each.rates is \(0.1, 1.5\); give chances between 0 and 1"),
        ({"learning_rates": (0.1, 0.0)}, "each.learning_rates is .* give finite ones above 0"),
        ({"weight_decays": (0.1, float("nan"))}, "each.weight_decays is .* of 0 or more"),
    ],
)
def test_refusals(each: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        replace(CONFIG, each=EachConfig(**each))


def test_true_labels_have_no_noise() -> None:
    with pytest.raises(InfoplaneError, match=r"but data\.labels is 'true', which knows no noise"):
        RunConfig(each=EachConfig(rates=(0.1,)))
