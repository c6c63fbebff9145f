"""Two processes of distributed training give the table of one."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pandas as pd
import pytest
import torch
import torch.distributed as dist
from own_models import ResNet
from torch.multiprocessing.spawn import spawn
from torch.nn.parallel import DistributedDataParallel

from infoplane import InfoplaneError, InformationPlane
from infoplane.observing.models import processes

N = 90
DRAW = torch.Generator().manual_seed(0)
IMAGES = torch.randn(N, 1, 8, 8, generator=DRAW)
Y = torch.arange(N) % 3
SEEN = torch.where(torch.arange(N) % 4 == 0, (Y + 1) % 3, Y)


def plane_of(model: torch.nn.Module) -> InformationPlane:
    plane = InformationPlane(
        model, IMAGES, Y, seen_labels=SEEN, test=(IMAGES, Y), memorization="linear",
        estimators="ross(permutations=2)",
    )  # fmt: skip
    plane.observer.chunk = 16  # several chunks for each process, the last one smaller
    return plane


def network() -> ResNet:
    torch.manual_seed(0)
    return ResNet()


def work(rank: int, port: int, folder: str) -> None:
    torch.set_num_threads(1)
    address = f"tcp://127.0.0.1:{port}"
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    plane = plane_of(DistributedDataParallel(network()))
    seen: list[int] = []
    plane.observer.model.conv1.register_forward_pre_hook(
        lambda _, given: seen.append(len(given[0]))
    )
    plane.observe(0)
    plane.table().to_pickle(f"{folder}/{rank}.pkl")
    Path(folder, f"{rank}.txt").write_text(f"{sum(seen)}", encoding="utf-8")
    processes.PATIENCE = pd.Timedelta(seconds=1).to_pytimedelta()
    told = Path(folder, "alone.txt")
    if rank == 0:
        try:
            plane.observe(1)
        except InfoplaneError as error:
            told.write_text(str(error), encoding="utf-8")
    for _ in range(600):  # the group is of no use any more
        if not told.exists():
            time.sleep(0.05)
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_share_a_look_and_know_the_same(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spawn(work, (port, str(tmp_path)), nprocs=2)
    alone = plane_of(network())
    passed: list[int] = []
    alone.observer.model.conv1.register_forward_pre_hook(
        lambda _, given: passed.append(len(given[0]))
    )
    alone.observe(0)
    shares = [int((tmp_path / f"{rank}.txt").read_text()) for rank in range(2)]
    assert sum(shares) == sum(passed)  # every chunk was run once
    assert min(shares) > 0.4 * sum(passed)
    expected = alone.table()
    for rank in range(2):
        pd.testing.assert_frame_equal(pd.read_pickle(tmp_path / f"{rank}.pkl"), expected)
    message = (tmp_path / "alone.txt").read_text(encoding="utf-8")
    assert "observe was called in process 0 and not in all 2; call it in every process" in message
