"""axe-core finds no serious fault in a page; skipped where it, or a browser, is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from infoplane.audit.page import write_page
from infoplane.audit.result import Audit
from infoplane.page import write_report

from .axe import faults
from .run_folders import CONFIG, followed, run_tables, write_run, write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a study of two runs, with images and an unfinished second run."""
    folder, tables = tmp_path_factory.mktemp("study"), run_tables()
    images = np.zeros((60, 8, 8))
    write_run(folder / CONFIG.id, tables | {"examples": followed()})
    rows: pd.DataFrame = tables["measurements"]
    write_run(folder / "plain", tables | {"measurements": rows[rows.estimator == "bins"]})
    names = {"random labels": CONFIG.id, "no memorization": "plain"}
    return write_report([write_study(folder / "s", names)], inputs_of=lambda *_: images)


@pytest.mark.parametrize(
    ("run", "width", "scheme"), [(0, 390, "dark"), (1, 1300, "light"), (0, 1300, "light")]
)
def test_no_serious_fault(launched: Any, study: Path, run: int, width: int, scheme: str) -> None:
    """A context of its own, as axe adds scripts to the page that its policy would forbid."""
    context = launched.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(study.resolve().as_uri())
    page.wait_for_selector("#epoch:not(:empty)")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.locator("#run").select_option(index=run)
    page.get_by_role("button", name="5 · layer5").click()
    page.wait_for_timeout(100)
    assert faults(page) == []
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1300, "light")])
@pytest.mark.parametrize("shape", [(8, 8), (5,)])
def test_no_serious_fault_in_an_audit(
    launched: Any, tmp_path: Path, shape: tuple[int, ...], width: int, scheme: str
) -> None:
    inputs = np.random.default_rng(0).uniform(size=(30, *(1,) * (len(shape) - 1), *shape))
    path = write_page(audit_of_two_classes(30), tmp_path, "mine", inputs)
    context = launched.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(path.resolve().as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert faults(page) == []
    context.close()


def audit_of_two_classes(n: int) -> Audit:
    even = np.arange(n) % 2
    suspects = pd.DataFrame(
        {
            **{"id": np.arange(n), "label": even.astype(str), "suggested": (1 - even).astype(str)},
            **{"score": np.linspace(-1, 1, n), "bits_memorized": 1.0, "flipped": even == 1},
        }
    )
    matrix = pd.DataFrame({"true": [*"0011"], "seen": [*"0101"], "probability": [0.9, 0.1] * 2})
    summary = {"examples": n, "classes": 2, "network": "tanh 8", "epochs": 3, "seconds": 1.0}
    shares = dict.fromkeys(
        ("rate", "rate_low", "rate_high", "found", "found_low", "found_high"), 0.1
    )
    return Audit(suspects, matrix.assign(low=0.0, high=1.0), summary | shares | {"flipped": 15})


def test_axe_finds_what_is_wrong(launched: Any) -> None:
    page = launched.new_page()
    page.set_content("<html lang='en'><title>t</title><body><img src='data:,'><button></button>")
    assert {fault.split(":")[0] for fault in faults(page)} >= {"image-alt", "button-name"}
    page.context.close()
