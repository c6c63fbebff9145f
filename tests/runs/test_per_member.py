"""Runs whose members differ in data, noise or rates: each as if it had been run alone."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from interrupting import interrupted
from safetensors.torch import load_file

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.memorization.config import MemorizationConfig
from infoplane.memorization.label_bits import label_bits, memorized_bits
from infoplane.names import ONE_LAYER
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import StackedMLP, build_mlp
from infoplane.observing.config import ObservingConfig
from infoplane.runs import session
from infoplane.runs.analyses.inputs import training_images
from infoplane.runs.analyses.rewinding import rewound
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.dynamics import reference_log2_p
from infoplane.runs.per_member import EachConfig
from infoplane.runs.run import Run, run
from infoplane.training.config import TrainingConfig
from infoplane.training.gradients import gradient_rows
from infoplane.user_models.plane import InformationPlane

EACH = EachConfig(
    own_data=True, rates=(0.4, 0.8), learning_rates=(0.02, 0.005), weight_decays=(0.01, 0.0)
)
CONFIG = RunConfig(
    data=DataConfig("digits", train_size=100, test_size=60, labels="flipped"),
    network=NetworkConfig(widths=(8, 5)),
    training=TrainingConfig(epochs=8, batch_size=40, learning_rate=0.01),
    observing=ObservingConfig(schedule="every", every=4, gradients=True),
    memorization=MemorizationConfig(decoder="knn", permutations=2, keep_weights=True),
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
            network,
            train.inputs,
            train.labels,
            seen_labels=train.seen_labels,
            bin_width=0.5,
            seed=alone.seed,
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


def test_every_member_is_followed_on_its_own_data(tmp_path: Path) -> None:
    """In a first full batch the untrained networks are presented, which can be built again."""
    training = replace(CONFIG.training, epochs=1, batch_size=None)
    config = replace(CONFIG, training=training)
    finished = run(config, out=tmp_path / "run")
    stack = build_mlp(CONFIG.network, inputs=64, classes=10, seed=0, members=2)
    for member in range(2):
        alone, network = config.alone(member), stack.member(member)
        train, _ = load(alone.data, alone.seed)
        logits = network(train.inputs)[0].T.detach()
        log2_p = (logits.log_softmax(dim=1) / math.log(2)).double()
        log2_p = log2_p.gather(1, train.seen_labels[:, None])[:, 0]
        said = of_member(finished, "dynamics", member).loc[1]["value"]
        bits = memorized_bits(log2_p, reference_log2_p(alone, train)).positive / 100
        assert said["memorized bits"] == pytest.approx(bits, rel=1e-4)
        bits = label_bits(log2_p, train.seen_labels) / 100
        assert said["label bits"] == pytest.approx(bits, rel=1e-4)
        right = (logits.argmax(dim=1) == train.labels)[train.corrupted].float().mean()
        assert said["recovered"] == pytest.approx(float(right))
        losses = of_member(finished, "examples", member).loc["train"]["cumulative_loss"]
        assert losses[train.ids.tolist()].to_numpy() == pytest.approx(-log2_p.numpy(), rel=1e-4)
        given = {"loss": training.loss, "batch_size": None, "epoch": 0, "seed": alone.seed}
        drift = [row["std_norm"] for row in gradient_rows(network, train, **given)]
        ours = finished.gradients
        ours = ours[(ours["member"] == member) & (ours["epoch"] == 0)]
        assert ours["std_norm"].tolist() == drift


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
    interrupted(monkeypatch, writes, lambda: run(CONFIG, out=tmp_path / "run"))
    run(CONFIG, out=tmp_path / "run")
    for name in (*(f"{table}.parquet" for table in KEYS), "weights.safetensors"):
        assert (tmp_path / "run" / name).read_bytes() == (finished.path / name).read_bytes(), name


def test_each_is_rewound_on_its_own_data(finished: Run) -> None:
    table = rewound(finished)
    at_end = table[(table["epoch"] == 8) & (table["mode"] == ONE_LAYER) & (table["depth"] == 1)]
    values = at_end.set_index(["member", "quantity"])["value"]
    for member in range(2):
        end = of_member(finished, "training", member).loc[8]
        clean, seen = (values[member, f"{kind} accuracy"] for kind in ("clean", "seen"))
        assert clean == pytest.approx(end.loc["test", "true_accuracy"])
        assert seen == pytest.approx(end.loc["train", "accuracy"])
