"""The figure of a validation: its numbers, its order, and that it draws what can come."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing.saving import save
from infoplane.figures.estimator_errors import (
    BIAS,
    HOLDS,
    MISSED,
    validation_figure,
    validation_points,
)

DISTRIBUTIONS = [f"distribution {i}" for i in range(25)]


def validated(estimators: int = 15, distributions: int = 25) -> pd.DataFrame:
    """A table as ``validate`` leaves it, with errors from nothing to several bits."""
    draw = np.random.default_rng(0)
    rows = []
    for e, d in itertools.product(range(estimators), range(distributions)):
        error = float(draw.choice([0.01, 0.3, 4]) * draw.normal())
        rows.append(
            {
                **{"estimator": f"estimator {e}", "parameters": "k=3", "n": 10_000},
                **{"distribution": DISTRIBUTIONS[d], "estimate": 2 + error, "truth": 2.0},
                **{"error": error, "spread": 0.05, "seconds": 0.1, "tolerance": 0.05},
                "expected": 0.0,
                **{"holds": abs(error) <= 0.05, "known_bias": "heavy tails" if d % 3 else ""},
            }
        )
    return pd.DataFrame(rows)


def test_verdicts_of_points() -> None:
    table = validated(1, 4).assign(
        error=[0.0, 1.0, 1.0, np.nan],
        estimate=[2.0, 3.0, 3.0, np.nan],
        holds=[True, False, True, False],
        known_bias=["", "", "heavy tails", "heavy tails"],
        expected=[0.0, 0.0, 1.0, 1.0],
    )
    points = validation_points(table)
    assert points["verdict"].tolist() == [HOLDS, MISSED, BIAS, MISSED]
    assert set(points["panel"]) == {"estimator 0"}
    axes = validation_figure(table).axes[0]
    bands = [band.get_datalim(axes.transData).intervalx for band in axes.collections]
    np.testing.assert_allclose(bands, [[-0.05, 0.05]] * 2 + [[0.95, 1.05]] * 2)
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["+1.00", "+1.00", "no number"]


def test_parameters_and_sizes_are_named_where_there_are_several() -> None:
    table = validated(1, 2)
    several = pd.concat([table, table.assign(parameters="k=5"), table.iloc[:1].assign(n=500)])
    points = validation_points(several)
    assert set(points["panel"]) == {"estimator 0\nk=3", "estimator 0\nk=5"}
    assert set(points["row"]) == {
        "distribution 0, n 10,000", "distribution 0, n 500", "distribution 1"
    }  # fmt: skip


def test_long_parameters_are_broken_at_their_value() -> None:
    several = [
        validated(1, 1).assign(parameters=p) for p in ("bins=20", "correction=grassberger-1988")
    ]
    titles = [axes.get_title(loc="left") for axes in validation_figure(pd.concat(several)).axes]
    assert titles == ["estimator 0\nbins=20", "estimator 0\ncorrection=\ngrassberger-1988"]


@pytest.mark.parametrize(("estimators", "distributions"), [(1, 1), (4, 3), (15, 25)])
def test_a_panel_for_each_estimator(estimators: int, distributions: int, tmp_path: Path) -> None:
    figure = validation_figure(validated(estimators, distributions), title="Validation")
    names = [axes.get_title(loc="left") for axes in figure.axes]
    assert names == [f"estimator {e}" for e in range(estimators)]
    first = figure.axes[0]
    labels = [label.get_text() for label in first.get_yticklabels()]
    assert labels == [f"{name}   2.00" for name in DISTRIBUTIONS[:distributions]]
    if estimators == 4:
        assert all(path.stat().st_size > 0 for path in save(figure, tmp_path / "validation"))


def test_panels_beside_one_another_share_their_distributions_in_order() -> None:
    table = validated(3, 5)
    number = table["estimator"].str[-1].astype(int)
    place = table["distribution"].str[-1].astype(int)
    kept = table[((number == 0) & (place % 2 == 1)) | ((number == 1) & (place < 4)) | (number == 2)]
    figure = validation_figure(kept, columns=2)
    first, last = figure.axes[0], figure.axes[2]
    assert [t.get_text()[:14] for t in first.get_yticklabels()] == DISTRIBUTIONS[:4]
    assert [t.get_text()[:14] for t in last.get_yticklabels()] == DISTRIBUTIONS[:5]


def test_estimators_of_other_distributions_come_after() -> None:
    table = validated(2, 4)
    kept = table[
        (table["estimator"] == "estimator 0") == (table["distribution"] > "distribution 1")
    ]
    labels = [t.get_text()[:14] for t in validation_figure(kept).axes[0].get_yticklabels()]
    assert labels == [*DISTRIBUTIONS[2:4], *DISTRIBUTIONS[:2]]


def test_one_seed_and_exact_estimates_are_drawn() -> None:
    exact = validated(1, 3).assign(error=0.0, spread=np.nan, tolerance=0.0, holds=True)
    assert len(validation_figure(exact).axes) == 1


def test_what_is_refused() -> None:
    table = validated(1, 2)
    with pytest.raises(InfoplaneError, match="estimator 0 on distribution 0 several times"):
        validation_figure(pd.concat([table, table]))
    with pytest.raises(InfoplaneError, match="validation table is empty"):
        validation_figure(table.iloc[:0])
    with pytest.raises(InfoplaneError, match="validation table lacks truth"):
        validation_figure(table.drop(columns="truth"))
