"""Many runs: what fails, what dies, what is held, and what is already there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from grids import GRID, SHORT, difference

from infoplane.errors import FailedRunsError, InfoplaneError, NonFiniteError
from infoplane.runs import run
from infoplane.runs.grid import run_grid as grid
from infoplane.runs.grid import workers
from infoplane.runs.grid.attempt import Outcome, attempt
from infoplane.runs.grid.jobs import Job
from infoplane.runs.grid.run_grid import run_grid
from infoplane.runs.grid.scoreboard import Scoreboard
from infoplane.runs.storage.folder import RunFolder
from infoplane.training.config import TrainingConfig

DIVERGING = replace(
    SHORT,
    network=replace(SHORT.network, activation="relu"),
    training=TrainingConfig(epochs=50, optimizer="sgd", learning_rate=1e30),
)
FOUR = dict(list(GRID.items())[:3]) | {"diverging": DIVERGING}


class Scripted:
    """Attempts that end as it is written."""

    is_free = True

    def __init__(self, **script: list[str]) -> None:
        self.script, self.ended, self.stopped = script, [], False

    def submit(self, job: Job) -> None:
        state = self.script[job.name].pop(0)
        if state == "interrupted":
            raise KeyboardInterrupt
        self.ended.append((job, Outcome(state, f"{state}: {job.name}")))

    def settled(self, _: float) -> list[tuple[Job, Outcome]]:
        ended, self.ended = self.ended, []
        return ended

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    monkeypatch.setattr(grid, "HELD_SECONDS", 0.0)
    return [Job(name, SHORT, tmp_path) for name in ("first", "second")]


def test_a_run_whose_process_dies_is_tried_once_more(jobs: list[Job]) -> None:
    script = Scripted(first=["died", "finished"], second=["died", "died", "finished"])
    grid._go(jobs, script, None)
    assert [job.state for job in jobs] == ["finished", "failed"]
    assert jobs[1].message.startswith("its process died twice (died: second); where memory ran")
    assert script.script["second"] == ["finished"]  # not tried a third time


def test_a_run_that_another_process_holds_is_waited_for(jobs: list[Job]) -> None:
    grid._go(jobs, Scripted(first=["held", "held", "held", "finished"], second=["finished"]), None)
    assert [job.state for job in jobs] == ["finished", "finished"]


def test_a_run_whose_status_cannot_be_read_is_in_no_epoch(jobs: list[Job]) -> None:
    assert jobs[0].epoch == 0
    Path(jobs[0].out, "status.json").write_text("{")
    assert jobs[0].epoch == 0


def test_a_run_that_fails_is_not_tried_again(jobs: list[Job]) -> None:
    grid._go(jobs, Scripted(first=["failed"], second=["finished"]), None)
    assert [job.state for job in jobs] == ["failed", "finished"]


def test_interrupted_nothing_is_left_running(jobs: list[Job]) -> None:
    script = Scripted(first=["finished"], second=["interrupted"])
    with pytest.raises(KeyboardInterrupt):
        grid._go(jobs, script, None)
    assert script.stopped


def test_a_failure_does_not_stop_the_others(tmp_path: Path, capsys, monkeypatch) -> None:
    with pytest.raises(FailedRunsError, match=r"1 of 4 runs failed: grid, diverging: .* other 3"):
        run_grid(FOUR, out=tmp_path)
    assert "grid, diverging: " in capsys.readouterr().err
    monkeypatch.setattr(run, "Session", None)  # a bug, in the one run that is tried again
    with pytest.raises(FailedRunsError, match="1 of 4 runs failed: grid, diverging: TypeError: "):
        run_grid(FOUR, out=tmp_path)
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "mistake"),
    [(RuntimeError("no room"), False), (NonFiniteError("loss"), False), (InfoplaneError(), True)],
)
def test_only_what_no_other_try_can_help_is_a_mistake(
    error: Exception, mistake: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(run, "run", failing)
    outcome = attempt(SHORT, tmp_path, "one")
    assert (outcome.state, outcome.mistake) == ("failed", mistake)


def test_a_run_held_here_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other runs go first; the lock goes while this one is waited for."""
    monkeypatch.setattr(grid, "HELD_SECONDS", 0.0)
    configs, states = dict(list(FOUR.items())[:2]), []
    lock = RunFolder(tmp_path / FOUR["tanh, rate 0"].id).locked()
    lock.__enter__()

    def observed(*arguments: object) -> Outcome:
        outcome = attempt(*arguments)
        states.append(outcome.state)
        if states.count("held") == 2:
            lock.__exit__(None, None, None)
        return outcome

    monkeypatch.setattr(grid, "attempt", observed)
    runs = run_grid(configs, out=tmp_path)
    assert states == ["held", "finished", "held", "finished"]
    assert all(len(each.training) for each in runs.values())


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    with pytest.raises(InfoplaneError, match="workers is 0; give 1 or more"):
        run_grid(GRID, out=tmp_path, workers=0)
    monkeypatch.setattr(grid, "has_ray", lambda: False)
    with pytest.raises(
        InfoplaneError, match="ray is 'auto', but Ray is not installed; pip install"
    ):
        run_grid(GRID, out=tmp_path, ray="auto")
    run_grid({"one": SHORT}, out=tmp_path, workers=2)
    assert "one run after another: --workers needs Ray; pip install" in capsys.readouterr().err
    assert RunFolder(tmp_path / SHORT.id).status()["state"] == "complete"


