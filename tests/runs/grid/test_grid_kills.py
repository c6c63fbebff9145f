"""A worker, the driver, or both are killed in the middle of a grid; started again, all is there.

One trial of a third of the grid in the suite of every day; twenty of all of it, at random moments,
with ``pytest -m trials``.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import grids
import pytest
from grids import GRID, difference
from processes import Process, descendants

from infoplane.runs.grid.run_grid import run_grid

SCRIPT = Path(grids.__file__)
WORKING = "ray::attempt"  # what Ray calls a worker with a run
THIRD = dict(list(GRID.items())[: len(GRID) // 3])
PATIENCE = 300.0  # seconds: more than a whole grid takes on a busy machine


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("undisturbed")
    run_grid(THIRD, out=path)
    return path


@pytest.fixture(scope="module")
def all_undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("all_undisturbed")
    run_grid(GRID, out=path)
    return path


@pytest.mark.slow
def test_killed_a_grid_goes_on(undisturbed: Path, tmp_path: Path) -> None:
    said = disturb(tmp_path, ["worker", "both"], random.Random(0), runs=len(THIRD))
    assert "its process died" in said
    run_grid(THIRD, out=tmp_path / "runs")
    assert difference(tmp_path / "runs", undisturbed) == ""


@pytest.mark.trials
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_a_random_moment(seed: int, all_undisturbed: Path, tmp_path: Path) -> None:
    kind = ("worker", "driver", "both")[seed % 3]
    said = disturb(tmp_path, [kind], random.Random(seed))
    assert ("its process died" in said) == (kind == "worker")
    with start(tmp_path) as again:
        assert again.wait(PATIENCE) == 0
    assert difference(tmp_path / "runs", all_undisturbed) == ""


@pytest.mark.slow
def test_two_drivers_on_one_folder(undisturbed: Path, tmp_path: Path) -> None:
    """Each ends with all runs, whoever made them; none is made twice or by both."""
    together(tmp_path, workers=0, runs=6)
    for run in (tmp_path / "runs").iterdir():
        (tmp_path / "undisturbed").mkdir(exist_ok=True)
        shutil.copytree(undisturbed / run.name, tmp_path / "undisturbed" / run.name)
    assert difference(tmp_path / "runs", tmp_path / "undisturbed") == ""


@pytest.mark.trials
def test_two_drivers_with_workers(all_undisturbed: Path, tmp_path: Path) -> None:
    together(tmp_path, workers=2, runs=len(GRID))
    assert difference(tmp_path / "runs", all_undisturbed) == ""


def together(folder: Path, **size: int) -> None:
    """Run two drivers at once, to their ends."""
    with start(folder, **size) as one, start(folder, **size) as other:
        assert (one.wait(PATIENCE), other.wait(PATIENCE)) == (0, 0)


def start(folder: Path, *, workers: int = 2, runs: int = len(GRID)) -> subprocess.Popen:
    """Start a driver of the grid, which says what it does in ``said``."""
    command = [sys.executable, SCRIPT, folder / "runs", str(workers), str(runs)]
    with (folder / "said").open("a") as said:
        return subprocess.Popen(command, stderr=said)


def disturb(folder: Path, kinds: list[str], chance: random.Random, *, runs: int = len(GRID)) -> str:
    """Start a grid, kill of its processes what is asked, each a while after as many runs have been
    begun as chance says; wait until no worker is left, and return what the driver said.
    """
    moments = sorted(chance.sample(range(1, runs - 1), len(kinds)))
    out, family = folder / "runs", set()
    with start(folder, runs=runs) as driver:
        me = Process.of(driver.pid)
        try:
            for moment, kind in zip(moments, kinds, strict=True):
                until(lambda begun=moment: len(list(out.glob("*"))) >= begun)
                time.sleep(chance.uniform(0, 1))
                family |= set(descendants(me))
                kill(kind, me, chance)
            status = driver.wait(PATIENCE)
            assert status == (0 if kinds == ["worker"] else -signal.SIGKILL)
            until(lambda: not any(p.is_alive() for p in family if p.name.startswith(WORKING)))
        finally:
            for process in (me, *family):  # some of Ray's take a minute to see that they are alone
                process.kill()
    return (folder / "said").read_text()


def kill(kind: str, driver: Process, chance: random.Random) -> None:
    """Kill a worker that has a run, the driver, or first one and then the other."""
    assert driver.is_alive()
    if kind != "driver":
        at_work = [p for p in descendants(driver) if p.name.startswith(WORKING)]
        chance.choice(at_work).kill()
    if kind != "worker":
        driver.kill()


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
