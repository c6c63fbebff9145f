"""The examples of a page as a reader uses them; skipped where there is no browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infoplane.page import write_report
from infoplane.page.examples import SAMPLE, shown_examples

from .run_folders import followed, histories, unpacked, write_run

N = 60
EPOCHS = [0, 1, 2, 5, 20, 80]
SECTION = "section[aria-labelledby=examples]"


@pytest.fixture
def page(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> Path:
    """The page of a run with images, in each of which one pixel tells the example."""
    images = np.zeros((N, 8, 8))
    images[:, 0, 0] = np.arange(N) / 255
    known = {"examples": followed(), "histories": histories(followed(), EPOCHS)}
    run = write_run(tmp_path / "r", tables | known)
    return write_report([run], inputs_of=lambda *_: images)


def pixel(it) -> int:
    """Return what the image of the chosen example says it is an image of."""
    return it.page.locator("#example img").evaluate(
        "async image => { await image.decode(); const c = document.createElement('canvas');"
        " c.width = c.height = 8; const g = c.getContext('2d'); g.drawImage(image, 0, 0);"
        " return g.getImageData(0, 0, 1, 1).data[0]; }"
    )


def chosen(it) -> int:
    """Return the id of the chosen example."""
    return int(it.text("#example h3").removeprefix("Example "))


def test_the_most_memorized_is_shown_first_with_its_own_image(opened, page: Path) -> None:
    it = opened(page)
    worst = followed().sort_values("confidence").id.iloc[0]
    assert chosen(it) == worst
    assert 500 - pixel(it) == worst
    assert "✗ not the true one" in it.text("#example dl")
    assert it.figure("Dataset map").locator("circle.chosen").count() == 1


def test_a_click_on_a_point_shows_its_example(opened, page: Path) -> None:
    it = opened(page)
    chart = it.figure("Dataset map").locator("svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    rows = followed()
    domain = {"x": (-0.01, 0.55), "y": (-0.02, 1.02)}
    height = float(chart.get_attribute("viewBox").split()[3])
    width = float(chart.get_attribute("viewBox").split()[2])
    for place in (3, 31, 58):
        row = rows.iloc[place]
        x = 50 + (row.variability - domain["x"][0]) / 0.56 * (width - 66)
        y = height - 40 - (row.confidence - domain["y"][0]) / 1.04 * (height - 52)
        scale = box["width"] / width
        it.page.mouse.click(box["x"] + x * scale, box["y"] + y * scale)
        assert chosen(it) == row.id
        assert pixel(it) == place
        assert f"example {row.id}: seen as {row.seen_label}" in it.text("#tooltip")


def test_a_row_and_the_keyboard_choose_as_well(opened, page: Path) -> None:
    it = opened(page)
    third = it.page.locator(f"{SECTION} tr[data-row]").nth(2)
    third.locator("td").nth(3).click()
    ids = it.page.locator(f"{SECTION} button.row").all_inner_texts()
    assert chosen(it) == int(ids[2])
    it.page.locator(f"{SECTION} button.row").nth(4).focus()
    it.page.keyboard.press("Enter")
    assert chosen(it) == int(ids[4])
    pressed = it.page.locator(f"{SECTION} button[aria-pressed=true]").all_inner_texts()
    assert pressed == [ids[4]]

    it.page.locator("#up").focus()
    it.page.keyboard.press("Tab")
    assert "Dataset map" in it.page.evaluate("document.activeElement.ariaLabel")
    it.page.keyboard.press("Home")
    it.page.keyboard.press("ArrowRight")
    assert f"example {ids[1]}" in it.page.locator("#live").text_content()
    assert chosen(it) == int(ids[4])
    it.page.keyboard.press("Enter")
    assert chosen(it) == int(ids[1])
    it.page.keyboard.press("End")
    it.page.keyboard.press("ArrowUp")
    it.page.keyboard.press("Escape")
    assert it.page.locator("#tooltip").is_hidden()


def test_any_score_ranks_and_any_two_are_drawn(opened, page: Path) -> None:
    it = opened(page)
    before = it.figure("Dataset map").locator("path.dot").get_attribute("d")
    it.page.locator("#score").select_option(label="variability: sd of p(ỹ|x)")
    assert "most memorized by variability" in it.text(f"{SECTION} caption:has-text('training')")
    most = followed().sort_values("variability").id.iloc[-1]
    assert chosen(it) == most
    it.page.locator("#across").select_option(label="cumulative loss  [bits]")
    chart = it.figure("Dataset map")
    assert chart.locator("path.dot").get_attribute("d") != before
    assert "cumulative loss" in chart.locator(".axis").text_content()
    assert chart.locator("text.region").count() == 0


def test_the_history_is_that_of_the_chosen_example(opened, page: Path) -> None:
    it = opened(page)
    table = followed()
    known = histories(table, EPOCHS).set_index("id")
    chart = it.figure("How the chosen example went")
    for place in (0, 3):
        it.page.locator(f"{SECTION} button.row").nth(place).click()
        drawn = known.loc[chosen(it)]
        chart.locator("svg").focus()
        it.page.keyboard.press("Home")
        for epoch, p, predicted in zip(EPOCHS, drawn.confidence, drawn.predictions, strict=True):
            told = it.page.locator("#live").text_content()
            assert f"epoch {epoch}: p(label seen) {round(100 * p) / 100:.2f}" in told or p > 0.995
            assert f"predicted by most: {predicted}" in told
            it.page.keyboard.press("ArrowRight")
        seen = table.set_index("id").seen_label[chosen(it)]
        marks = {
            kind: (chart.locator(f"g path.{kind}").get_attribute("d") or "").count("M")
            for kind in ("full", "hollow")
        }
        assert marks["full"] == (drawn.predictions == seen).sum()
        assert sum(marks.values()) == len(EPOCHS)


def test_rows_of_columns_are_shown_by_their_values(
    opened, tmp_path: Path, tables: dict[str, pd.DataFrame]
) -> None:
    run = write_run(tmp_path / "r", tables | {"examples": followed()})
    rows = np.arange(N)[:, None] + np.array([0.25, -0.5])
    it = opened(write_report([run], inputs_of=lambda *_: rows))
    place = 500 - chosen(it)
    values = f"{place + 0.25:.2f}, {place - 0.5:.2f}"
    assert f"Its 2 columns, as the network sees them: {values}" in it.text("#example")
    assert (
        it.figure("How the chosen example went").count() == 0
        or it.figure("How the chosen example went").is_hidden()
    )


def test_how_well_a_score_tells_suspects(opened, page: Path) -> None:
    it = opened(page)
    assert "suspected the 20 examples" in it.text("#suspects")
    assert "20 of these labels (100 %) would be wrong; by chance 33 %" in it.text("#suspects")
    assert "AUROC 1." in it.text("#suspects")


def test_a_sample_stands_for_many_examples() -> None:
    found = shown_examples(followed(n=3000), shown=10)
    assert (found["of"], found["sample"], found["wrong"]) == (3000, SAMPLE, 1000)
    rows = unpacked(found["table"])
    assert SAMPLE <= len(rows) <= SAMPLE + 30
    assert abs(rows.corrupted.mean() - 1 / 3) < 0.05
    again = shown_examples(followed(n=3000), shown=10, of=10)
    assert again == found
    assert shown_examples(followed(n=3000), shown=10, of=60)["sample"] == SAMPLE // 6
    (score,) = [s for s in found["scores"] if s["name"] == "confidence"]
    values = followed(n=3000).confidence
    assert score["percentiles"][0] == pytest.approx(values.min(), rel=1e-5)
    assert score["percentiles"][50] == pytest.approx(values.median(), rel=1e-5)


def test_true_labels_have_no_suspects() -> None:
    table = followed().assign(corrupted=False)
    found = shown_examples(table)
    assert [score["found"] for score in found["scores"]] == [None] * 3
    assert [score["auroc"] for score in found["scores"]] == [None] * 3
