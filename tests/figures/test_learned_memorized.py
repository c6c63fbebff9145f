"""The learned–memorized plane: its numbers, and that it draws whatever a run may hold."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from infoplane.errors import InfoplaneError
from infoplane.figures import (
    learned_memorized_plane,
    learned_memorized_planes,
    learned_memorized_points,
    memorization_figure,
    memorized_by_depth,
)
from infoplane.tables import I_TY, MEASUREMENTS, M, table

END = (-0.04, 0.07, 0.86, 1.73, 2.0, 2.04, 2.05)  # M after 80 epochs at rate .5, real digits
LAYERS = ("input", *(f"layer{i}" for i in range(1, 6)), "logits")


def decoded(
    *, members: int = 2, epochs: tuple[int, ...] = (0, 2, 6, 20, 80), layers: int = 7
) -> pd.DataFrame:
    """Return what a run on half-corrupted labels measures by its decoders."""
    rows = []
    for member, epoch, depth in itertools.product(range(members), epochs, range(layers)):
        grown = 1 - np.exp(-epoch / 25)
        values = {
            (M, "train"): END[depth] * grown + 0.02 * member,
            (M, "test"): -0.01,
            (I_TY, "test"): 2.7 - 0.2 * depth * grown,
        }
        for (quantity, subset), bits in values.items():
            rows.append(
                {
                    **dict.fromkeys(MEASUREMENTS, np.nan),
                    **{"run": "r", "member": member, "epoch": epoch, "step": epoch},
                    **{"layer": LAYERS[depth], "depth": depth, "subset": subset},
                    **{"quantity": quantity, "estimator": "k-NN decoder", "bits": bits},
                    **{"resolution": "k ≤ 50", "saturated": False, "n": 4000, "width": 512},
                    "ceiling": 2.42 if quantity == M else 3.32,
                }
            )
    return table(rows, MEASUREMENTS)


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
