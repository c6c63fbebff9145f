"""What the site's tables say of estimators: declared, measured, and when each lies."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS / "extensions"))

pytest.importorskip("sphinx", reason="no Sphinx: pip install 'infoplane[docs]'")

from infoplane_site import estimators, markdown, studies  # noqa: E402

import infoplane  # noqa: E402

ROW = {
    "estimator": "ross",
    "y": "labels",
    "dimensions": 4,
    "n": 1000,
    "error": 0.0,
    "seconds": 0.5,
    "flags": None,
}


def rows(*changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([ROW | change for change in changes])


def test_every_estimator_has_its_declaration() -> None:
    table = estimators.declared()
    for each in infoplane.estimators().itertuples():
        assert f"| `{each.name}` | {each.takes} |" in table


def test_an_error_without_a_flag_is_bold_and_one_with_a_flag_in_brackets() -> None:
    table = estimators.errors(
        rows(
            {"error": -0.01},
            {"n": 10_000, "error": 0.4},
            {"dimensions": 16, "error": 0.4, "flags": "saturated"},
        ),
        "labels",
    )
    assert "| `ross` | -0.01 | **+0.40** | (+0.40) | – |" in table
    assert table.strip().endswith("500 ms | 500 ms |")


def test_when_an_estimator_was_off_without_a_flag_it_is_said() -> None:
    known = pd.DataFrame({"estimator": ["ross"], "known_bias": ["tails"], "error": [0.31]})
    table = estimators.lies(rows({"error": 0.4}, {"flags": "many dimensions"}), known)
    assert "tails (+0.31 bits); off without a flag: +0.40 of labels in 4-d, n = 1,000" in table
    assert "| many dimensions |" in table


def test_a_bar_in_a_cell_ends_no_cell() -> None:
    assert markdown.table(("a", "b"), [["I(T;Ỹ|Y)", "1\n2"]]).splitlines()[2] == (
        r"| I(T;Ỹ\|Y) | 1 2 |"
    )
    assert [markdown.seconds(s) for s in (0.002, 1.5, 150, 7200)] == [
        "2.0 ms",
        "1.5 s",
        "2.5 min",
        "2 h",
    ]
    assert markdown.signed(-0.001) == "+0.00"


def test_a_page_has_the_claims_of_the_result_and_of_nothing_else(tmp_path: Path) -> None:
    claim = {
        "statement": "rate 0.4: M|Y rises",
        "published": "",
        "measured": "0.31 bits",
        "verdict": "holds in 2 of 3 members",
        "null": "0",
        "refuted_by": "a fall",
    }
    result = {
        "study": "saxe-2018",
        "scale": "quick",
        "command": "infoplane reproduce saxe-2018",
        "seconds": 90.0,
        "machine": "2 cores",
        "date": "2026-01-01",
        "versions": {"torch": "2.13.0"},
        "claims": [claim],
        "figures": ["saxe-2018.png"],
    }
    (tmp_path / "saxe-2018-quick-mnist").mkdir()
    (tmp_path / "saxe-2018-quick-mnist" / "result.json").write_text(json.dumps(result))
    written = "score,ρ,n\n1 − C-score,0.98765,4\nforgetting,,12\n"
    (tmp_path / "saxe-2018-quick-mnist" / "agreement.csv").write_text(written)
    page = " ".join(studies.pages(tmp_path)["saxe-2018"].split())
    assert "<summary>Table: agreement</summary> | score | ρ | n |" in page
    assert "| 1 − C-score | 0.988 | 4 | | forgetting | – | 12 |" in page
    assert "**holds in 2 of 3 members**" in page
    assert "0 of 1 claims hold in every network. It took 90 s" in page
    assert "200 times the published one" in page  # of the study's own words on its departures
    assert studies.NOT_RUN in studies.pages(tmp_path)["ib-szt"]
    table = studies.fragments(tmp_path)["claims"]
    assert len(re.findall(r"^\| \[", table, re.MULTILINE)) == 1


def test_committed_verdicts_are_those_of_their_values() -> None:
    """What a verdict counts is in the result: none is typed by hand."""
    for path in (DOCS / "results" / "studies").glob("*/result.json"):
        for claim in json.loads(path.read_text("utf-8"))["claims"]:
            holds = claim["holds"]
            judged = any(value is not None for value in claim["values"])
            expected = (
                "cannot be judged" if not judged
                else "holds" if all(holds)
                else f"holds in {sum(holds)} of {len(holds)} {claim['of']}" if any(holds)
                else "does not hold"
            )  # fmt: skip
            assert claim["verdict"] == expected