def test_no_ray_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed")

    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("nobody is there\nat all")

    monkeypatch.setattr(ray, "init", fail)
    with pytest.raises(
        InfoplaneError, match=r"no Ray on this machine \(nobody is there\).* without --workers"
    ):
        run_grid(GRID, out=tmp_path, workers=2)


def test_an_attempt_sets_its_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert attempt(SHORT, tmp_path / "run", "run", threads=1) == Outcome("finished")
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


@pytest.fixture(scope="module")
def ray_here():
    """Ray in this process: every grid of this module uses it and leaves it running."""
    pytest.importorskip("ray", reason="Ray is not installed")
    ray = workers.load_ray(local=True)
    workers.start_ray(ray, None, 2)
    yield ray
    ray.shutdown()


def test_workers_say_the_same_bits(ray_here, tmp_path: Path, capsys) -> None:
    with pytest.raises(
        FailedRunsError, match="1 of 4 runs failed: grid, diverging: logits are NaN"
    ):
        run_grid(FOUR, out=tmp_path / "workers", workers=2)
    err = capsys.readouterr().err
    assert "grid, tanh, rate 0: running" in err
    assert "grid, diverging: failed (" in err
    assert ray_here.is_initialized()
    three = {name: FOUR[name] for name in list(FOUR)[:3]}
    run_grid(three, out=tmp_path / "alone")
    run_grid(three, out=tmp_path / "workers", workers=2)
    shutil.rmtree(tmp_path / "workers" / DIVERGING.id)
    assert difference(tmp_path / "workers", tmp_path / "alone") == ""


def test_finished_runs_need_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # workers have a folder of their own: the path is a whole one
    assert run_grid({"one": SHORT}, out=Path("here"))["one"].path == tmp_path / "here" / SHORT.id
    monkeypatch.setattr(grid, "ray_workers", None)
    assert len(run_grid({"one": SHORT}, out=tmp_path / "here", workers=2)["one"].training)


def test_the_table_of_runs(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal; where it is too small, without those that wait or are finished."""
    from rich.console import Console

    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    jobs[0].start()
    with Scoreboard(jobs, finished=3) as board:
        board.console = Console(width=80, height=40, record=True)
        board.console.print(board.table())
        all_of_them = board.console.export_text()
        board.console = Console(width=80, height=9, record=True)
        board.console.print(board.table())
        few = board.console.export_text()
    assert "3 of 5 finished, 1 running, 1 waiting" in all_of_them
    assert "second  waiting" in all_of_them
    assert "first" in few
    assert "second  waiting" not in few
