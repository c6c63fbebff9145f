"""The gallery as a reader uses it; skipped, with the reason, where there is no browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .axe import faults
from .run_folders import HOSTILE
from .test_gallery import NAME, folder, gallery  # noqa: F401


@pytest.fixture
def page(launched: Any, gallery, request) -> Iterator[Any]:  # noqa: F811
    """The page, held to silence: no complaint, no request but for itself."""
    context = launched.new_context(**getattr(request, "param", {}))
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: said.append(asked.url))
    page.goto(gallery.resolve().as_uri())
    yield page
    assert said == [gallery.resolve().as_uri()]
    context.close()


def shown(page: Any) -> list[str]:
    return page.locator("#cards li:visible h3").all_text_contents()


def test_words_and_keys_filter(page: Any) -> None:
    assert len(shown(page)) == 7
    page.locator("#search").fill("FINISHED memorized")
    assert shown(page) == ["good", "own"]
    assert page.locator("#shown").inner_text() == "2 of 7 runs are shown"
    page.locator("#search").fill("data.rate=0.4 damaged")
    assert shown(page) == ["no-table"]
    page.locator("#search").fill("")
    page.locator("#key").select_option("data.rate")
    assert page.locator("#value option").all_inner_texts() == ["any", "0.1", "0.2", "0.4", "0.8"]
    page.locator("#value").select_option("0.4")
    assert shown(page) == ["failing", "good", "no-table"]
    page.get_by_role("button", name="Show all").click()
    page.wait_for_timeout(50)
    assert len(shown(page)) == 7
    assert page.locator("#value").is_disabled()


def test_runs_are_sorted_and_those_without_a_value_come_last(page: Any) -> None:
    assert shown(page)[0] == NAME
    page.locator("#sort").select_option("memorized")
    assert shown(page)[:3] == ["failing", "good", "own"]
    assert shown(page)[-1] == "no-table"
    page.locator("#sort").select_option("state")
    assert shown(page)[:2] == ["no-config", "no-table"]


def test_the_keyboard_reaches_everything(page: Any) -> None:
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.text"))
    assert {"search", "key", "sort", "good", NAME} <= set(reached)
    page.locator("#search").focus()
    page.keyboard.type("failing")
    page.keyboard.press("Enter")
    assert shown(page) == ["failing"]


def test_names_of_data_stay_text(page: Any) -> None:
    assert page.title().startswith("Runs in")
    card = page.locator("#cards li").filter(has=page.get_by_role("heading", name="failing"))
    assert card.locator(".message").inner_text() == HOSTILE
    assert page.locator("#cards script, #cards img").count() == 0


@pytest.mark.parametrize(
    "page",
    [{"viewport": {"width": w, "height": 800}, "color_scheme": s}
     for w, s in ((360, "light"), (360, "dark"), (1300, "dark"))],
    indirect=True,
)  # fmt: skip
def test_nothing_is_wider_than_the_screen(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_all_is_there_without_a_script(page: Any) -> None:
    assert len(shown(page)) == 7
    assert page.locator("#controls").is_hidden()
    assert page.get_by_role("link", name="good").get_attribute("href") == "./good/report.html"


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1300, "light")])
def test_no_serious_fault(launched: Any, gallery, width: int, scheme: str) -> None:  # noqa: F811
    viewport = {"width": width, "height": 900}
    context = launched.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(gallery.resolve().as_uri())
    page.locator("#cards li").first.wait_for()
    assert faults(page) == []
    context.close()
