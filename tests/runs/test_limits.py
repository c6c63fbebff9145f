"""A run that memory cannot hold is refused before it starts, and no other is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from grids import SHORT

from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.build import build_network
from infoplane.networks.config import NetworkConfig
from infoplane.runs import limits
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.own_data import load_members
from infoplane.runs.run import run


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            replace(SHORT, network=NetworkConfig(widths=(10**6, 10**6))),
            r"the network \(1,000,076,000,010 weights.*\) would take 1[45].* TiB.*narrower layers",
        ),
        (
            replace(SHORT, members=10**8, memorization=MemorizationConfig(examples="never")),
            r"the network \(100,000,000 × .*give fewer members or narrower layers",
        ),
        (
            replace(SHORT, observing=replace(SHORT.observing, permutations=10**10)),
            r"the shuffles of labels \(observing.permutations, 10,000,000,000\).*give fewer",
        ),
        (
            replace(SHORT, memorization=replace(SHORT.memorization, permutations=10**10)),
            r"the shuffles of labels \(memorization.permutations, 10,000,000,000\).*give fewer",
        ),
    ],
)
def test_what_memory_cannot_hold(tmp_path: Path, changed: RunConfig, told: str) -> None:
    with pytest.raises(InfoplaneError, match=told):
        run(changed, out=tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} <= {".lock"}


@pytest.mark.parametrize("network", [NetworkConfig(widths=(7, 5)), NetworkConfig("small-cnn")])
def test_weights_are_counted_as_they_are_built(network: NetworkConfig) -> None:
    (train, _), *_ = load_members(SHORT)
    config = replace(SHORT, network=network)
    weights, _ = limits.size_of_network(config, train)
    shape = tuple(train.inputs.shape[1:])
    model = build_network(network, input_shape=shape, classes=train.classes, seed=0)
    built = sum(p.numel() for name, p in model.named_parameters())
    readout = sum(p.numel() for p in model.readout.parameters())
    assert built - readout <= weights <= built
