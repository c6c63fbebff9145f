"""Names of others are text, on the terminal and in figures."""

from __future__ import annotations

import html
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from typical_tables import measurements

from infoplane import figures
from infoplane.runs.progress import say
from infoplane.terminal import PlainConsole
from infoplane.visible import in_html, json_in_html, on_one_line, visible

HOSTILE = "[red]$x^{$\x1b[31m\x07\u202eb\n"


@given(st.text())
def test_nothing_that_steers_is_left(text: str) -> None:
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert "\x1b" not in shown
    assert "\r" not in shown
    shown.encode()
    assert "\n" not in on_one_line(text)


def test_what_is_plain_stays() -> None:
    for text in ("I(T;Ỹ|Y)", "layer1–3", "ψ(n)\nnext", "[0.5]"):
        assert visible(text) == text


ANY = st.text(st.characters())  # halves of pairs among them


@given(ANY | st.sampled_from(["\x07\b\f\r\n", "\\u0007", "\\\x1b", "😀\ud83d", '"\x1b"', "\ud800"]))
def test_text_in_pages_is_what_is_visible(text: str) -> None:
    assert html.unescape(in_html(text)) == visible(text)
    inlined = json_in_html({text: [text, 1.5, None, True]})
    assert json.loads(inlined) == {visible(text): [visible(text), 1.5, None, True]}
    assert inlined.isascii()
    assert not set(inlined) & set("<>&")


def test_a_console_shows_markup_as_text() -> None:
    told = io.StringIO()
    console = PlainConsole(file=told, width=80, force_terminal=True)
    table = Table(title=HOSTILE)
    table.add_column(HOSTILE)
    table.add_row(HOSTILE)
    console.print(table)
    console.print(HOSTILE, highlight=False)
    assert told.getvalue().count("[red]") == 4
    assert "\x1b[31m" not in told.getvalue()
    assert "\x07" not in told.getvalue()


def test_a_line_stays_one_line(capsys: pytest.CaptureFixture) -> None:
    say(f"layer {HOSTILE}: epoch 1")
    assert capsys.readouterr().err.count("\n") == 1


def test_figures_draw_names_as_text(tmp_path) -> None:
    rows = measurements(members=1, layers=3, epochs=(0, 1))
    rows = rows.assign(layer=rows["layer"].where(rows["depth"] != 1, HOSTILE))
    figure = figures.information_plane(rows)
    (path,) = figures.save(figure, tmp_path / "plane", formats=["svg"])
    drawn = path.read_text(encoding="utf-8")
    assert "\x1b" not in drawn
    assert "[red]$x^{$" in drawn
