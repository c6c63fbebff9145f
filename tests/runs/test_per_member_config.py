"""What members have of their own, as a configuration: identity, data, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.runs.config import RunConfig, from_dict, to_dict
from infoplane.runs.measuring.own_data import load_members
from infoplane.runs.per_member import EachConfig

CONFIG = RunConfig(
    data=DataConfig("digits", train_size=100, test_size=60, labels="flipped"),
    each=EachConfig(
        own_data=True, rates=(0.4, 0.8), learning_rates=(0.02, 0.005), weight_decays=(0.01, 0.0)
    ),
    members=2,
)


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
    assert RunConfig().id == "d3a2f0fb38fa", "as before members could differ"
    assert replace(CONFIG, each=EachConfig()).id != CONFIG.id
    again = from_dict(to_dict(CONFIG))
    assert (again.id, again.each) == (CONFIG.id, CONFIG.each)
    content = to_dict(RunConfig())
    del content["each"]
    assert from_dict(content).id == RunConfig().id, "configurations of earlier runs can be read"


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


@pytest.mark.parametrize("data", [DataConfig(), DataConfig(labels="matrix", transition=(1.0,))])
def test_labels_without_a_rate_have_none_of_each_member(data: DataConfig) -> None:
    message = f"but data.labels is '{data.labels}', which knows no rate; give data.labels resampled"
    with pytest.raises(InfoplaneError, match=message):
        RunConfig(data=data, each=EachConfig(rates=(0.1,)))
