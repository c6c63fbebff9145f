"""How processors and GPUs are divided among runs: none gets more than one machine has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """What a machine has."""

    cpus: int
    gpus: float = 0.0

    def room(self, threads: int, on_one_gpu: int) -> int:
        """Return how many runs fit, of so many threads and, unless 0, so many on each GPU."""
        by_cpus = self.cpus // threads
        return min(by_cpus, int(self.gpus * on_one_gpu)) if on_one_gpu else by_cpus


@dataclass(frozen=True)
class Share:
    """What each of the workers gets."""

    workers: int
    threads: int
    gpus: float = 0.0


def share(jobs: int, *, workers: int | None, nodes: Sequence[Node]) -> Share:
    """Divide processors and GPUs among the workers: at least a thread, at most one GPU each.

    Each gets as many threads as leave room for all workers at once, where no run is on two
    machines. Where there are GPUs, only machines that have some count.

    Args:
        jobs: how many runs there are; more workers would have nothing to do.
        workers: how many were asked for; as many as there are runs and processors unless given.
        nodes: this machine, or those of the cluster, each with a processor at least.
    """
    nodes = [node for node in nodes if node.gpus] or nodes
    gpus = sum(node.gpus for node in nodes)
    workers = min(jobs, workers or sum(node.cpus for node in nodes))
    on_one_gpu = math.ceil(workers / gpus) if gpus else 0
    leave_room = [
        threads
        for threads in range(1, max(node.cpus for node in nodes) + 1)
        if sum(node.room(threads, on_one_gpu) for node in nodes) >= workers
    ]
    return Share(workers, max(leave_room, default=1), 1 / on_one_gpu if gpus else 0.0)
