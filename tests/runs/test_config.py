"""Configurations: identity, JSON, and what no configuration may hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig, from_dict, to_dict
from infoplane.training.config import TrainingConfig

FULL = RunConfig(
    data=DataConfig("mnist", root="/data", train_size=50, labels="flipped", rate=0.3),
    network=NetworkConfig(widths=(5, 4), activation="relu", bias=False),
    training=TrainingConfig(epochs=3, batch_size=7, optimizer="sgd", dtype="bfloat16"),
    observing=ObservingConfig(schedule="log", layers=("layer1",), bins="quantile"),
    members=3,
    seed=9,
)


@pytest.mark.parametrize("config", [RunConfig(), FULL])
def test_json_round_trip(config: RunConfig) -> None:
    assert from_dict(to_dict(config)) == config


def test_identity_is_all_that_could_change_a_result() -> None:
    assert len(FULL.id) == 12
    assert FULL.id == from_dict(to_dict(FULL)).id
    assert replace(FULL, seed=8).id != FULL.id
    assert replace(FULL, training=replace(FULL.training, learning_rate=0.5)).id != FULL.id
    elsewhere = replace(
        FULL,
        data=replace(FULL.data, root=None),
        training=replace(FULL.training, device="cpu"),
    )
    assert elsewhere.id == FULL.id


def test_fields_that_came_later_leave_the_ids_of_earlier_runs_alone() -> None:
    assert RunConfig().id == "1e72f9c3733a"
    assert replace(FULL, network=replace(FULL.network, dropout=0.5)).id != FULL.id
    for name, value in (("patience", 3), ("augmentation", "flip")):
        assert replace(FULL, training=replace(FULL.training, **{name: value})).id != FULL.id


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="members is 0; give 1 or more"):
        RunConfig(members=0)
    content = to_dict(FULL)
    content["data"]["colour"] = 1
    with pytest.raises(InfoplaneError, match=r"unknown keys \['data.colour'\]"):
        from_dict(content)
