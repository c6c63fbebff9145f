"""An epoch asks a GPU nothing: on the meta device, which has no values to give, it runs through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from infoplane.data.split import clean_split
from infoplane.networks.build import build_network
from infoplane.networks.config import CONVOLUTIONAL, NetworkConfig
from infoplane.training.config import TrainingConfig
from infoplane.training.loop import Training

N, MEMBERS = 32, 2
SPLIT = clean_split(torch.rand(N, 3, 16, 16), torch.arange(N) % 10, 10)
MLP, BASE = NetworkConfig(widths=(16, 8)), TrainingConfig(epochs=1, batch_size=8)
REGULAR = replace(MLP, batch_norm=True, dropout=0.5)


def training(network: NetworkConfig, config: TrainingConfig, **options: Any) -> Training:
    model = build_network(
        network, input_shape=SPLIT.inputs.shape[1:], classes=10, seed=0, members=MEMBERS
    )
    return Training(model.to("meta"), options.pop("train", SPLIT), config, seed=0, **options)


def cases() -> Iterator[Any]:
    own = [SPLIT, clean_split(SPLIT.inputs.clone(), SPLIT.labels, 10)]
    subsets = torch.stack([torch.arange(16), torch.arange(16, 32)])
    yield pytest.param(MLP, replace(BASE, batch_size=None), {}, id="full batch")
    yield pytest.param(MLP, BASE, {}, id="batches")
    yield pytest.param(MLP, BASE, {"train": own}, id="own data")
    yield pytest.param(MLP, BASE, {"subsets": subsets}, id="subsets")
    yield pytest.param(REGULAR, BASE, {}, id="batch norm and dropout")
    yield pytest.param(MLP, replace(BASE, augmentation="crop-and-flip"), {}, id="augmentation")
    yield pytest.param(MLP, replace(BASE, stop_at_accuracy=0.9), {}, id="accuracy")
    yield pytest.param(MLP, replace(BASE, loss="binary-cross-entropy"), {}, id="logistic loss")
    yield pytest.param(MLP, replace(BASE, optimizer="sgd"), {}, id="sgd")
    for preset in CONVOLUTIONAL:
        yield pytest.param(NetworkConfig(preset, dropout=0.5), BASE, {}, id=preset)


@pytest.mark.parametrize(("network", "config", "options"), list(cases()))
def test_an_epoch_asks_for_no_value(
    network: NetworkConfig,
    config: TrainingConfig,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained = training(network, config, **options)
    seen: list[torch.Tensor] = []
    monkeypatch.setattr(trained, "_check_finite", seen.append)  # asks once, at the end
    trained._train_epoch()
    assert seen[0].device.type == "meta"


def test_a_value_that_is_asked_for_is_found() -> None:
    trained = training(MLP, BASE)
    trained.on_presentation = lambda _, targets, __: targets.cpu()
    with pytest.raises(NotImplementedError, match="no data"):
        trained._train_epoch()
