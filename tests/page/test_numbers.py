"""The numbers in a page are those of the tables."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from infoplane.figures import (
    curve_points,
    example_scores,
    learned_memorized_points,
    plane_points,
    training_points,
)
from infoplane.names import I_TY, I_TY_SEEN, STRONGEST, M
from infoplane.page import write_report
from infoplane.page.columns import MOST_EPOCHS, packed, plain, thinned
from infoplane.page.examples import shown_examples

from .run_folders import run_tables, unpacked, write_run

CLOSE = 1e-5


def same(shown: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Compare what a page holds with a table, whatever types JSON made of it."""
    expected = expected.reset_index(drop=True)
    assert len(shown) == len(expected)
    for name in expected:
        if expected[name].dtype.kind == "f":
            values = pd.to_numeric(shown[name]).to_numpy(dtype=float)
            assert values == pytest.approx(expected[name].to_numpy(), rel=CLOSE, nan_ok=True), name
        else:
            assert shown[name].tolist() == expected[name].tolist(), name


@pytest.fixture
def shown(run, read):
    return read(write_report([run]))["runs"][0]


def test_the_learned_memorized_plane(shown, tables) -> None:
    points = unpacked(shown["memorized"])
    same(points, learned_memorized_points(tables["measurements"]))
    nulls = curve_points(
        tables["measurements"], quantities=(M,), estimator=STRONGEST, with_input=True
    )
    assert points.memorized_null_mean.tolist() == pytest.approx(nulls.null_mean.tolist())
    assert points.memorized_null_std.tolist() == pytest.approx(nulls.null_std.tolist(), rel=CLOSE)


def test_the_information_plane_by_either_label(shown, tables) -> None:
    for label in (I_TY, I_TY_SEEN):
        expected = plane_points(tables["measurements"], label=label)
        same(unpacked(shown["planes"][label]), expected)


def test_training(shown, tables) -> None:
    expected = training_points(tables["training"])
    kept = expected[expected.epoch.isin(shown["epochs"])]
    same(unpacked(shown["training"]), kept)


def test_the_most_memorized_examples(shown, tables) -> None:
    scores = example_scores(tables["examples"])
    found = shown["examples"]
    rows = unpacked(found["table"]).set_index("id")
    worst = scores.sort_values("confidence").id[: found["shown"]]
    assert set(worst) <= set(rows.index)
    assert rows.confidence.to_dict() == pytest.approx(
        scores.set_index("id").confidence[rows.index].to_dict(), rel=CLOSE
    )
    assert [(s["name"], s["direction"]) for s in found["scores"]] == [
        ("cumulative_loss", 1),
        ("confidence", -1),
    ]
    clean, bad = rows[~rows.corrupted], rows[rows.corrupted]
    assert set(clean.fitted) == {1.0}
    assert set(bad.fitted) == {0.5}  # one member gives the true class, the other the seen label


def test_of_no_followed_examples_there_are_none(tables) -> None:
    assert shown_examples(tables["examples"][:0]) is None
    assert shown_examples(tables["examples"].assign(confidence=float("nan"))) is None


def test_a_long_run_is_thinned_but_keeps_its_looks(tmp_path, read) -> None:
    tables = run_tables(epochs=tuple(range(1000)))
    shown = read(write_report([write_run(tmp_path / "r", tables)]))["runs"][0]
    assert len(shown["epochs"]) <= MOST_EPOCHS + 5
    assert shown["measured_epochs"] == 1000
    assert {shown["epochs"][0], shown["epochs"][-1]} == {0, 999}
    points = unpacked(shown["memorized"])
    same(points, learned_memorized_points(tables["measurements"]))


@pytest.mark.parametrize("count", [1, 2, 200, 201, 5000])
def test_thinned(count: int) -> None:
    kept = thinned(range(count), [count // 2, count + 1])
    assert kept == sorted(set(kept))
    assert len(kept) == count if count <= MOST_EPOCHS else len(kept) <= MOST_EPOCHS + 1
    assert {0, count // 2, count - 1} <= set(kept)


def test_what_json_cannot_hold() -> None:
    assert plain(float("nan")) is None
    assert plain(float("inf")) is None
    assert plain(pd.NA) is None
    assert plain(1 / 3) == 0.333333
    table = pd.DataFrame({"a": [1.5, float("nan")], "b": ["x", "x"], "c": [True, False]})
    found = packed(table)
    assert found == {"rows": 2, "columns": {"a": [1.5, None], "b": "x", "c": [True, False]}}
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert packed(table[:0]) == {"rows": 0, "columns": {"a": [], "b": [], "c": []}}
