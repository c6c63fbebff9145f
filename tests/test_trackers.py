"""The same values reach every tracker, and one that fails does not fail training."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from infoplane import InfoplaneError, InformationPlane
from infoplane.trackers import sender

NAME = "infoplane/I(T;Y) train/logits"


@pytest.fixture(scope="module")
def plane() -> InformationPlane:
    torch.manual_seed(0)
    y = torch.arange(60) % 2
    x = y[:, None] + torch.randn(60, 3)
    watched = InformationPlane(nn.Sequential(nn.Linear(3, 2)), x, y, memorization="knn")
    watched.observe(0)
    watched.observe(4)
    return watched


def test_a_function(plane: InformationPlane) -> None:
    got: list[Any] = []
    plane.log(lambda *values: got.append(values))
    plane.log(lambda *values: got.append(values), step=70)
    (scalars, figure, step), (_, _, other) = got
    assert scalars == plane.scalars()
    assert figure.axes
    assert (step, other) == (4, 70)


def test_several_of_one_kind_each_take_the_values(plane: InformationPlane) -> None:
    first, second = Logger(), Logger()
    plane.log([first, second])
    assert first.metrics == second.metrics == {**plane.scalars(), "step": 4}


def test_tensorboard(plane: InformationPlane, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:
        plane.log(writer)
    read = EventAccumulator(str(tmp_path)).Reload()
    (event,) = read.Scalars(NAME)
    assert (event.step, event.value) == (4, pytest.approx(plane.scalars()[NAME]))
    assert len(read.Images("infoplane/plane")) == 1


def test_mlflow(plane: InformationPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow: Any = pytest.importorskip("mlflow", reason="MLflow is not installed")
    mlflow.set_tracking_uri(f"file://{tmp_path}/mlruns")
    with mlflow.start_run() as run:
        plane.log(mlflow)
    client = mlflow.MlflowClient()
    got = client.get_run(run.info.run_id).data.metrics
    assert got["infoplane/I_T_Y_ train/logits"] == pytest.approx(plane.scalars()[NAME])
    assert len(client.list_artifacts(run.info.run_id, "infoplane")) == 1


@pytest.mark.slow
def test_wandb(plane: InformationPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_SILENT", "true")
    wandb: Any = pytest.importorskip("wandb", reason="Weights & Biases is not installed")
    run = wandb.init(project="tested", dir=str(tmp_path), mode="offline")
    plane.log(run)
    plane.log(wandb)
    kept = dict(run.summary)
    run.finish()
    assert kept[NAME] == pytest.approx(plane.scalars()[NAME])
    assert kept["infoplane/step"] == 4
    assert len(list(tmp_path.rglob("*.png"))) == 2


def test_trackio(plane: InformationPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    trackio: Any = pytest.importorskip("trackio", reason="trackio is not installed")
    trackio.init(project="tested")
    plane.log(trackio)
    trackio.finish()
    with sqlite3.connect(tmp_path / "tested.db") as database:
        (row,) = database.execute("select metrics from metrics").fetchall()
    assert json.loads(row[0])[NAME] == pytest.approx(plane.scalars()[NAME])
    assert len(list(tmp_path.rglob("*.png"))) == 1


class Experiment:
    def __init__(self) -> None:
        self.figures: list[tuple[Any, ...]] = []

    def log_figure(self, *values: Any) -> None:
        self.figures.append(values)


class Logger:
    """Like Lightning's for MLflow, and with ``log_image`` that for Weights & Biases."""

    run_id = "7"

    def __init__(self) -> None:
        self.experiment, self.metrics = Experiment(), {}

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.metrics = {**metrics, "step": step}


def test_loggers_of_lightning(plane: InformationPlane) -> None:
    logger = Logger()
    plane.log(logger)
    assert logger.metrics == {**plane.scalars(), "step": 4}
    assert [each[0] for each in logger.experiment.figures] == ["7"]
    images: list[Any] = []
    logger.log_image = lambda *values: images.append(values)
    plane.log(logger)
    assert [(name, step, len(pictures)) for name, pictures, step in images] == [
        ("infoplane/plane", 4, 1)
    ]


def test_one_that_fails_is_said_and_the_others_go_on(plane: InformationPlane) -> None:
    got: list[Any] = []

    def fails(*_: Any) -> None:
        raise OSError("no route to host")

    with pytest.warns(UserWarning, match=r"fails took no values .* \(OSError: no route to host\)"):
        plane.log([fails, lambda *values: got.append(values)])
    assert len(got) == 1


def test_what_is_no_tracker_is_refused(plane: InformationPlane) -> None:
    with pytest.raises(InfoplaneError, match=r"tracker is int; give a SummaryWriter"):
        sender(3)
    with pytest.raises(InfoplaneError, match="tracker is str"):
        plane.log("tensorboard")
    model = nn.Sequential(nn.Linear(3, 2))
    unseen = InformationPlane(model, torch.randn(9, 3), torch.arange(9) % 2)
    with pytest.raises(InfoplaneError, match="nothing was measured yet"):
        unseen.log(print)
