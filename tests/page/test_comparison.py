"""The comparison of runs: what differs, where networks ended, and the picture of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infoplane.data.config import DataConfig
from infoplane.figures import learned_memorized_points, plane_points, training_points
from infoplane.page import write_report
from infoplane.page.comparison import (
    BINNED,
    LEARNED,
    MEMORIZED,
    NETWORK,
    differing_keys,
    final_values,
)
from infoplane.runs.config import RunConfig
from infoplane.runs.per_member import EachConfig
from infoplane.training.config import TrainingConfig

from .run_folders import CONFIG, write_run

CLOSE = 1e-5
SECTION = "section[aria-labelledby=comparison]"


def at_rate(rate: float, *, seed: int = 0) -> RunConfig:
    """Return the configuration of a run at this rate of wrong labels."""
    return replace(CONFIG, seed=seed, data=DataConfig(labels="flipped", rate=rate))


def by_key(configs: list[RunConfig]) -> dict[str, list]:
    """Return the values of each key that differs."""
    return {each["key"]: each["values"] for each in differing_keys(configs)}


def test_keys_that_differ_and_no_others() -> None:
    assert differing_keys([]) == []
    assert differing_keys([CONFIG, CONFIG]) == []
    runs = [at_rate(0.2), at_rate(0.4, seed=3)]
    assert by_key(runs) == {"data.rate": [0.2, 0.4], "seed": [0, 3]}
    assert list(by_key(runs))[-1] == "seed"
    elsewhere = replace(CONFIG, training=TrainingConfig(device="cuda"))
    assert by_key([CONFIG, elsewhere]) == {}


def test_members_with_values_of_their_own() -> None:
    own = replace(CONFIG, each=EachConfig(learning_rates=(0.1, 0.01)))
    assert by_key([own])["training.learning_rate"] == [[0.1, 0.01]]
    assert not any(key.startswith("each.") for key in by_key([own]))


def test_values_that_are_no_numbers_are_written_out() -> None:
    runs = [CONFIG, replace(CONFIG, training=TrainingConfig(patience=3))]
    assert by_key(runs)["training.patience"] == ["none", 3]
    matrix = DataConfig(labels="matrix", transition=(0.9, 0.1, 0.2, 0.8))
    found = by_key([at_rate(0.2), replace(CONFIG, data=matrix)])
    assert found["data.rate"] == [0.2, "none"]
    assert found["data.transition"][1] == "0.9,0.1,0.2,0.8"


def test_the_ends_are_those_of_the_pictures(tables: dict[str, pd.DataFrame]) -> None:
    found = final_values(tables["measurements"], tables["training"])
    last = learned_memorized_points(tables["measurements"])
    last = last[last.epoch == last.epoch.max()].set_index("depth")
    for name, column in ((LEARNED, "learned"), (MEMORIZED, "memorized")):
        means = {int(depth): np.mean(values) for depth, values in found[name].items()}
        assert means == pytest.approx(last[column].to_dict(), rel=CLOSE)
    bins = plane_points(tables["measurements"], label="I(T;Y)")
    bins = bins[bins.epoch == bins.epoch.max()].set_index("depth")
    for name, column in ((BINNED["I(X;T)"], "x"), (BINNED["I(T;Y)"], "y")):
        means = {int(depth): np.mean(values) for depth, values in found[name].items()}
        assert {d: means[d] for d in bins.index} == pytest.approx(bins[column].to_dict(), rel=CLOSE)
    trained = training_points(tables["training"]).groupby("subset").last()
    for name, (subset, column) in NETWORK.items():
        assert np.mean(found[name][""]) == pytest.approx(trained[column][subset], rel=CLOSE)


def test_what_was_not_measured_is_left_out(tables: dict[str, pd.DataFrame]) -> None:
    rows, training = tables["measurements"], tables["training"]
    assert MEMORIZED not in final_values(rows[rows.estimator == "bins"], training)
    found = final_values(rows[rows.estimator != "bins"], training[training.subset == "train"])
    assert not {*BINNED.values()} & {*found}
    assert "test accuracy, true labels" not in found
    one = rows[(rows.member == 0) | (rows.estimator != "bins")]
    assert final_values(one, training)[BINNED["I(X;T)"]]["1"][1] is None


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of four runs: two rates from two seeds; M at rate .4 is a bit more."""
    from .run_folders import run_tables

    folder, tables = tmp_path_factory.mktemp("grid"), run_tables()
    for rate in (0.2, 0.4):
        for seed in (0, 1):
            rows = tables["measurements"]
            more = (rows.quantity == "I(T;Ỹ|Y)") & (rows.depth == 5) & (rate == 0.4)
            rows = rows.assign(bits=rows.bits + more.astype(float))
            name = f"{rate}-{seed}"
            write_run(folder / name, tables | {"measurements": rows}, at_rate(rate, seed=seed))
    return write_report([folder])


