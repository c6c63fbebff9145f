"""What the tests of the page share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from .run_folders import data_in, run_tables, write_run


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
