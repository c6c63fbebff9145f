"""Forgetting events: the shares drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from infoplane.errors import InfoplaneError
from infoplane.figures.papers.toneva_2019 import MOST, forgetting_histogram, forgetting_shares

EVENTS = pd.DataFrame({0: [0.0, 0, 1, np.nan], 1: [0.0, 1, 1, 500]})


def test_shares_are_of_all_examples() -> None:
    shares = forgetting_shares(EVENTS).set_index("events")
    assert shares.loc[0].tolist() == [0.375, 0.25, 0.5]
    assert shares.loc[1].tolist() == [0.375, 0.25, 0.5]
    assert shares.loc[MOST, "most"] == 0.25  # what is above is counted there
    assert shares["share"].sum() == pytest.approx(7 / 8)  # one was never right


def test_a_panel_says_what_is_never_forgotten() -> None:
    figure = forgetting_histogram({"images": EVENTS, "shuffled": EVENTS})
    assert [axes.get_title("left") for axes in figure.axes] == [
        f"{name}: 37.5% never forgotten" for name in ("images", "shuffled")
    ]


def test_nothing_is_not_drawn() -> None:
    with pytest.raises(InfoplaneError, match="there are no forgetting events to draw"):
        forgetting_histogram({"images": EVENTS[:0]})
