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
    memorized_depth,
)
from infoplane.names import I_TY, STRONGEST


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


def test_the_strongest_decoder_is_drawn_and_the_others_beside_it() -> None:
    measured = decoded(decoders={"k-NN decoder": 0.5, STRONGEST: 1.0, "linear decoder": 0.9})
    points = learned_memorized_points(measured)
    assert set(points.estimator) == {STRONGEST}
    pd.testing.assert_frame_equal(points, learned_memorized_points(decoded()))
    for figure in (learned_memorized_plane(measured), memorized_depth(measured)):
        said = {text.get_text() for text in figure.legends[0].get_texts()}
        assert {"k-NN decoder", "linear decoder"} <= said


def test_a_run_read_by_one_decoder_is_drawn_by_it() -> None:
    assert set(learned_memorized_points(decoded(decoders={"k-NN decoder": 1.0})).estimator) == {
        "k-NN decoder"
    }


def test_what_the_input_says_is_taken_off_and_said() -> None:
    """Copies, or noise that depends on the input, are not memorized by a layer."""
    plain, told = (learned_memorized_points(decoded(of_input=bits)) for bits in (0.0, 0.5))
    deep, input_ = told[told.depth == 6], told[told.depth == 0]
    assert (input_.memorized > 0.4).all()
    beyond = deep.set_index("epoch").memorized + input_.set_index("epoch").memorized
    expected = plain[plain.depth == 6].set_index("epoch").memorized + 0.5
    pd.testing.assert_series_equal(beyond, expected)
    texts = [text.get_text() for text in learned_memorized_plane(decoded(of_input=0.5)).texts]
    assert any("bits that the input says" in text for text in texts)
    assert not any(
        "that the input says" in t.get_text() for t in memorization_figure(decoded()).texts
    )


def test_points_inside_their_null_are_marked() -> None:
    points = learned_memorized_points(decoded())
    assert points[points.depth == 0].memorized_inside.all()
    assert not points[(points.depth == 6) & (points.epoch == 80)].memorized_inside.any()
    said = {text.get_text() for text in learned_memorized_plane(decoded()).legends[0].get_texts()}
    assert "M inside its null (p > .05)" in said


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