def cells(it, row: str) -> list[str]:
    """Return the cells of a row of the table of the comparison."""
    found = it.page.locator(f"{SECTION} tr", has_text=row)
    return found.locator("td").all_inner_texts()


def test_members_and_seeds_are_taken_together(opened, grid: Path, tables) -> None:
    it = opened(grid)
    assert "4 runs differ in data.rate (0.2, 0.4); seed (0, 1)." in it.text(SECTION)
    assert "Taken together, whatever their seed." in it.text("#pooled")
    it.page.locator(f"{SECTION} summary").click()
    ends = final_values(tables["measurements"], tables["training"])[MEMORIZED]["5"]
    sd = np.std(ends * 2, ddof=1)
    low, high = cells(it, "5 · layer5")
    assert low == f"{np.mean(ends):.3f} ± {sd:.3f} (n = 4)"
    assert high == f"{np.mean(ends) + 1:.3f} ± {sd:.3f} (n = 4)"
    it.page.locator("#compared-only").select_option(label="seed = 1")
    assert cells(it, "5 · layer5")[0].endswith("(n = 2)")
    assert it.page.locator("#pooled").inner_text() == ""


def test_any_key_against_any_quantity(opened, grid: Path) -> None:
    it = opened(grid)
    chart = it.figure("Where the networks ended")
    lines = chart.locator("path.curve").count()
    assert lines == 7
    it.page.get_by_role("button", name="5 · layer5").click()
    assert chart.locator("path.curve").count() == lines - 1
    it.page.locator("#compared-quantity").select_option(label="test accuracy, true labels")
    assert chart.locator("path.curve").count() == 1
    it.page.locator("#compared-key").select_option(label="seed")
    assert "seed" in chart.locator(".axis").text_content()
    assert "test accuracy" in chart.locator(".axis").text_content()


def test_the_keyboard_goes_from_point_to_point(opened, grid: Path) -> None:
    it = opened(grid)
    it.page.locator("#compared-only").focus()
    it.page.keyboard.press("Tab")
    it.page.keyboard.press("Home")
    said = it.page.locator("#live").text_content()
    assert "data.rate 0.2, 0 · input" in said
    assert "4 networks of 2 runs, ± standard deviation" in said
    it.page.keyboard.press("ArrowRight")
    assert "data.rate 0.4, 0 · input" in it.page.locator("#live").text_content()
    it.page.keyboard.press("End")
    it.page.keyboard.press("ArrowUp")
    assert "data.rate 0.2, 0 · input" in it.page.locator("#live").text_content()
    it.page.keyboard.press("Escape")
    assert it.page.locator("#tooltip").is_hidden()


def test_one_run_is_compared_with_none(opened, run: Path) -> None:
    it = opened(write_report([run]))
    assert it.page.locator(SECTION).is_hidden()


def test_a_quantity_that_one_run_has_is_not_the_first_to_be_compared(
    opened, tmp_path: Path, tables: dict[str, pd.DataFrame]
) -> None:
    rows = tables["measurements"]
    plain = tables | {"measurements": rows[rows.estimator == "bins"]}
    first = write_run(tmp_path / "a", tables, at_rate(0.4))
    second = write_run(tmp_path / "b", plain, at_rate(0.2))
    it = opened(write_report([first, second], out=tmp_path / "both.html"))
    chosen = it.page.locator("#compared-quantity")
    assert "memorized" in chosen.inner_text()
    assert "memorized" not in chosen.evaluate("select => select.selectedOptions[0].text")
    assert it.figure("Where the networks ended").locator("path.curve").count() > 0
