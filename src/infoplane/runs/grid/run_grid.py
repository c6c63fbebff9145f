"""Many runs: a grid of configurations, one after another or on many workers."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from infoplane.errors import FailedRunsError, InfoplaneError
from infoplane.runs.config import RunConfig
from infoplane.runs.grid.attempt import Outcome, attempt
from infoplane.runs.grid.jobs import Job
from infoplane.runs.grid.scoreboard import Scoreboard
from infoplane.runs.grid.workers import INSTALL, has_ray, ray_workers
from infoplane.runs.run import Run, is_complete
from infoplane.runs.storage.remote import fetch, inside, is_url, last_status, local_copy

TICK_SECONDS = 0.5
HELD_SECONDS = 2.0  # between two looks at a run that another process holds


@runtime_checkable
class Attempts(Protocol):
    """Where attempts are made."""

    @property
    def is_free(self) -> bool: ...
    def submit(self, job: Job) -> None: ...
    def settled(self, seconds: float) -> list[tuple[Job, Outcome]]: ...
    def stop(self) -> None: ...


def run_grid(
    configs: Mapping[str, RunConfig],
    *,
    out: Path | str = "runs",
    title: str = "grid",
    workers: int | None = None,
    ray: str | None = None,
) -> dict[str, Run]:
    """Run every configuration that is not yet done, and return all runs by name.

    A run that fails does not stop the others. One whose process died (killed, out of memory) is
    tried once more; one that another process is writing is waited for. Interrupted, the same call
    goes on.

    Args:
        configs: the runs by name; each lies in ``out/<id>``.
        out: the folder of all runs: a path that every worker sees as this one does, or a URL of
            fsspec, of which each works on a copy.
        title: what the runs are called together.
        workers: processes on this machine that share its processors and GPUs. One after another in
            this process unless given, or where Ray is not installed. With ``ray``: at most so many
            at once on the cluster.
        ray: the address of a Ray cluster, as ``ray start`` prints it, or "auto".

    Raises:
        FailedRunsError: where runs failed, once all others are done.
        InfoplaneError: for one mistake in all runs, as data that cannot be found; for less than one
            worker, or a cluster that cannot be reached.
    """
    out = out if is_url(out) else Path(out).absolute()
    paths = {name: inside(out, config.id) for name, config in configs.items()}
    jobs = list(
        {
            config.id: Job(f"{title}, {name}", config, paths[name])
            for name, config in configs.items()
            if not _is_done(paths[name], config)
        }.values()
    )
    run_jobs(jobs, len(configs), workers=workers, ray=ray)
    return {name: Run(config, local_copy(paths[name])) for name, config in configs.items()}


def run_jobs(jobs: Sequence[Job], of: int, *, workers: int | None, ray: str | None) -> None:
    """Carry out jobs and fetch their folders, as ``run_grid``.

    Args:
        jobs: what is not yet done.
        of: how many there are with those that are done.
        workers, ray: as in ``run_grid``.

    Raises:
        InfoplaneError, FailedRunsError: as ``run_grid``.
    """
    if workers is not None and workers < 1:
        raise InfoplaneError(f"workers is {workers}; give 1 or more.")
    if jobs:
        _run_all(jobs, workers, ray, finished=of - len(jobs))
    _report_failures(jobs, of)
    for job in jobs:
        fetch(job.out)


def _is_done(path: Path | str, config: RunConfig) -> bool:
    if is_url(path) and last_status(path)["state"] != "complete":
        return False
    return is_complete(fetch(path), config)


def _run_all(jobs: Sequence[Job], workers: int | None, ray: str | None, *, finished: int) -> None:
    if workers is None and ray is None:
        _go(jobs, OneAfterAnother(), None)
    elif not has_ray():
        if ray is not None:
            raise InfoplaneError(f"ray is {ray!r}, but Ray is not installed; {INSTALL}.")
        print(f"one run after another: --workers needs Ray; {INSTALL}", file=sys.stderr, flush=True)
        _go(jobs, OneAfterAnother(), None)
    else:
        on_ray = ray_workers(jobs, workers=workers, address=ray)
        with on_ray as pool, Scoreboard(jobs, finished=finished) as board:
            _go(jobs, pool, board)


def _go(jobs: Sequence[Job], attempts: Attempts, board: Scoreboard | None) -> None:
    """Keep the slots busy until nothing is waiting or running."""
    try:
        while not all(job.is_over for job in jobs):
            for job in _startable(jobs):
                if attempts.is_free:
                    job.start()
                    attempts.submit(job)
            for job, outcome in attempts.settled(TICK_SECONDS):
                _settle(job, outcome)
            if board is not None:
                board.update()
    except BaseException:
        attempts.stop()
        raise


def _startable(jobs: Sequence[Job]) -> list[Job]:
    """Return those that wait, and last those that another process held a while ago."""
    now = time.monotonic()
    held = [job for job in jobs if job.state == "held" and job.not_before <= now]
    return [job for job in jobs if job.state == "waiting"] + held


def _settle(job: Job, outcome: Outcome) -> None:
    if outcome.trace:
        print(outcome.trace, file=sys.stderr, flush=True)
    job.end(outcome.state, outcome.message)
    job.mistake = outcome.mistake
    if outcome.state == "held":
        job.not_before = time.monotonic() + HELD_SECONDS
    elif outcome.state == "died":
        job.deaths += 1
        job.state, job.message = "waiting", f"its process died ({outcome.message})"
        if job.deaths > 1:
            job.state = "failed"
            job.message = (
                f"its process died twice ({outcome.message}); where memory ran out, give fewer "
                "workers or a smaller run."
            )


class OneAfterAnother:
    """Attempts in this process."""

    def __init__(self) -> None:
        self._ended: list[tuple[Job, Outcome]] = []

    @property
    def is_free(self) -> bool:
        """Whether the outcome of the last attempt has been returned."""
        return not self._ended

    def submit(self, job: Job) -> None:
        """Make an attempt, to its end."""
        self._ended = [(job, attempt(job.config, job.out, job.name))]

    def settled(self, seconds: float) -> list[tuple[Job, Outcome]]:
        """Return the attempt that has ended; where there is none, all are held: wait a while."""
        if not self._ended:
            time.sleep(seconds)
        ended, self._ended = self._ended, []
        for job, outcome in ended:
            if outcome.state != "finished":
                print(f"{job.name}: {outcome.message}", file=sys.stderr, flush=True)
        return ended

    def stop(self) -> None:
        """Stop: what interrupts this process interrupts the attempt."""


def _report_failures(jobs: Sequence[Job], runs: int) -> None:
    """Raise one error for all failures: each message with the names of its runs."""
    names: dict[str, list[str]] = {}
    for job in jobs:
        if job.state == "failed":
            names.setdefault(job.message, []).append(job.name)
    if not names:
        return
    failed = sum(map(len, names.values()))
    if len(names) == 1 and failed == runs and all(job.mistake for job in jobs):
        raise InfoplaneError(next(iter(names)))  # one mistake, of the whole grid
    failures = "; ".join(f"{', '.join(who)}: {message}" for message, who in names.items())
    raise FailedRunsError(
        f"{failed} of {runs} runs failed: {failures} The other {runs - failed} are done; the same "
        "command tries these again."
    )
