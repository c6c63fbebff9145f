"""Figures of ensembles: the numbers they draw, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from infoplane import figures
from infoplane.errors import InfoplaneError

IMAGES = np.random.default_rng(0).random((20, 8, 8))
LABELS = (np.arange(20) % 10, np.arange(20) % 10)
PAIRS = pd.DataFrame(
    {
        "train": [4, 4, 7],
        "test": [1, 2, 3],
        "memorization": [0.5, 0.5, 0.9],
        "influence": [0.2, 0.4, 0.3],
    }
)


def memorized() -> pd.DataFrame:
    values = np.array([0.0, 0.01, 0.5, 0.99])
    return pd.DataFrame(
        {"memorization": values, "shuffled": 0.0, "corrupted": [False, False, True, True]}
    )


def test_every_example_is_in_one_bin_of_its_kind() -> None:
    table = figures.memorization_counts(memorized(), networks=8)
    counts = table.groupby("kind")["examples"].sum()
    assert counts.to_dict() == {"true label": 2, "wrong label": 2, "memberships shuffled": 4}


def test_bins_hold_equally_many_of_the_shares_that_can_be() -> None:
    shares = np.arange(-32, 33) / 32  # of 64 networks, halves
    every = pd.DataFrame({"memorization": shares, "shuffled": shares, "corrupted": False})
    counts = figures.memorization_counts(every, networks=64)
    assert set(counts["examples"].iloc[1:-1]) <= {0, 1}
    assert counts.loc[counts["kind"] == "true label", "examples"].sum() == 65


def test_shares_above_the_threshold_are_said() -> None:
    figure = figures.memorization_histogram(memorized(), networks=8)
    assert any("50.00% at .25 or more" in text.get_text() for text in figure.texts)


def test_the_most_influential_are_drawn_first_with_those_they_help() -> None:
    figure = figures.long_tail(PAIRS, IMAGES, IMAGES, LABELS, rows=2)
    captions = [axes.get_xlabel() for axes in figure.axes if axes.axison]
    assert captions == ["4 · mem 0.50", "2 · +0.40", "1 · +0.20", "7 · mem 0.90", "3 · +0.30"]


def test_rates_are_on_log_axes_with_chance() -> None:
    at = [0.001, 0.01, 1.0]
    curves = pd.DataFrame(
        {"attack": "online", "false_positive_rate": at, "true_positive_rate": [0.1, 0.2, 1]}
    )
    axes = figures.attack_roc(curves).axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    chance, online = axes.lines
    np.testing.assert_allclose(chance.get_xdata(), chance.get_ydata())
    np.testing.assert_allclose(online.get_ydata(), [0.1, 0.2, 1])


def test_both_kinds_of_networks_are_counted() -> None:
    table = pd.DataFrame({"seen": [True, True, False], "log_odds": [3.0, 5.0, -1.0]})
    figure = figures.in_and_out(table)
    words = [text.get_text() for text in figure.texts]
    assert any("means 4.0 and −1.0 nats" in text for text in words)


def test_refusals() -> None:
    with pytest.raises(InfoplaneError, match="name examples up to 7 and 3, and 5 and 20 images"):
        figures.long_tail(PAIRS, IMAGES[:5], IMAGES, LABELS)
    with pytest.raises(InfoplaneError, match="give the same measures in the same order"):
        figures.agreement_matrix(pd.DataFrame(np.eye(2), index=["a", "b"]), examples=4)
    with pytest.raises(InfoplaneError, match="the memorization table lacks shuffled"):
        figures.memorization_counts(memorized()[["memorization", "corrupted"]], networks=8)


def c_scores() -> pd.DataFrame:
    return pd.DataFrame(
        {"id": range(4), "at 0.1": [0, 0.5, 0.5, 1], "at 0.9": [0, 1, 1, np.nan]}
        | {"mean": [0, 0.75, 0.75, 1]}
    )


def test_shares_of_examples_grow_to_all_of_them() -> None:
    points = figures.consistency_points(c_scores()).set_index("of")
    assert points.loc["mean", "score"].tolist() == [0, 0.75, 1]
    assert points.loc["mean", "share"].tolist() == [0.25, 0.75, 1]
    assert points.loc["at 0.9", "share"].tolist() == pytest.approx([1 / 3, 1])
    assert (points.groupby("of")["share"].max() == 1).all()


def test_the_subtitle_of_c_scores_counts_the_hard_ones() -> None:
    figure = figures.consistency_figure(c_scores())
    assert any("mean 0.625, median 0.750; 25.00% below .25" in t.get_text() for t in figure.texts)
    one = figures.consistency_figure(c_scores().drop(columns="at 0.9"), title="C")
    assert [t.get_text() for t in one.legends[0].get_texts()] == ["C-score: mean", "at 0.1"]


@pytest.mark.parametrize(
    "table", [c_scores()[:0], c_scores()[["id", "mean"]], c_scores().drop(columns="mean")]
)
def test_a_table_without_c_scores_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(InfoplaneError, match=r"the table of C-scores has \d rows and the columns"):
        figures.consistency_figure(table)
