"""Label bits by epoch, the three-way split, and matrices of rewound layers."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from decoded_runs import decoded

from infoplane.errors import InfoplaneError
from infoplane.figures import (
    label_bits_figure,
    label_bits_points,
    memorization_by_rate,
    memorized_index,
    rewound_matrix,
    rewound_points,
)
from infoplane.figures.memorization.plane import learned_memorized_points
from infoplane.names import FANO_FLOOR, LABEL_BITS, MEMORIZED_BITS, SPLIT
from infoplane.tables import DYNAMICS, table


def dynamics(*, members: int = 2, split: bool = True) -> pd.DataFrame:
    """Return label bits that grow, and corrupted examples that are memorized in time."""
    rows = []
    for member, epoch in itertools.product(range(members), range(1, 41)):
        grown = 1 - np.exp(-epoch / 10)
        values = {LABEL_BITS: 3.3 * grown, MEMORIZED_BITS: grown + member, FANO_FLOOR: grown / 2}
        if split:
            values |= dict(zip(SPLIT, (grown, 0.8 * (1 - grown), 0.2 * (1 - grown)), strict=True))
        for quantity, value in values.items():
            place = {"run": "r", "member": member, "epoch": epoch}
            rows.append({**place, "quantity": quantity, "value": value})
    return table(rows, DYNAMICS)


def test_generalised_bits_are_what_is_not_memorized() -> None:
    points = label_bits_points(dynamics()).set_index(["quantity", "epoch"])
    total, memorized = points.loc[(LABEL_BITS, 40)], points.loc[(MEMORIZED_BITS, 40)]
    general = points.loc[("generalised bits", 40)]
    assert general["value"] == pytest.approx(total["value"] - memorized["value"])
    assert memorized["sd"] == pytest.approx(np.sqrt(0.5))
    assert memorized["members"] == 2


@pytest.mark.parametrize(("split", "panels"), [(True, 2), (False, 1)])
def test_label_bits_are_drawn(split: bool, panels: int) -> None:
    assert len(label_bits_figure(dynamics(split=split)).axes) == panels


def test_tables_of_several_runs_or_of_something_else_are_refused() -> None:
    rows = dynamics()
    with pytest.raises(InfoplaneError, match="several values of one quantity"):
        label_bits_points(pd.concat([rows, rows]))
    with pytest.raises(InfoplaneError, match="has no 'label bits' and 'memorized bits'"):
        label_bits_figure(rows[rows["quantity"] == FANO_FLOOR])


def rewound_table(*, epochs: int = 5, members: int = 2) -> pd.DataFrame:
    """Return what rewinding three layers gives."""
    modes, quantities = ("one layer", "from this layer on"), ("clean accuracy", "memorized part")
    cells = itertools.product(range(members), range(1, 4), range(epochs), modes, quantities)
    rows = [
        {
            **{"member": member, "layer": f"layer{depth}", "depth": depth, "epoch": 4 * epoch},
            **{"mode": mode, "quantity": quantity, "value": member + depth / 10 + epoch / 100},
        }
        for member, depth, epoch, mode, quantity in cells
    ]
    return pd.DataFrame(rows)


def test_the_matrix_is_layers_by_epochs_as_means_over_members() -> None:
    matrix = rewound_points(rewound_table(), "clean accuracy")
    assert list(matrix.columns) == [0, 4, 8, 12, 16]
    assert matrix.loc[("one layer", "layer2"), 8] == pytest.approx(0.5 + 0.2 + 0.02)


@pytest.mark.parametrize("epochs", [1, 5, 30])
@pytest.mark.parametrize("quantity", ["clean accuracy", "memorized part"])
def test_matrices_are_drawn(quantity: str, epochs: int) -> None:
    figure = rewound_matrix(rewound_table(epochs=epochs), quantity)
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == [
        "only this layer rewound",
        "this layer and all after it",
    ]


def test_an_unknown_quantity_is_refused() -> None:
    with pytest.raises(InfoplaneError, match="quantity is 'x'; give one of 'clean accuracy'"):
        rewound_points(rewound_table(), "x")


def test_rates_share_a_figure_and_one_without_corruption_is_named() -> None:
    nothing = decoded().assign(ceiling=0.0)
    figure = memorization_by_rate({0.0: nothing, 0.4: decoded(), 1.0: decoded(members=1)})
    words = " ".join(text.get_text() for text in figure.texts)
    assert "rate 0: nothing to memorize" in words
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["rate 0.4", "rate 1"]
    with pytest.raises(InfoplaneError, match="measured M above a ceiling of 0"):
        memorization_by_rate({0.0: nothing})


def test_the_index_is_the_share_of_what_could_be_memorized() -> None:
    points = learned_memorized_points(decoded())
    index = memorized_index(points)
    last = points[points["epoch"] == 80].sort_values("depth")
    np.testing.assert_allclose(index["index"], last["memorized"] / 2.42)
