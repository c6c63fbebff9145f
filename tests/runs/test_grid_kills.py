"""A worker, the driver, or both are killed in the middle of a grid; started again, all is there.

One trial of each kind in the suite of every day; twenty random moments with ``pytest -m trials``.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from grids import GRID, difference
from processes import Process, descendants

from infoplane.runs.grid import run_grid

SCRIPT = Path(__file__).with_name("grids.py")
WORKING = "ray::attempt"  # what Ray calls a worker with a run
PATIENCE = 120.0  # seconds: more than a whole grid takes
KINDS = ("worker", "driver", "both")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("undisturbed")
    run_grid(GRID, out=path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["worker", "both"])
def test_killed_a_grid_goes_on(kind: str, undisturbed: Path, tmp_path: Path) -> None:
    disturb(tmp_path, kind, random.Random(kind))
    run_grid(GRID, out=tmp_path)
    assert difference(tmp_path, undisturbed) == ""


@pytest.mark.trials
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_a_random_moment(seed: int, undisturbed: Path, tmp_path: Path) -> None:
    disturb(tmp_path, KINDS[seed % 3], random.Random(seed))
    subprocess.run([sys.executable, SCRIPT, tmp_path], check=True, stderr=subprocess.DEVNULL)
    assert difference(tmp_path, undisturbed) == ""


def disturb(out: Path, kind: str, chance: random.Random) -> None:
    """Start a grid, kill of its processes what is asked, and wait until none is left.

    The moment: a while after as many runs as chance says have been begun.
    """
    begun, seconds = chance.randrange(1, len(GRID) - 1), chance.uniform(0, 1)
    with subprocess.Popen([sys.executable, SCRIPT, out], stderr=subprocess.PIPE, text=True) as it:
        driver = Process.of(it.pid)
        try:
            until(lambda: len(list(out.iterdir())) >= begun or it.poll() is not None)
            time.sleep(seconds)
            assert it.poll() is None, it.communicate()[1]
            family = descendants(driver)
            workers = [process for process in family if process.name.startswith(WORKING)]
            if kind != "driver":
                assert workers, [process.name for process in family]
                chance.choice(workers).kill()
            if kind != "worker":
                driver.kill()
            said = it.communicate(timeout=PATIENCE)[1]
        finally:
            it.kill()
    assert it.returncode == (0 if kind == "worker" else -signal.SIGKILL), said
    assert kind != "worker" or "its process died" in said
    until(lambda: not any(process.is_alive() for process in family))


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
