"""Many runs as one: filtered and grouped by any key, in pandas and on the terminal."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from grids import SHORT

import infoplane
from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.names import I_XT, LINEAR, M
from infoplane.report import print_groups, print_runs
from infoplane.runs.config import RunConfig
from infoplane.runs.grid.run_grid import run_grid
from infoplane.runs.per_member import EachConfig
from infoplane.runs.query.keys import known_key
from infoplane.runs.query.loaded_runs import LoadedRuns, load_runs

pytestmark = pytest.mark.long


def configuration(activation: str, rate: float, seed: int) -> RunConfig:
    return replace(
        SHORT,
        data=replace(SHORT.data, labels="resampled", rate=rate),
        network=replace(SHORT.network, activation=activation),
        training=replace(SHORT.training, epochs=4),
        memorization=replace(SHORT.memorization, decoder="linear"),
        seed=seed,
        members=2,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six runs: two activations at rate 0.5 with two seeds each; one at 0.25; members of each."""
    path = tmp_path_factory.mktemp("project") / "runs"
    four = [configuration(a, 0.5, seed) for a in ("relu", "tanh") for seed in (0, 1)]
    mixed = replace(configuration("relu", 0.5, 2), each=EachConfig(rates=(0.25, 0.75)))
    configs = [*four, configuration("relu", 0.25, 0), mixed]
    run_grid({str(i): config for i, config in enumerate(configs)}, out=path)
    return path


@pytest.fixture(scope="module")
def runs(folder: Path) -> LoadedRuns:
    return infoplane.load_runs(folder)


def test_all_tables_as_one(runs: LoadedRuns) -> None:
    assert len(runs) == 6
    assert runs.configs.shape[0] == 12
    for table in (runs.measurements, runs.training, runs.dynamics, runs.examples):
        assert set(table["run"]) == set(runs.folders)
    assert runs.gradients.empty
    assert set(runs.configs["state"]) == {"complete"}
    assert set(runs.configs["epoch"]) == {4}


def test_members_of_a_run_have_keys_of_their_own(runs: LoadedRuns) -> None:
    beside = runs.training.join(runs.configs["data.rate"], on=["run", "member"])
    rates = beside.groupby(["run", "member"])["data.rate"].first()
    assert sorted(rates) == [0.25] * 3 + [0.5] * 8 + [0.75]
    kept = runs.where("data.rate=0.75")
    assert list(kept.configs.index.get_level_values("member")) == [1]
    assert set(kept.measurements["member"]) == {1}


@pytest.mark.parametrize(
    ("conditions", "members"),
    [
        (["network.activation=relu"], 8),
        (["network.activation=relu", "data.rate=0.50"], 4),
        (["network.widths=6,4"], 12),
        (["network.widths=[6, 4]"], 12),
        (["data.root=none"], 12),
        (["each.own-data=false"], 12),  # the command line's dashes will do
        (["seed=1", "members=2"], 4),
    ],
)
def test_where(runs: LoadedRuns, conditions: list[str], members: int) -> None:
    assert len(runs.where(*conditions).configs) == members


def test_groups_are_means_over_members_and_seeds(runs: LoadedRuns) -> None:
    groups = runs.by("data.rate", "network.activation")
    assert list(groups["members"]) == [3, 4, 4, 1]
    assert list(groups["runs"]) == [2, 2, 2, 1]
    tanh = runs.where("network.activation=tanh")
    m = tanh.measurements
    last = m[(m["epoch"] == 4) & (m["layer"] == "layer2") & (m["subset"] == "train")]
    linear = last["estimator"] == LINEAR
    memorized = last.loc[(last["quantity"] == M) & linear, "bits"]
    group = groups.loc[0.5, "tanh"]
    assert group[M, "mean"] == pytest.approx(memorized.mean())
    assert group[M, "std"] == pytest.approx(memorized.std())
    binned = last[(last["quantity"] == I_XT) & (last["estimator"] == "bins")]
    assert group[I_XT, "mean"] == pytest.approx(binned["bits"].mean())
    t = tanh.training
    on_test = t[(t["epoch"] == 4) & (t["subset"] == "test")]
    assert group["test accuracy", "mean"] == pytest.approx(on_test["true_accuracy"].mean())
    assert np.isnan(groups.loc[0.75, "relu"][M, "std"])  # one member has no spread
    assert set(tanh.ends()["layer"]) == {"layer2"}


