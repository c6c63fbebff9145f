"""Fifty networks at six moments, drift and diffusion, sweeps of the resolution, many estimators."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.text import Text

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.figures import (
    curve_points,
    estimator_panels,
    gradient_phases,
    gradient_points,
    moment_points,
    plane_moments,
    resolution_map,
    resolution_points,
)
from infoplane.figures.information.resolution import sweeps
from infoplane.figures.run import run_figures

Measured = Callable[..., pd.DataFrame]
EPOCHS = [0, 1, 10, 100, 1000]


def gradients(members: int = 3) -> pd.DataFrame:
    """Return gradients whose mean falls below their spread after epoch 10."""
    rows = [
        {
            **{"run": "r", "member": member, "epoch": epoch, "layer": f"layer{depth}"},
            **{"depth": depth, "mean_norm": 4 / (1 + epoch / 5), "std_norm": 2.0},
            "weight_norm": 2.0,
        }
        for member in range(members)
        for depth in (1, 2)
        for epoch in EPOCHS
    ]
    return tables.table(rows, tables.GRADIENTS)


def swept(measured: Measured) -> pd.DataFrame:
    """Return a run watched at three widths of bins besides its own."""
    base = measured(members=1, layers=3, epochs=EPOCHS)
    rows = base[base["estimator"] == "bins"]
    parts = [
        rows.assign(
            estimator="bins, swept", resolution=f"bins of width {width:g}",
            parameter="bin_width", parameter_value=width, bits=rows["bits"] * scale,
        )
        for width, scale in ((0.01, 1.0), (0.1, 0.7), (1.0, 0.3))
    ]  # fmt: skip
    return pd.concat([base, *parts], ignore_index=True)


def test_moments_are_the_nearest_measured_epochs(measured: Measured) -> None:
    table = measured(members=4, layers=3, epochs=EPOCHS)
    points = moment_points(table, [0, 3, 900])
    assert list(points["epoch"].unique()) == [0, 1, 1000]
    assert set(points["member"]) == {0, 1, 2, 3}
    figure = plane_moments(table, [0, 3, 900], limits={"limit": ([0, 1, 12], [0, 0.9, 1])})
    written = {t.get_text() for t in figure.findobj(Text) if isinstance(t, Text)}
    assert {"epoch 0", "epoch 1", "epoch 1,000", "limit"} <= written
    with pytest.raises(InfoplaneError, match="at least one moment"):
        moment_points(table, [])


def test_gradients_are_relative_to_the_weights() -> None:
    points = gradient_points(gradients())
    first = points[(points["epoch"] == 0) & (points["depth"] == 1)].iloc[0]
    assert (first["mean"], first["std"], first["ratio"]) == (2.0, 1.0, 2.0)
    assert len(gradient_phases(gradients(), moment=10).axes) == 2
    with pytest.raises(InfoplaneError, match="gradients table lacks"):
        gradient_points(gradients().drop(columns="std_norm"))


def test_a_sweep_in_order_of_its_scale(measured: Measured) -> None:
    table = swept(measured)
    points = resolution_points(table, "bins, swept")
    assert sorted(points["scale"].unique()) == [0.01, 0.1, 1.0]
    assert ((points["fall"] >= 0) & (points["fall"] <= 1)).all()
    of_one = points[(points["depth"] == 1) & (points["scale"] == 0.1)]
    peak = np.maximum.accumulate(of_one["bits"])
    assert np.allclose(of_one["fall"], 1 - of_one["bits"] / peak)
    assert len(resolution_map(table, "bins, swept").axes) == points["depth"].nunique() + 1
    with pytest.raises(InfoplaneError, match="sweep two or more"):
        resolution_points(table, "bins")
    with pytest.raises(InfoplaneError, match="two or more of one parameter"):
        resolution_points(
            table.assign(parameter=table["parameter"].where(table["parameter_value"] > 0.01, "k")),
            "bins, swept",
        )


def test_what_is_saturated_is_hatched(measured: Measured) -> None:
    table = swept(measured)
    table["saturated"] = table["resolution"] == "bins of width 0.01"
    points = resolution_points(table, "bins, swept")
    assert (points["saturated"] == (points["scale"] == 0.01)).all()
    panel = resolution_map(table, "bins, swept").axes[0]
    (hatched,) = [c for c in panel.collections if isinstance(c, PolyCollection) and c.get_hatch()]
    assert len(hatched.get_paths()) == len(EPOCHS)


def test_what_is_a_sweep_and_by_which_number(measured: Measured) -> None:
    table = swept(measured)
    assert sweeps(table, "train") == [("bins, swept", "I(X;T)")]
    assert sweeps(table, "test") == []
    of_labels = table[(table["quantity"] == "I(T;Y)") & (table["estimator"] == "bins, swept")]
    kernels = of_labels.assign(estimator="matrix Rényi", parameter="width")
    follows = of_labels.assign(  # one width a layer and epoch, as a rule gives it
        estimator="rule", parameter="", parameter_value=np.nan
    )
    together = pd.concat([table, kernels, follows.drop_duplicates(["depth", "epoch", "subset"])])
    assert sweeps(together, "train")[1:] == [("matrix Rényi", "I(T;Y)")]
    points = resolution_points(together, "matrix Rényi", quantity="I(T;Y)")
    assert sorted(points["scale"].unique()) == [0.01, 0.1, 1.0]
    assert "sweep-bins-swept" in run_figures(table, training_of(table))


def training_of(measurements: pd.DataFrame) -> pd.DataFrame:
    """Return a training table of the same epochs."""
    row = {"run": "r", "member": 0, "step": 0, "subset": "train", "n": 10}
    row |= {"loss": 1.0, "accuracy": 0.5, "true_accuracy": 0.5}
    rows = [{**row, "epoch": epoch} for epoch in measurements["epoch"].unique()]
    return tables.table(rows, tables.TRAINING)


def test_a_panel_for_each_estimator(measured: Measured) -> None:
    table = measured(members=2, layers=3, epochs=EPOCHS)
    points = curve_points(table, quantities=("I(T;Y)",))
    figure = estimator_panels({"one": points, "two": points.assign(ceiling=np.inf)})
    assert len(figure.axes) == 2
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    with pytest.raises(InfoplaneError, match="at least one estimator"):
        estimator_panels({})
