"""Runs on a cluster: where each fits, and what is said where none does or nobody is there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import grids
import pytest
from grids import SHORT

from infoplane.errors import InfoplaneError
from infoplane.runs.grid.cluster import check_cluster
from infoplane.runs.grid.jobs import Job
from infoplane.runs.grid.run_grid import run_grid
from infoplane.runs.grid.workers import Pool
from infoplane.runs.storage.folder import RunFolder

SCRIPT = Path(grids.__file__).with_name("clusters.py")


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


@pytest.fixture
def place() -> Iterator[tuple[socket.socket, str]]:
    """A socket that refuses connections until it listens, and its address."""
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        yield there, f"127.0.0.1:{there.getsockname()[1]}"


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """What "auto" stands for, without the clusters that may be on this machine."""
    services = pytest.importorskip("ray._private.services")
    monkeypatch.setattr(services, "find_gcs_addresses", set)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    return services


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_nobody_answers(place, scheme: str, tmp_path: Path, monkeypatch) -> None:
    """It is said at once; where somebody answers, Ray says what is wrong with them."""
    pytest.importorskip("ray")
    there, address = place
    with pytest.raises(InfoplaneError, match=f"no Ray at {scheme}{address} .Connection refused."):
        run_grid({"one": SHORT}, out=tmp_path, ray=scheme + address)

    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("this is\na printer")

    monkeypatch.setattr("ray.init", fail)
    there.listen()
    with pytest.raises(InfoplaneError, match=f"no Ray at {scheme}{address} .this is.; see ray"):
        run_grid({"one": SHORT}, out=tmp_path, ray=scheme + address)


@pytest.mark.usefixtures("services")
def test_a_cluster_that_is_gone(place, tmp_path: Path) -> None:
    """Ray remembers where the last one was."""
    (tmp_path / "ray").mkdir()
    (tmp_path / "ray" / "ray_current_cluster").write_text(place[1])
    with pytest.raises(InfoplaneError, match=f"no Ray at {place[1]}, which auto stands for"):
        check_cluster("auto")


@pytest.mark.parametrize("is_there", [True, False])
def test_an_address_in_the_environment(services, place, is_there: bool, monkeypatch) -> None:
    """Also where another version of Ray has not the function that looks for it."""
    if not is_there:
        monkeypatch.delattr(services, "get_ray_address_from_environment")
    check_cluster("auto")  # there is none: left to Ray
    monkeypatch.setenv("RAY_ADDRESS", f"ray://{place[1]}")
    with pytest.raises(InfoplaneError, match=f"no Ray at ray://{place[1]}, which auto stands for"):
        check_cluster("auto")


@pytest.mark.parametrize("address", ["10.0.0.1", "ray://host", "host:port", ":6379", "[::1:6379"])
def test_no_address(address: str) -> None:
    with pytest.raises(InfoplaneError, match=r"ray is '.*'; give HOST:PORT, ray://HOST:PORT or"):
        check_cluster(address)


def test_no_name_of_a_host() -> None:
    with pytest.raises(InfoplaneError, match=r"no Ray at a\.\.b:6379 \("):
        check_cluster("a..b:6379")


@pytest.mark.parametrize("address", ["local", "anyscale://cluster"])
def test_other_addresses_are_left_to_ray(address: str) -> None:
    check_cluster(address)
