"""Runs on a cluster: where each fits, and what is said where none does or nobody is there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from grids import SHORT

from infoplane.errors import InfoplaneError
from infoplane.runs.folder import RunFolder
from infoplane.runs.jobs import Job
from infoplane.runs.workers import Pool

SCRIPT = Path(__file__).with_name("clusters.py")


@pytest.mark.slow
def test_a_run_on_two_machines_of_one_processor(tmp_path: Path) -> None:
    """It asks for one of them, not for the two that no machine has: that would wait for ever."""
    with tempfile.TemporaryDirectory() as folder:  # tmp_path is too long for Ray's sockets
        command = [sys.executable, SCRIPT, tmp_path]
        done = subprocess.run(command, env=os.environ | {"RAY_TMPDIR": folder}, timeout=120)
    assert done.returncode == 0
    assert RunFolder(tmp_path / SHORT.id).status()["state"] == "complete"


class Machines:
    """Stands for Ray with these machines; whatever is submitted waits."""

    exceptions = None

    def __init__(self, *resources: dict[str, float]) -> None:
        self.there = [{"Alive": True, "Resources": each} for each in resources]
        self.asked: list[dict[str, float | None]] = []

    def nodes(self) -> list[dict]:
        return self.there

    def remote(self, **_: object):
        def options(**asked: float | None) -> SimpleNamespace:
            self.asked.append(asked)
            return SimpleNamespace(remote=lambda *_, **__: len(self.asked))

        return lambda _: SimpleNamespace(options=options)

    def wait(self, references: list[int], **_: float) -> tuple[list[int], list[int]]:
        return [], references


def test_no_machine_has_a_processor(tmp_path: Path) -> None:
    ray = Machines({"memory": 1e9}, {"CPU": 0.0, "GPU": 1.0})
    with pytest.raises(InfoplaneError, match="no machine of the Ray cluster has a CPU for runs"):
        Pool(ray, [Job("one", SHORT, tmp_path)], None, local=False)


def test_the_only_machine_that_a_run_fits_leaves(tmp_path: Path) -> None:
    ray = Machines({"CPU": 1.0}, {"CPU": 4.0, "GPU": 1.0})
    job = Job("one", SHORT, tmp_path)
    pool = Pool(ray, [job], None, local=False)
    pool.submit(job)
    assert ray.asked == [{"num_cpus": 4, "num_gpus": 1.0}]
    assert pool.settled(0.0) == []  # it may be busy: that can be waited for
    ray.there[1]["Alive"] = False
    with pytest.raises(InfoplaneError, match=r"is left with what .* asks for \(4 CPU, 1 GPU\)"):
        pool.settled(0.0)
