"""Configurations: identity, JSON, and what no configuration may hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import ADDED, RunConfig, from_dict, to_dict
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
    """What is read again says the activation that was in force; it is the same run."""
    activation = config.network.hidden_activation
    said = replace(config, network=replace(config.network, activation=activation))
    assert from_dict(to_dict(config)) == said
    assert said.id == config.id


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


def test_ids_are_those_they_were() -> None:
    """A field that is added with a default changes none; M by other decoders changed all."""
    assert RunConfig().id == "d3a2f0fb38fa"
    assert FULL.id == "85b03965f286"


@pytest.mark.parametrize(
    ("options", "activation", "run"),
    [
        ({"preset": "mnist"}, "tanh", "16d6a4c58674"),
        ({"preset": "12-bit", "activation": "tanh"}, "tanh", "f733dda6f939"),
        ({"widths": (5, 4)}, "tanh", "907214a03895"),
        ({"preset": "mlp-1x512", "widths": (5, 4)}, "tanh", "020226839c5c"),
        ({"preset": "mlp-1x512", "activation": "tanh"}, "tanh", "d2801e11b089"),
        ({"preset": "mlp-1x512", "activation": "relu"}, "relu", "3e8d1505bc3e"),
        ({"preset": "mlp-1x512"}, "relu", "3e8d1505bc3e"),
        ({"preset": "alexnet"}, "relu", "524ce4892b46"),
    ],
)
def test_the_activation_is_that_of_the_preset_unless_given(
    options: dict, activation: str, run: str
) -> None:
    """In the hash it is the one in force: ids are those of before it could be left out."""
    config = RunConfig(network=NetworkConfig(**options))
    assert config.network.hidden_activation == activation
    assert to_dict(config)["network"]["activation"] == activation
    assert config.id == run


@pytest.mark.parametrize("part", ADDED)
def test_a_later_field_counts_where_it_is_set(part: str) -> None:
    """And is left out of the hash, not of the file, where it is not."""
    assert set(ADDED[part]) <= set(to_dict(FULL)[part])
    matrix = DataConfig("12-bit", labels="matrix", transition=(1.0, 0.0, 0.0, 1.0))
    changed = {
        "data": [
            DataConfig(pixels="random"),
            DataConfig(crop=8),
            DataConfig(whiten=True),
            DataConfig("mine", root="photos", size=8),
            matrix,
        ],
        "observing": [ObservingConfig(geometry=("hsic",))],
        "network": [
            NetworkConfig(dropout=0.5),
            NetworkConfig(batch_norm=True),
            NetworkConfig(module=f"{__file__}:make"),
        ],
        "training": [
            TrainingConfig(label_smoothing=0.1),
            TrainingConfig(augmentation="flip"),
            TrainingConfig(patience=3),
            TrainingConfig(stop_at_accuracy=1.0),
        ],
    }
    ids = {RunConfig(**{part: each}).id for each in [type(getattr(FULL, part))(), *changed[part]]}
    assert len(ids) == 1 + len(changed[part]) == 1 + len(ADDED[part])


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="members is 0; give 1 or more"):
        RunConfig(members=0)
    content = to_dict(FULL)
    content["data"]["colour"] = 1
    with pytest.raises(InfoplaneError, match=r"unknown keys \['data.colour'\]"):
        from_dict(content)
