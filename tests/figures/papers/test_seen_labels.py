"""What layers tell of seen labels: which labels, which moment, and that it is drawn."""

from __future__ import annotations

import pandas as pd
import pytest
from typical_tables import measurements

from infoplane.errors import InfoplaneError
from infoplane.figures import seen_label_points, seen_labels_by_depth
from infoplane.names import I_TY, I_TY_SEEN


@pytest.fixture(scope="module")
def noisy() -> pd.DataFrame:
    return measurements(random_labels=True, epochs=(0, 40), layers=4)


@pytest.fixture(scope="module")
def clean() -> pd.DataFrame:
    return measurements(epochs=(0, 40), layers=4, labels=(I_TY,))


def test_points_are_of_the_seen_labels_at_the_last_look(
    noisy: pd.DataFrame, clean: pd.DataFrame
) -> None:
    for table, quantity in ((noisy, I_TY_SEEN), (clean, I_TY)):
        points = seen_label_points(table, estimator="bins")
        assert list(points.layer) == ["input", "layer1", "layer2", "layer3", "logits"]
        rows = table[(table.epoch == 40) & (table.quantity == quantity)]
        expected = rows.groupby("depth").bits.mean()
        assert points.set_index("depth").bits.to_dict() == pytest.approx(expected.to_dict())
        assert (points.members == 3).all()


def test_draws_a_line_a_run_and_a_panel_a_network(noisy: pd.DataFrame, clean: pd.DataFrame) -> None:
    panels = {"alexnet": {"true labels": clean, "random labels": noisy}, "mlp": {"random": noisy}}
    figure = seen_labels_by_depth(panels, estimator="bins")
    assert [len(axes.containers) for axes in figure.axes] == [2, 1]
    said = {text.get_text() for text in figure.legends[0].get_texts()}
    assert said >= {"true labels", "random labels", "random", "inside its null"}


def test_refusals(clean: pd.DataFrame) -> None:
    with pytest.raises(InfoplaneError, match=r"panels is empty; give .* at least one run"):
        seen_labels_by_depth({"alexnet": {}})
    with pytest.raises(InfoplaneError, match=r"is not measured .* with estimator 'Ross'"):
        seen_label_points(clean)
