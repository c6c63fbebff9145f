"""An analysis is measured once, and again where the run is another or the table is damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from infoplane.runs.analyses.kept import kept, kept_seconds
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run
from infoplane.tables import CRITICALITY, table

FOUND = table([dict.fromkeys(CRITICALITY, 1)], CRITICALITY)
FILES = ("config.json", "weights.safetensors", "weights/epoch-000000.safetensors")


def edited(path: Path) -> None:
    """Change a value and nothing else."""
    rows = pd.read_parquet(path)
    (column, *_) = rows.select_dtypes("number").columns
    attrs = rows.attrs
    rows[column] += 1
    rows.attrs = attrs
    rows.to_parquet(path, index=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "weights").mkdir()
    for name in FILES:
        (tmp_path / name).write_bytes(b"{}")
    return tmp_path


@pytest.mark.parametrize(
    ("change", "times"),
    [
        (lambda _: None, 1),
        (lambda folder: (folder / "criticality.parquet").unlink(), 2),
        (lambda folder: (folder / "criticality.parquet").write_bytes(b"PAR1"), 2),
        *(((lambda folder, n=n: (folder / n).write_bytes(b"{  }")), 2) for n in FILES),
        (lambda folder: (folder / FILES[-1]).unlink(), 2),
        (lambda folder: FOUND.to_parquet(folder / "criticality.parquet"), 2),  # of no known run
        (lambda folder: edited(folder / "criticality.parquet"), 2),
    ],
)
def test_measured_again_where_something_changed(
    folder: Path, change: Callable[[Path], object], times: int
) -> None:
    measured = []

    def measure(run: Run) -> pd.DataFrame:
        measured.append(run)
        return FOUND.copy()

    run = Run(RunConfig(), folder)
    assert kept(run, "criticality", measure).equals(FOUND)
    change(folder)
    for _ in range(2):
        assert kept(run, "criticality", measure).equals(FOUND)
    assert len(measured) == times


def test_the_seconds_of_all_analyses_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept_seconds(folder) == 0
    monkeypatch.setattr("time.monotonic", iter([3.0, 10.0]).__next__)
    kept(Run(RunConfig(), folder), "criticality", lambda _: FOUND.copy())
    assert kept_seconds(folder) == 7
