"""Geometry of a run: a table of its own, the values of the functions, no other id without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from interrupting import interrupted

from infoplane.data.config import DataConfig
from infoplane.data.load import load
from infoplane.errors import InfoplaneError
from infoplane.information.binned.rules import FixedWidth
from infoplane.information.kernel.dependence import cluster_count, hsic, linear_cka, normalised_hsic
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.observing.geometry import GeometryMeasurer
from infoplane.observing.observer import Observer
from infoplane.runs import session
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run, is_complete, run
from infoplane.tables import GEOMETRY
from infoplane.training.config import TrainingConfig

PLAIN = RunConfig(
    data=DataConfig("digits", train_size=80, test_size=20, labels="permuted"),
    network=NetworkConfig(widths=(6,)),
    training=TrainingConfig(epochs=3, batch_size=40, learning_rate=0.01),
    observing=ObservingConfig(schedule="every", every=1, estimator_examples=50),
    members=2,
)
ASKED = replace(
    PLAIN, observing=replace(PLAIN.observing, geometry=("hsic", "nhsic", "cka", "clusters"))
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(ASKED, out=tmp_path_factory.mktemp("geometry") / "run")


def test_a_table_of_numbers_that_are_no_bits(finished: Run) -> None:
    table = finished.geometry
    assert list(table.columns) == list(GEOMETRY)
    pairs = ("X;T", "T;Y", "T;Ỹ")
    dependence = {f"{name}({pair})" for name in ("HSIC", "nHSIC", "CKA") for pair in pairs}
    assert set(table["quantity"]) == dependence | {"clusters(T)"}
    assert len(table) == 10 * 3 * 2 * 4  # quantities, layers, members, looks
    assert (table["n"] == 50).all()
    assert not set(finished.measurements["quantity"]) & set(table["quantity"])
    once = table[(table["epoch"] == 0) & (table["layer"] == "input")]
    of_input = once[once["quantity"].isin(["nHSIC(X;T)", "CKA(X;T)"])]["value"]
    assert of_input.to_list() == pytest.approx([1] * len(of_input))
    clusters = table[table["quantity"] == "clusters(T)"]
    assert set(clusters["resolution"]) == {"bins of width 0.5"}
    assert clusters["value"].between(1, 50).all()


def test_values_are_those_of_the_functions() -> None:
    train, _ = load(PLAIN.data, PLAIN.seed)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 5))
    observer = Observer(model, train.inputs, FixedWidth(0.5), layers=("logits",))
    measures = ASKED.observing.geometry
    labels = {"Y": train.labels}
    geometric = GeometryMeasurer(
        "train", train.inputs, labels, measures=measures, bins=FixedWidth(0.5), examples=80, seed=0
    )
    found = {row["quantity"]: row["value"] for row in geometric.observe(observer, epoch=0)}
    with torch.no_grad():
        t = model(train.inputs)
    x, y = train.inputs.flatten(1), train.labels
    assert found == pytest.approx(
        {
            "HSIC(X;T)": hsic(t, x),
            "HSIC(T;Y)": hsic(t, y),
            "nHSIC(X;T)": normalised_hsic(t, x),
            "nHSIC(T;Y)": normalised_hsic(t, y),
            "CKA(X;T)": linear_cka(t, x),
            "CKA(T;Y)": linear_cka(t, y),
            "clusters(T)": cluster_count(t, FixedWidth(0.5)),
        },
        rel=1e-5,
    )


def test_resumed_it_is_the_same(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    interrupted(monkeypatch, 22, lambda: run(ASKED, out=tmp_path / "run"))
    assert not (tmp_path / "run" / "weights.safetensors").exists()
    again = run(ASKED, out=tmp_path / "run")
    name = "geometry.parquet"
    assert (again.path / name).read_bytes() == (finished.path / name).read_bytes()


def test_who_does_not_ask_has_no_table_and_the_id_of_before(tmp_path: Path) -> None:
    assert PLAIN.id == replace(PLAIN, observing=replace(PLAIN.observing, geometry=())).id
    assert PLAIN.id != ASKED.id
    plain = run(PLAIN, out=tmp_path / "run")
    assert not (plain.path / "geometry.parquet").exists()
    with pytest.raises(InfoplaneError, match=r"has no geometry; run it with observing.geometry"):
        _ = plain.geometry


def test_a_lost_table_is_measured_again(finished: Run) -> None:
    from infoplane.runs.storage.folder import RunFolder

    (finished.path / "geometry.parquet").rename(finished.path / "moved")
    assert not is_complete(RunFolder(finished.path), ASKED)
    (finished.path / "moved").rename(finished.path / "geometry.parquet")
    assert is_complete(RunFolder(finished.path), ASKED)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"geometry": ("hsik",)}, r"geometry is \('hsik',\); give some of: hsic, nhsic"),
        ({"geometry": ("hsic",), "estimator_examples": 3}, "estimator_examples is 3; give 4 or"),
    ],
)
def test_refusals(given: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        ObservingConfig(**given)
