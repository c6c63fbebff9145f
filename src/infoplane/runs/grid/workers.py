"""Workers on this machine or a cluster, through Ray: one process a run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import StackConfig
from infoplane.runs.grid.allocation import Node, share
from infoplane.runs.grid.attempt import Outcome, attempt
from infoplane.runs.grid.cluster import check_cluster
from infoplane.runs.grid.jobs import Job

OBJECT_STORE_BYTES = 100 * 2**20  # little more than Ray's least: runs hand over nothing but names
INSTALL = "pip install 'infoplane[ray]'"


def has_ray() -> bool:
    """Whether Ray is installed; it is not loaded."""
    return find_spec("ray") is not None


@contextmanager
def ray_workers(jobs: Sequence[Job], *, workers: int | None, address: str | None) -> Iterator[Pool]:
    """Start Ray on this machine, or join the cluster at an address, and leave it at the end.

    Raises:
        InfoplaneError: where it cannot be started or reached.
    """
    ray = load_ray(local=address is None)
    already = ray.is_initialized()
    if not already:
        start_ray(ray, address, min(len(jobs), workers or 1))
    try:
        yield Pool(ray, jobs, workers, local=address is None)
    finally:
        if not already:
            ray.shutdown()  # with it end the runs that are not done


def load_ray(*, local: bool) -> Any:
    """Load Ray: silent, and of local use alone unless it is to join a cluster."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nobody is told
    if local:  # Ray's name for: listen on the loopback interface alone
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    import ray

    return ray


def start_ray(ray: Any, address: str | None, workers: int) -> None:
    """Start Ray for so many workers on this machine, or join the cluster at an address."""
    if address is not None:
        check_cluster(address)
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if address is not None:
            ray.init(address, **quiet)
        else:
            size = {"num_cpus": workers, "object_store_memory": OBJECT_STORE_BYTES}
            ray.init("local", include_dashboard=False, **size, **quiet)
    except Exception as error:  # of many kinds
        where = "on this machine" if address is None else f"at {address}"
        instead = "run one after another, without --workers" if address is None else "see ray start"
        raise InfoplaneError(f"no Ray {where} ({_first_line(error)}); {instead}.") from error


class Pool:
    """Attempts at runs, each in a Ray worker."""

    def __init__(self, ray: Any, jobs: Sequence[Job], workers: int | None, *, local: bool) -> None:
        self.ray = ray
        self.share = share(len(jobs), workers=workers, nodes=_divided(ray, jobs, local=local))
        self.cpus = 1 if local else self.share.threads  # Ray counts, torch uses the threads
        self.running: dict[Any, Job] = {}
        self._attempt = ray.remote(max_retries=0)(attempt)  # who tries again is decided elsewhere

    @property
    def is_free(self) -> bool:
        """Whether another attempt would start at once."""
        return len(self.running) < self.share.workers

    def submit(self, job: Job) -> None:
        """Start an attempt, in a process that is free or in a new one."""
        remote = self._attempt.options(num_cpus=self.cpus, num_gpus=self.share.gpus or None)
        config, threads = _anywhere(job.config), self.share.threads
        self.running[remote.remote(config, job.out, job.name, threads=threads)] = job

    def settled(self, seconds: float) -> list[tuple[Job, Outcome]]:
        """Return what has ended, after waiting so long at most.

        Raises:
            InfoplaneError: where no machine is left on which a run can ever start.
        """
        if not self.running:
            time.sleep(seconds)
            return []
        ended, _ = self.ray.wait(list(self.running), timeout=seconds)
        if not ended:
            self._check_that_runs_fit()
        return [(self.running.pop(reference), self._outcome(reference)) for reference in ended]

    def _check_that_runs_fit(self) -> None:
        """Refuse to wait for ever: Ray itself would, for a machine that may never come."""
        cpus, gpus = self.cpus, self.share.gpus
        if not any(node.cpus >= cpus and node.gpus >= gpus for node in nodes_of(self.ray)):
            asked = f"{cpus} CPU" + (f", {gpus:.2g} GPU" if gpus else "")
            raise InfoplaneError(
                f"no machine of the Ray cluster is left with what each run asks for ({asked}); the "
                "same command goes on with those that are there."
            )

    def _outcome(self, reference: Any) -> Outcome:
        errors = self.ray.exceptions
        try:
            return self.ray.get(reference)
        except errors.RayTaskError as error:
            return Outcome("failed", _first_line(error), trace=str(error))
        except errors.RayError as error:
            return Outcome("died", _first_line(error))

    def stop(self) -> None:
        """Stop every attempt, as on an interruption."""
        for reference in self.running:
            self.ray.cancel(reference, force=True)


def _divided(ray: Any, jobs: Sequence[Job], *, local: bool) -> list[Node]:
    """Return the machines whose processors, and GPUs if any run may use one, are divided."""
    on_cpu = all(job.config.training.device == "cpu" for job in jobs)
    nodes = [Node(node.cpus, 0 if on_cpu else node.gpus) for node in nodes_of(ray)]
    if not nodes:
        raise InfoplaneError(
            "no machine of the Ray cluster has a CPU for runs; add one that has, with: "
            "ray start --address HOST:PORT --num-cpus N"
        )
    return [Node(threads_here(), sum(node.gpus for node in nodes))] if local else nodes


def nodes_of(ray: Any) -> list[Node]:
    """Return the machines of a cluster that are alive and let runs have a processor."""
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    nodes = [Node(int(resources.get("CPU", 0)), resources.get("GPU", 0.0)) for resources in alive]
    return [node for node in nodes if node.cpus]


def threads_here() -> int:
    """Return the number of threads that a run would use in this process."""
    import torch

    return torch.get_num_threads()


def _anywhere(config: RunConfig | StackConfig) -> RunConfig | StackConfig:
    """Return the configuration for a process with another working directory."""
    if config.data.root is None:
        return config
    return replace(config, data=replace(config.data, root=str(Path(config.data.root).absolute())))


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
