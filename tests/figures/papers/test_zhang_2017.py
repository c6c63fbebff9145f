"""Figure 1 of Zhang et al.: its numbers, and that it draws what a study may hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.figures import fitting_figure, loss_points
from infoplane.figures.papers.zhang_2017 import CORRUPTIONS, NETWORKS
from infoplane.names import LABEL_BITS, RUNNING_LOSS

EPOCHS = range(1, 31)
STEPS = 8


def dynamics(pace: float, members: int) -> pd.DataFrame:
    """A running loss that falls from log2 10 within some epochs, a little later in each member."""
    rows = [
        {
            **{"run": "r", "member": member, "epoch": epoch, "quantity": quantity},
            "value": np.log2(10) * np.exp(-epoch / (pace + member)),
        }
        for member in range(members)
        for epoch in EPOCHS
        for quantity in (RUNNING_LOSS, LABEL_BITS)
    ]
    return tables.table(rows, tables.DYNAMICS)


def training() -> pd.DataFrame:
    """Looks at some of the epochs."""
    rows = [
        {**dict.fromkeys(tables.TRAINING, 0), "run": "r", "subset": "train"}
        | {"epoch": epoch, "step": STEPS * epoch}
        for epoch in (0, 5, 30)
    ]
    return tables.table(rows, tables.TRAINING)


def rates(*, fitted: bool) -> pd.DataFrame:
    """Two networks at three rates, the last of which may not be fitted."""
    return pd.DataFrame(
        [
            {
                **{"network": network, "rate": rate, "slowdown": 1 + rate, "slowdown_sd": 0.1},
                **{"test_error": 0.4 + rate / 2, "test_error_sd": np.nan},
                "fitted": fitted or rate < 1,
            }
            for network in ("mlp", "alexnet")
            for rate in (0.0, 0.5, 1.0)
        ]
    )


def published() -> pd.DataFrame:
    return pd.DataFrame(
        {"network": "mlp", "rate": [0.0, 1.0], "slowdown": [1.0, 2.0], "test_error": [0.5, 0.9]}
    )


def test_points_are_means_over_members_by_step() -> None:
    points = loss_points(dynamics(5, 2), training())
    fifth = points[points["epoch"] == 5].iloc[0]
    values = [np.log2(10) * np.exp(-5 / pace) for pace in (5, 6)]
    assert fifth["step"] == 40
    assert fifth["loss"] == pytest.approx(np.mean(values))
    assert fifth["loss_sd"] == pytest.approx(np.std(values, ddof=1))
    assert fifth["members"] == 2
    assert loss_points(dynamics(5, 1), training())["loss_sd"].isna().all()


@pytest.mark.parametrize("fitted", [True, False])
@pytest.mark.parametrize("members", [1, 3])
def test_draws_a_panel_a_network_and_two_by_rate(fitted: bool, members: int) -> None:
    of_mlp = {
        name: loss_points(dynamics(pace, members), training())
        for name, pace in (("true labels", 3), ("random pixels", 6), ("random labels", 9))
    }
    figure = fitting_figure({"mlp": of_mlp, "alexnet": of_mlp}, rates(fitted=fitted), published())
    assert len(figure.axes) == 4
    written = {text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)}
    assert {"mlp: running loss", "published", "test error", "random labels"} <= written
    assert ("not fitted" in written) != fitted


def test_every_corruption_and_network_has_a_colour() -> None:
    assert len({*CORRUPTIONS, *NETWORKS}) == len(CORRUPTIONS) + len(NETWORKS)
    assert len(CORRUPTIONS) >= 5
    assert len(NETWORKS) >= 3


def test_tables_of_another_kind_are_refused() -> None:
    with pytest.raises(InfoplaneError, match="dynamics"):
        loss_points(training(), training())