def test_on_the_terminal(folder: Path, capsys: pytest.CaptureFixture) -> None:
    print_groups(folder, ["network.activation=relu"], ["data.rate", "network.widths"])
    out = capsys.readouterr().out
    assert re.search(r"^0\.25 +6,4 +2 +3 +0\.\d+ ± 0\.\d+ ", out, re.MULTILINE)
    assert re.search(r"^0\.75 +6,4 +1 +1 +0\.\d+  ", out, re.MULTILINE)
    print_runs(folder, ["network.activation=tanh"])
    assert len(capsys.readouterr().out.strip().splitlines()) == 1 + 2


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("data.rat=1", "no key 'data.rat'; did you mean data.rate"),
        ("rate=1", "no key 'rate'; did you mean data.rate"),
        ("zzz=1", "no key 'zzz'; give one of: data.name, "),
        ("data.rate", "where 'data.rate' has no value; give KEY=VALUE"),
        ("data.rate=0.7", r"no run has data.rate=0.7; data.rate is one of: 0.25, 0.5, 0.75\."),
        ("data.rate=high", "no run has data.rate=high"),
    ],
)
def test_refusals(runs: LoadedRuns, condition: str, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        runs.where(condition)


def test_groups_by_nothing(runs: LoadedRuns) -> None:
    with pytest.raises(InfoplaneError, match=r"by got no keys; give .* as data\.rate"):
        runs.by()


def test_near_keys_are_found_by_their_last_part() -> None:
    with pytest.raises(InfoplaneError, match=r"did you mean .*training\.learning_rate"):
        known_key("optimizer.learning_rates")


def test_a_damaged_run_is_left_out_with_a_warning(tmp_path: Path) -> None:
    run_grid({"one": replace(SHORT, training=replace(SHORT.training, epochs=1))}, out=tmp_path)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "config.json").write_text("{")
    with pytest.warns(UserWarning, match="left out: .*config.json cannot be read"):
        assert len(load_runs(tmp_path)) == 1
    with (
        pytest.warns(UserWarning, match="left out"),
        pytest.raises(InfoplaneError, match=r"no run in .*damaged can be read"),
    ):
        load_runs(tmp_path / "damaged")


def test_a_damaged_table_is_left_out_with_a_warning(folder: Path, tmp_path: Path) -> None:
    """The others are told of all the same; where its run ended is not known."""
    shutil.copytree(folder, tmp_path / "runs")
    damaged = next(path.parent for path in (tmp_path / "runs").glob("*/config.json"))
    content = (damaged / "training.parquet").read_bytes()
    (damaged / "training.parquet").write_bytes(content[: len(content) // 2])
    runs = load_runs(tmp_path / "runs")
    whose = f"training of run {damaged.name} left out: .*training.parquet has changed since"
    with pytest.warns(UserWarning, match=whose):
        ends = runs.ends()
    assert set(runs.training["run"]) == set(runs.folders) - {damaged.name}
    assert set(ends.loc[ends["test accuracy"].isna(), "run"]) == {damaged.name}
    assert runs.by("seed")["runs"].sum() == len(runs) == 6
    for path in (tmp_path / "runs").glob("*/dynamics.parquet"):
        path.write_bytes(b"")
    with pytest.warns(UserWarning, match="dynamics of run .* left out"):
        assert list(runs.dynamics.columns) == list(tables.DYNAMICS)


def test_a_run_that_has_only_begun_has_no_ends(folder: Path, tmp_path: Path) -> None:
    whole = next(folder.iterdir())
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "config.json").write_bytes((whole / "config.json").read_bytes())
    begun = load_runs(tmp_path)
    assert begun.ends()["train accuracy"].isna().all()
    assert begun.by("seed")["members"].tolist() == [2]
