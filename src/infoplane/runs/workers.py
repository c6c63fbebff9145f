"""Workers on this machine or a cluster, through Ray: one process a run."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.runs.attempt import Outcome, attempt
from infoplane.runs.config import RunConfig
from infoplane.runs.jobs import Job

OBJECT_STORE_BYTES = 100 * 2**20  # little more than Ray's least: runs hand over nothing but names
INSTALL = "pip install 'infoplane[ray]'"


@dataclass(frozen=True)
class Share:
    """What each of the workers gets."""

    workers: int
    threads: int
    gpus: float = 0.0


def share(jobs: int, *, workers: int | None, cpus: int, gpus: float = 0) -> Share:
    """Divide processors and GPUs among the workers: at least a thread, at most one GPU each.

    Args:
        jobs: how many runs there are; more workers would have nothing to do.
        workers: how many were asked for; as many as there are runs and processors unless given.
        cpus: of the machine or the cluster.
        gpus: of the machine or the cluster.
    """
    workers = min(jobs, workers or cpus)
    on_one_gpu = math.ceil(workers / gpus) if gpus else 0
    return Share(workers, max(1, cpus // workers), 1 / on_one_gpu if gpus else 0.0)


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
    """Attempts at runs, each in a worker of Ray's."""

    def __init__(self, ray: Any, jobs: Sequence[Job], workers: int | None, *, local: bool) -> None:
        self.ray, self.local = ray, local
        found = ray.cluster_resources()
        cpus = threads_here() if local else int(found.get("CPU", 1))
        on_cpu = all(job.config.training.device == "cpu" for job in jobs)
        gpus = 0 if on_cpu else found.get("GPU", 0)
        self.share = share(len(jobs), workers=workers, cpus=cpus, gpus=gpus)
        self.running: dict[Any, Job] = {}
        self._attempt = ray.remote(max_retries=0)(attempt)  # who tries again is decided elsewhere

    @property
    def is_free(self) -> bool:
        """Whether another attempt would start at once."""
        return len(self.running) < self.share.workers

    def submit(self, job: Job) -> None:
        """Start an attempt, in a process that is free or in a new one."""
        cpus = 1 if self.local else self.share.threads
        remote = self._attempt.options(num_cpus=cpus, num_gpus=self.share.gpus or None)
        config, threads = _anywhere(job.config), self.share.threads
        self.running[remote.remote(config, job.out, job.name, threads=threads)] = job

    def settled(self, seconds: float) -> list[tuple[Job, Outcome]]:
        """Return what has ended, after waiting so long at most."""
        if not self.running:
            time.sleep(seconds)
            return []
        ended, _ = self.ray.wait(list(self.running), timeout=seconds)
        return [(self.running.pop(reference), self._outcome(reference)) for reference in ended]

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


def threads_here() -> int:
    """Return the number of threads that a run would use in this process."""
    import torch

    return torch.get_num_threads()


def _anywhere(config: RunConfig) -> RunConfig:
    """Return the configuration for a process with another working directory."""
    if config.data.root is None:
        return config
    return replace(config, data=replace(config.data, root=str(Path(config.data.root).absolute())))


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
