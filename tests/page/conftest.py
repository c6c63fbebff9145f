"""What the tests of the page share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from infoplane.page import write_report

from .browser import Opened
from .run_folders import CONFIG, HOSTILE, data_in, run_tables, write_run, write_study


@pytest.fixture(scope="session")
def tables() -> dict[str, pd.DataFrame]:
    """The tables of a run."""
    return run_tables()


@pytest.fixture
def run(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> Path:
    """The folder of a run."""
    return write_run(tmp_path / "a-run", tables)


@pytest.fixture
def read() -> Callable[[Path], dict[str, Any]]:
    """Reads the numbers out of a page."""
    return lambda path: data_in(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="package")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two runs, the second without memorization, with hostile names."""
    folder = tmp_path_factory.mktemp("runs")
    tables = run_tables()
    rows = tables["measurements"]
    rows = rows.assign(layer=rows.layer.where(rows.depth != 2, HOSTILE))
    write_run(folder / CONFIG.id, tables | {"measurements": rows})
    write_run(folder / "plain", tables | {"measurements": rows[rows.estimator == "bins"]})
    names = {HOSTILE: CONFIG.id, "no memorization": "plain"}
    return write_report([write_study(folder / "study", names, statement=HOSTILE)])


@pytest.fixture
def opened(launched: Any, report: Path) -> Iterator[Callable[..., Opened]]:
    """Opens the page, and holds it to silence: no complaint, no request but for itself."""
    pages: list[Opened] = []

    def open_page(path: Path = report, **options: Any) -> Opened:
        pages.append(Opened(launched, path, **options))
        return pages[-1]

    yield open_page
    for each in pages:
        assert each.complaints == []
        assert each.requests == [each.page.url.split("#")[0]]
        each.context.close()
