"""Scores that separate perfectly, not at all, and in ties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from infoplane.errors import InfoplaneError
from infoplane.memorization.separation import separation

CORRUPTED = np.arange(1000) < 100


def test_known_separations() -> None:
    random = np.random.default_rng(0)
    table = separation(
        pd.DataFrame(
            {
                "cumulative_loss": CORRUPTED + 0.5 * random.random(1000),
                "aum": -1.0 * CORRUPTED,  # lower is memorized
                "confidence": random.random(1000),
                "el2n": -1.0 * CORRUPTED,  # against its direction
                "forgetting_events": np.zeros(1000),
                "gradient_norm": np.full(1000, np.nan),
            }
        ),
        CORRUPTED,
    ).set_index("score")
    assert table.loc[["cumulative_loss", "aum"]].iloc[:, 1:].eq(1).all(axis=None)
    assert table.loc["confidence", "auroc"] == pytest.approx(0.5, abs=0.06)
    assert table.loc["el2n", "auroc"] == 0
    assert table.loc["forgetting_events", "auroc"] == 0.5
    assert table.loc["forgetting_events", "average_precision"] == pytest.approx(0.1)
    assert table.loc["forgetting_events", "tpr_at_1_percent_fpr"] == 0
    assert "gradient_norm" not in table.index


def test_one_percent_of_a_thousand_clean_examples_are_ten() -> None:
    """From the highest loss down: the sixth corrupted one comes after ten clean ones, no more."""
    corrupted = np.array([1] * 5 + [0] * 10 + [1] + [0] + [1] * 4 + [0] * 989, dtype=bool)
    table = separation(pd.DataFrame({"cumulative_loss": -np.arange(1010.0)}), corrupted)
    assert table["tpr_at_1_percent_fpr"].tolist() == [0.6]


@pytest.mark.parametrize("mask", [CORRUPTED & False, CORRUPTED | True])
def test_refuses_where_there_is_nothing_to_tell_apart(mask: np.ndarray) -> None:
    with pytest.raises(InfoplaneError, match="of 1000 examples are corrupted; scores can be"):
        separation(pd.DataFrame({"aum": np.zeros(1000)}), mask)
