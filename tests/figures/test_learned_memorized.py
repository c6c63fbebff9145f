"""The learned–memorized plane: its numbers, and that it draws whatever a run may hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from decoded_runs import decoded

from infoplane.errors import InfoplaneError
from infoplane.figures import (
    learned_memorized_plane,
    learned_memorized_planes,
    learned_memorized_points,
    memorization_figure,
    memorized_by_depth,
)
from infoplane.tables import I_TY


def test_points_are_means_over_members() -> None:
    points = learned_memorized_points(decoded())
    assert len(points) == 7 * 5
    last = points[(points["layer"] == "layer3") & (points["epoch"] == 80)].iloc[0]
    grown = 1 - np.exp(-80 / 25)
    assert last["memorized"] == pytest.approx(1.73 * grown + 0.01)
    assert last["memorized_sd"] == pytest.approx(0.02 / np.sqrt(2))
    assert last["learned"] == pytest.approx(2.7 - 0.6 * grown)
    assert last["control"] == -0.01
    assert (last["memorized_ceiling"], last["learned_ceiling"]) == (2.42, 3.32)
    assert last["members"] == 2


@pytest.mark.parametrize(
    "measured",
    [decoded(), decoded(members=1), decoded(epochs=(0,)), decoded(members=1, layers=2)],
    ids=["usual", "one member", "one epoch", "two layers"],
)
def test_draws(measured: pd.DataFrame) -> None:
    plane = learned_memorized_plane(measured)
    texts = {text.get_text() for axes in plane.axes for text in axes.texts}
    assert "H(Ỹ|Y) = 2.42" in texts
    assert any("input" in text for text in texts)
    assert len(memorization_figure(measured).axes) >= 4


def test_several_runs_share_their_axes() -> None:
    runs = {"rate 0.2": decoded(), "rate 0.5": decoded(members=1)}
    figure = learned_memorized_planes(runs)
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in panels] == list(runs)
    assert panels[0].get_xlim() == panels[1].get_xlim()
    assert memorized_by_depth(runs).axes[0].get_ylabel() == "index M / H(Ỹ|Y)"


def test_a_run_without_decoders_is_refused() -> None:
    measured = decoded()
    with pytest.raises(InfoplaneError, match="I\\(T;Ỹ\\|Y\\) is not measured on subset 'train'"):
        learned_memorized_plane(measured[measured["quantity"] == I_TY])
