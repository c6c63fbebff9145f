"""Profiles over layers and second-split curves: the numbers drawn."""

from __future__ import annotations

import pandas as pd
import pytest
from every_figure import EVERY

from infoplane import figures
from infoplane.errors import InfoplaneError


def test_share_remembered_falls_to_those_never_forgotten() -> None:
    times = pd.DataFrame(
        {"member": 0, "corrupted": [True] * 4, "epochs": 2, "second_split_forgetting": [0, 1, 2, 3]}
    )
    points = figures.second_split_points(times)
    assert points["epoch"].tolist() == [0, 1, 2]
    assert points["remembered"].tolist() == [0.75, 0.5, 0.25]  # one is never forgotten


def test_the_circle_is_at_the_layer_with_most() -> None:
    first = EVERY["layer_profiles"]().axes[0]
    _, _, circle = first.lines  # control, mean
    assert circle.get_xdata().tolist() == [6]  # (0 - depth)²
    assert len(EVERY["layer_profiles"]().axes) == 7


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="the profiles table lacks"):
        figures.layer_profiles(pd.DataFrame({"member": [0]}))
    with pytest.raises(InfoplaneError, match="the second split table lacks"):
        figures.second_split_points(pd.DataFrame({"member": [0]}))
