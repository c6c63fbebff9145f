"""What a notebook shows of runs, studies, planes and estimates: small, static, and safe."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import infoplane
from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.notebook import MOST_RUNS, Page
from infoplane.runs.run import Run
from infoplane.runs.watched import Watched, config_of
from infoplane.studies.catalogue import find_study
from infoplane.studies.claims import claim
from infoplane.studies.study import Verdicts
from infoplane.user_models.plane import load_plane
from tests.page.run_folders import CONFIG, HOSTILE, run_tables, write_run, write_study


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    found = run_tables(epochs=(0, 20, 80))
    rows = found["measurements"]
    named = rows.assign(layer=rows.layer.where(rows.depth != 2, HOSTILE))
    return found | {"measurements": named}


class Tags(HTMLParser):
    """The tags of a piece of HTML, and that each is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.seen: set[str] = set()
        self.feed(html)
        assert self.opened == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        self.seen.add(tag)
        if tag != "img":
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def small(shown: Any) -> str:
    """What an object shows, which is small, static and closed."""
    html = shown._repr_html_()
    assert len(html) < 200_000
    assert not Tags(html).seen & {"script", "iframe", "style", "link"}
    return html


def test_a_run_shows_its_plane_and_its_layers(tmp_path: Path, tables) -> None:
    run = Run(CONFIG, write_run(tmp_path / "r", tables))
    html = small(run)
    assert f"run {CONFIG.id}: digits" in html
    assert "data:image/png;base64," in html
    assert "learned and memorized at the end" in html
    assert "&lt;script&gt;" in html
    page = run.page()
    assert page.path is None
    assert sorted(path.name for path in tmp_path.rglob("*.html")) == []
    assert "sandbox" in page._repr_html_()
    assert Tags(page._repr_html_()).seen == {"iframe"}
    assert page.save(tmp_path / "deep" / "page.html").read_text("utf-8") == page.html
    written = run.page(tmp_path / "report.html")
    assert written.path == tmp_path / "report.html"
    assert str(written.path) in repr(written)
    assert "not written" in repr(page)


def test_a_run_without_tables_says_so(tmp_path: Path) -> None:
    run = Run(CONFIG, write_run(tmp_path / "r", {}))
    assert "cannot be read" in small(run)
    with pytest.raises(InfoplaneError, match="has no measurements"):
        run.page()


def test_many_runs_are_a_list_of_what_sets_them_apart(tmp_path: Path, tables) -> None:
    few = {name: rows[:0] for name, rows in tables.items()}
    for seed in range(MOST_RUNS + 2):
        write_run(tmp_path / str(seed), few, replace(CONFIG, seed=seed))
    runs = infoplane.load_runs(tmp_path)
    html = small(runs)
    assert html.count("<tr>") == MOST_RUNS + 1
    assert "and 2 more" in html
    assert '<th scope="col">seed</th>' in html
    assert "network.widths" not in html
    write_run(tmp_path / "2", tables, replace(CONFIG, seed=2))
    assert runs.where("seed=2").page().html.count("digits, true labels") == 1


def test_a_study_shows_its_claims(tmp_path: Path, tables) -> None:
    write_run(tmp_path / CONFIG.id, tables)
    folder = write_study(tmp_path / "study", {"a run": CONFIG.id})
    held = claim(HOSTILE, [1.0, 2.0], [True, True], null="0", refuted_by="less", published="1.5")
    study = find_study("memorizing")
    html = small(Verdicts(study, folder, {}, [held], {}))
    assert f"{study.title}: 1 of 1 claims hold" in html
    assert "1.5 ± 0.71 bits" in html
    assert "M grows" in Verdicts(study, folder, {}, [held], {}).page().html


def test_a_plane_shows_itself(tmp_path: Path, tables) -> None:
    layers = tuple(tables["measurements"]["layer"].unique())
    own = config_of(Watched(id="w", model=HOSTILE, layers=layers, examples=60, classes=10))
    plane = load_plane(write_run(tmp_path / "p", tables, own))
    html = small(plane)
    assert html.startswith('<img alt="InformationPlane of &lt;script&gt;')
    assert isinstance(plane.page(), Page)


@pytest.mark.parametrize("error", [0.01, float("nan")])
def test_an_estimate_shows_all_there_is_to_judge_it(error: float) -> None:
    value = {"bits": 2.5, "ceiling": 3.32, "n": 5000, "resolution": HOSTILE, "estimator": "bins"}
    estimate = Estimate(**value, saturated=True, standard_error=error)
    html = small(estimate)
    for part in ("2.500", "3.320", "5,000", "bins (&lt;script&gt;", "saturated", "none"):
        assert part in html
    assert ("± 0.01 bits" in html) == (error == error)
    nulled = replace(estimate, null_mean=0.2, null_std=0.01, p_value=0.04)
    assert "0.200 ± 0.010, p = 0.04" in small(nulled)
