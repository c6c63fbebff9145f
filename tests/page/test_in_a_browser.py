"""The page as a reader uses it; skipped, with the reason, where there is no browser."""

from __future__ import annotations

from .run_folders import EPOCHS, HOSTILE

PLANES = ("Learned and memorized", "Information plane")
COURSES = ("Learned", "Memorized", "I(X;T)", "Loss", "Accuracy")


def test_it_opens_with_every_picture(opened) -> None:
    it = opened()
    for title in (*PLANES, *COURSES):
        assert it.figure(title).is_visible()
        assert len(it.marks(title)) >= 2
        assert "Shows:" in it.figure(title).locator("figcaption .shows").evaluate(
            "p => getComputedStyle(p, '::before').content + p.textContent"
        )
    assert it.page.evaluate("document.title").startswith("memorizing")


def test_the_slider_moves_the_points_of_all_pictures(opened) -> None:
    it = opened()
    late = {title: it.marks(title) for title in (*PLANES, *COURSES)}
    it.slide(0)
    assert it.text("#epoch") == "epoch 0"
    for title, marks in late.items():
        assert it.marks(title) != marks, title
    assert it.page.locator("#slider").get_attribute("aria-valuetext") == "epoch 0"


def test_play_goes_through_the_epochs_to_the_last(opened) -> None:
    it = opened()
    assert it.text("#epoch") == "epoch 400"
    it.page.locator("#play").click()
    assert it.page.locator("#play").get_attribute("aria-pressed") == "true"
    it.until(lambda: it.text("#epoch") not in ("epoch 0", "epoch 400"))
    it.page.locator("#play").click()
    stopped = it.text("#epoch")
    assert it.page.locator("#play").get_attribute("aria-pressed") == "false"
    it.page.wait_for_timeout(300)
    assert it.text("#epoch") == stopped
    it.page.locator("#play").click()
    it.until(lambda: it.page.locator("#play").get_attribute("aria-pressed") == "false")
    assert it.text("#epoch") == "epoch 400"


def test_the_legend_takes_a_layer_out_of_all_pictures(opened) -> None:
    it = opened()
    with_all = {title: len(it.marks(title)) for title in (*PLANES, *COURSES[:3])}
    button = it.page.get_by_role("button", name="5 · layer5")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert {t: len(it.marks(t)) for t in with_all} == {t: n - 1 for t, n in with_all.items()}
    button.press("Space")
    assert {t: len(it.marks(t)) for t in with_all} == with_all


def test_the_note_of_a_point_says_all_of_it(opened) -> None:
    it = opened()
    it.slide(3)
    plane = it.figure("Learned and memorized")
    plane.locator(".at[data-depth='5'] path.now").hover(force=True)
    note = it.text("#tooltip")
    for part in (
        "layer5, epoch",
        "learned",
        "H(Y)",
        "memorized",
        "null",
        "H(Ỹ|Y)",
        "2 folds",
        "n = ",
    ):
        assert part in note
    plane = it.figure("Information plane")
    plane.locator(".at[data-depth='5'] path.now").hover(force=True)
    note = it.text("#tooltip")
    for part in ("I(X;T)", "log₂ n", "saturated", "null", "bins of width 0.5"):
        assert part in note
    it.page.mouse.move(0, 0)
    assert it.page.locator("#tooltip").is_hidden()


def test_a_tap_shows_the_note_until_the_page_is_scrolled(opened) -> None:
    it = opened(has_touch=True, viewport={"width": 390, "height": 844})
    mark = it.figure("Learned and memorized").locator(".at[data-depth='4'] path.now")
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    it.page.wait_for_timeout(100)  # what scrolling there hides is hidden
    it.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert "layer4" in it.text("#tooltip")
    it.page.mouse.wheel(0, 300)
    it.until(it.page.locator("#tooltip").is_hidden)


