"""Runs on every kind of labels as one: their rates in pandas, on the terminal, in DuckDB."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from grids import SHORT

import infoplane
from infoplane.errors import InfoplaneError
from infoplane.names import STRONGEST, M
from infoplane.report import print_groups
from infoplane.runs.config import RunConfig
from infoplane.runs.grid.run_grid import run_grid
from infoplane.runs.per_member import EachConfig
from infoplane.runs.query.keys import as_written
from infoplane.runs.query.loaded_runs import LoadedRuns, load_runs

MANY_RUNS = (Path(__file__).parents[3] / "docs" / "how-to" / "many-runs.md").read_text(
    encoding="utf-8"
)
UNIFORM = (0.1,) * 100


def configurations() -> dict[str, RunConfig]:
    """Return runs of two members: without corrupted labels, and with rates of all sorts."""
    network = replace(SHORT.network, activation="relu")
    training = replace(SHORT.training, epochs=3)
    base = replace(SHORT, network=network, training=training, members=2)

    def on(**data: object) -> RunConfig:
        return replace(base, data=replace(base.data, **data))

    half = on(labels="resampled", rate=0.5)
    stopped = replace(half.training, epochs=9, stop_at_accuracy=0.01)
    return {
        "true": on(labels="true"),
        "noise for pixels": on(labels="true", pixels="gaussian"),
        "random": on(labels="resampled", rate=1.0),
        "half": half,
        "stopped early": replace(half, training=stopped),
        "quarter and half": replace(half, each=EachConfig(rates=(0.25, 0.5))),
        "matrix": on(labels="matrix", transition=UNIFORM),
    }


CONFIGS = configurations()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("project") / "runs"
    run_grid(CONFIGS, out=path)
    return path


@pytest.fixture(scope="module")
def runs(folder: Path) -> LoadedRuns:
    return load_runs(folder)


def test_the_rate_is_that_in_force(runs: LoadedRuns) -> None:
    rates = runs.configs["data.rate"]
    found = {name: rates.loc[config.id].tolist() for name, config in CONFIGS.items()}
    assert found.pop("matrix") == pytest.approx([np.nan] * 2, nan_ok=True)
    assert found == {
        "true": [0.0] * 2,
        "noise for pixels": [0.0] * 2,
        "random": [1.0] * 2,
        "half": [0.5] * 2,
        "stopped early": [0.5] * 2,
        "quarter and half": [0.25, 0.5],
    }
    assert {run.config().data.rate for run in runs.folders.values()} == {0.5, 1.0}  # as written


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("data.rate=1", {"random"}),
        ("data.rate=0", {"true", "noise for pixels"}),
        ("data.rate=none", {"matrix"}),
    ],
)
def test_where(runs: LoadedRuns, condition: str, names: set[str]) -> None:
    assert set(runs.where(condition).folders) == {CONFIGS[name].id for name in names}
    with pytest.raises(InfoplaneError, match=r"data.rate is one of: 0, 0.25, 0.5, 1, none\."):
        runs.where("data.rate=2")


def test_groups(runs: LoadedRuns, folder: Path, capsys: pytest.CaptureFixture) -> None:
    groups = runs.by("data.rate")
    assert list(map(as_written, groups.index)) == ["0", "0.25", "0.5", "1", "none"]
    assert list(groups["runs"]) == [2, 1, 3, 1, 1]
    assert list(groups["members"]) == [4, 1, 5, 2, 2]
    print_groups(folder, (), ["data.rate", "data.labels"])
    out = capsys.readouterr().out
    assert re.search(r"^0 +true +2 +4 ", out, re.MULTILINE)
    assert re.search(r"^none +matrix +1 +2 ", out, re.MULTILINE)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", MANY_RUNS, re.DOTALL)


@pytest.mark.parametrize("left_out", [(), ("quarter and half",)])
def test_the_page_on_many_runs_in_duckdb_is_that_in_pandas(
    runs: LoadedRuns,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    left_out: tuple[str, ...],
) -> None:
    """Of corrupted labels alone, at the last epoch of each run; also without any each.rates."""
    duckdb = pytest.importorskip("duckdb")
    (tmp_path / "runs").mkdir()
    kept = {config.id for name, config in CONFIGS.items() if name not in left_out}
    for run in kept:
        (tmp_path / "runs" / run).symlink_to(folder / run)
    monkeypatch.chdir(tmp_path)
    (query,) = blocks("sql")
    found = duckdb.sql(query).df().set_index(["rate", "layer"])["memorized"]
    m = runs.measurements
    m = m[(m["quantity"] == M) & (m["subset"] == "train") & m["run"].isin(kept)]
    m = m[m["estimator"] == STRONGEST]
    last = m[m["epoch"] == m.groupby("run")["epoch"].transform("max")]
    assert set(last["epoch"]) == {1, 3}
    beside = last.join(runs.configs["data.rate"], on=["run", "member"])
    means = beside.groupby(["data.rate", "layer"])["bits"].mean()  # a matrix has no rate
    assert set(means.index.levels[0]) == ({0.5, 1.0} if left_out else {0.25, 0.5, 1.0})
    assert found.to_dict() == pytest.approx(means.to_dict())


def test_the_page_on_many_runs_in_pandas(
    runs: LoadedRuns, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    (snippet,) = [block for block in blocks("python") if "load_runs" in block]
    names = {"infoplane": infoplane}
    exec(snippet, names)
    assert len(names["runs"]) == len(runs)
