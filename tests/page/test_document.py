"""The file itself: names stay text, nothing is asked for, it stays small."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from infoplane.figures.drawing.style import SUBSETS, layer_colours
from infoplane.page import report_html, write_report
from infoplane.page.colours import CONTRAST, DARK, contrast, on_dark
from infoplane.page.document import SCRIPTS
from infoplane.scores import SCORES
from infoplane.visible import json_in_html, visible

from .run_folders import CONFIG, data_in, followed, histories, run_tables, write_run

HOSTILE = (
    "</script><script>alert(1)</script><!--<img src=x onerror=f()>&amp;{{script}}\u2028\x1b[31m"
)


def test_a_hostile_name_is_text_everywhere(tmp_path, tables) -> None:
    rows = tables["measurements"]
    rows = rows.assign(layer=rows.layer.where(rows.depth != 1, HOSTILE))
    path = write_run(tmp_path / "a<b>&'\"run", tables | {"measurements": rows})
    page = write_report([path]).read_text(encoding="utf-8")
    assert data_in(page)["runs"][0]["layers"][1]["name"] == visible(HOSTILE)
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert "<img" not in page
    assert "<!--" not in page
    assert "<title>a&lt;b&gt;&amp;&#x27;&quot;run" in page


def test_json_in_a_script_element_round_trips() -> None:
    content = {"</script>": ["<!--&amp;", 1.5, None, "Ỹ"]}
    text = json_in_html(content)
    assert not set("<>&") & set(text)
    assert text.isascii()
    assert json.loads(text) == content


def test_no_request_to_anywhere(run) -> None:
    page = write_report([run]).read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|url\(|//cdn|\bfetch\(|XMLHttp|WebSocket", page)
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b|\ssrc=", page)
    assert "default-src 'none'" in page


def test_only_its_own_script_and_style_may_run(run) -> None:
    page = write_report([run]).read_text(encoding="utf-8")
    for kind, element in (("script", "<script>"), ("style", "<style>")):
        inside = page.split(element)[1].split(f"</{kind}>")[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in page


def test_scripts_make_no_markup_of_text() -> None:
    page = report_html({"title": "t", "runs": [], "studies": []})
    for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("):
        assert way not in page
    assert len(set(SCRIPTS)) == len(SCRIPTS)


@pytest.mark.slow
def test_twenty_runs_are_below_eight_megabytes(tmp_path) -> None:
    tables = run_tables(epochs=tuple(range(120)))
    draw = np.random.default_rng(0)
    scores = {score.name: draw.uniform(0, 100, 1500) for score in SCORES}
    tables["examples"] = followed(n=1500).assign(**scores)
    tables["histories"] = histories(tables["examples"], list(range(80)))
    images = draw.uniform(size=(1500, 28, 28))
    for i in range(20):
        write_run(tmp_path / f"run{i}", tables, CONFIG)
    path = write_report([tmp_path], inputs_of=lambda *_: images)
    assert path == tmp_path / "report.html"
    assert path.stat().st_size < 8_000_000


@pytest.mark.parametrize("colour", [*layer_colours(range(12)).values(), *SUBSETS.values()])
def test_every_colour_is_seen_on_the_dark_page(colour: str) -> None:
    assert contrast(to_rgb(on_dark(colour)), to_rgb(DARK)) >= CONTRAST
    bright = on_dark("#ffffff")
    assert bright == "#ffffff"


def test_contrast_of_black_and_white() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