def test_a_press_in_a_course_sets_the_epoch_of_all(opened) -> None:
    it = opened()
    chart = it.figure("Loss").locator("svg")
    chart.scroll_into_view_if_needed()
    before = it.marks("Information plane")
    box = chart.bounding_box()
    it.page.mouse.click(box["x"] + 52, box["y"] + 100)
    assert it.text("#epoch") == "epoch 0"
    assert it.marks("Information plane") != before
    for title in COURSES:
        assert float(it.figure(title).locator(".cursor").get_attribute("x1")) == 50


def test_the_keyboard_reaches_everything(opened) -> None:
    it = opened()
    reached = set()
    for _ in range(80):
        it.page.keyboard.press("Tab")
        reached.add(
            it.page.evaluate("(e => e.id || e.ariaLabel || e.textContent)(document.activeElement)")
        )
    wanted = ["run", "slider", "play", "score", "5 · layer5", "The whole configuration"]
    assert set(wanted) <= reached
    for title in (*PLANES, *COURSES):
        assert any(name.startswith(f"{title}. Arrows") for name in reached), title


def test_arrows_go_through_epochs_and_layers_and_say_so(opened) -> None:
    it = opened()
    it.page.locator("#play").focus()
    chart = it.figure("Learned and memorized").locator("svg")
    it.page.keyboard.press("Tab")
    it.page.keyboard.press("Tab")
    assert chart.evaluate("e => e === document.activeElement")
    it.page.keyboard.press("Home")
    assert it.text("#epoch") == "epoch 0"
    assert "epoch 0" in it.page.locator("#live").text_content()
    it.page.keyboard.press("ArrowRight")
    assert it.text("#epoch") == "epoch 1"
    said = it.page.locator("#live").text_content()
    it.page.keyboard.press("ArrowUp")
    assert it.page.locator("#live").text_content() != said
    assert it.page.locator("#tooltip").is_visible()
    it.page.keyboard.press("Escape")
    assert it.page.locator("#tooltip").is_hidden()


def test_hostile_names_are_seen_as_they_are(opened) -> None:
    it = opened()
    assert it.page.evaluate("document.title").startswith("memorizing")
    assert it.page.locator("img").count() == 0
    assert HOSTILE in it.text(".claim h3")
    assert it.page.get_by_role("button", name=f"2 · {HOSTILE}").is_visible()
    assert HOSTILE in it.page.locator("#run option").first.text_content()


def test_another_run_without_memorization_says_why(opened) -> None:
    it = opened()
    assert it.page.locator("#gap").is_hidden()
    it.page.locator("#run").select_option(index=1)
    assert "M was not measured" in it.text("#gap")
    assert it.figure("Learned and memorized").count() == 0
    assert it.figure("Information plane").is_visible()


def test_the_table_has_the_numbers_of_the_chosen_epoch(opened) -> None:
    it = opened()
    it.page.get_by_text("The numbers at the chosen epoch").click()
    table = it.page.locator("details table")
    assert "Epoch 400" in table.first.locator("caption").inner_text()
    it.slide(0)
    assert "Epoch 0" in table.first.locator("caption").inner_text()
    assert "M inside its null" in table.first.inner_text()


def test_examples_by_another_score(opened) -> None:
    it = opened()
    first = it.text("section[aria-labelledby=examples] tr[data-row]")
    it.page.locator("#score").select_option(index=1)
    assert "confidence" in it.text("section[aria-labelledby=examples] caption:has-text('training')")
    assert "✗ yes" in first


def test_linear_time_and_the_other_label(opened) -> None:
    it = opened()
    chart = it.figure("Loss").locator("path.curve").first
    before = chart.get_attribute("d")
    it.page.get_by_label("linear").check()
    assert chart.get_attribute("d") != before
    marks = it.marks("Information plane")
    it.slide(5)
    it.page.get_by_label("I(T;Ỹ), labels seen").check()
    assert it.marks("Information plane") != marks


def test_epochs_of_the_tables_are_those_of_the_slider(opened) -> None:
    it = opened()
    assert int(it.page.locator("#slider").get_attribute("max")) >= len(EPOCHS) - 1
