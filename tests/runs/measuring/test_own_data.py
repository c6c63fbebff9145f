"""What members share or have of their own, as it is measured."""

from __future__ import annotations

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import build_mlp
from infoplane.runs.config import RunConfig
from infoplane.runs.measuring.own_data import gradients
from infoplane.training.config import TrainingConfig
from infoplane.training.gradients import gradient_rows


def test_gradients_are_of_the_examples_trained_on() -> None:
    config = RunConfig(
        data=DataConfig("digits", train_size=60, test_size=60),
        network=NetworkConfig(widths=(6,)),
        training=TrainingConfig(epochs=1, batch_size=20),
    )
    train, test = load(config.data, config.seed)
    model = build_mlp(config.network, inputs=64, classes=10, seed=0, members=2)
    given = {"loss": config.training.loss, "batch_size": 20, "epoch": 3, "seed": config.seed}
    rows = list(gradients(config, [(train, test)], model, 3))
    assert rows == list(gradient_rows(model, train, **given))
    assert rows != list(gradient_rows(model, test, **given))
