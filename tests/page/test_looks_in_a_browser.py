"""The page on screens, on paper and in a hurry; skipped where there is no browser."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from infoplane.page import write_report

from .run_folders import run_tables, write_run


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1400])
def test_nothing_is_wider_than_the_screen(opened, width: int, scheme: str) -> None:
    it = opened(viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert it.page.evaluate("document.documentElement.scrollWidth") <= width
    colour = it.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour == ("rgb(20, 23, 28)" if scheme == "dark" else "rgb(255, 255, 255)")


def test_on_paper_it_is_light_and_without_controls(opened) -> None:
    it = opened(color_scheme="dark")
    it.page.emulate_media(media="print", color_scheme="dark")
    colour = it.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour == "rgb(255, 255, 255)"
    assert it.page.locator("#play").is_hidden()
    assert it.figure("Information plane").is_visible()


@pytest.mark.slow
def test_a_large_run_opens_at_once_and_slides_smoothly(opened, tmp_path) -> None:
    """500 epochs and 9 layers; times are printed, and held only to what no machine should miss."""
    tables = run_tables(members=3, epochs=tuple(range(500)))
    it = opened(write_report([write_run(tmp_path / "r", tables)]))
    ready = it.page.evaluate("performance.now()")
    a_move = it.page.evaluate(
        "() => { const s = document.getElementById('slider'); const t = performance.now();"
        " for (let i = 0; i < 60; i++) { s.value = i * 3; s.dispatchEvent(new Event('input')); }"
        " document.body.getBoundingClientRect(); return (performance.now() - t) / 60; }"
    )
    print(f"ready after {ready:.0f} ms, {a_move:.1f} ms a move")
    assert ready < 10_000
    assert a_move < 100


def test_images_are_shown_under_the_policy_of_the_page(opened, run: Path) -> None:
    images = np.random.default_rng(0).uniform(size=(60, 8, 8))
    it = opened(write_report([run], inputs_of=lambda *_: images))
    shown = it.page.locator("td img, th img")
    assert shown.count() == 25
    assert shown.first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 8
    assert shown.first.get_attribute("alt").startswith("example ")


def test_names_at_the_ends_of_lines_are_apart(opened) -> None:
    it = opened()
    for title in ("Learned", "Memorized", "I(X;T)", "Loss", "Accuracy"):
        names = it.figure(title).locator("text.name")
        places = sorted(names.evaluate_all("names => names.map(n => Number(n.getAttribute('y')))"))
        assert all(b - a >= 12.9 for a, b in itertools.pairwise(places)), title


def test_a_note_at_the_keyboard_is_shown_where_its_point_is_after_scrolling(opened) -> None:
    it = opened(viewport={"width": 800, "height": 500})
    it.page.locator("#play").focus()
    for _ in range(4):
        it.page.keyboard.press("Tab")
    it.page.wait_for_timeout(200)
    assert it.page.evaluate("document.activeElement.tagName") in ("svg", "SUMMARY")
    it.page.keyboard.press("Shift+Tab")
    it.page.wait_for_timeout(200)
    ring = it.page.locator("circle.active").bounding_box()
    note = it.page.locator("#tooltip").bounding_box()
    assert abs(note["y"] - ring["y"]) < 250
