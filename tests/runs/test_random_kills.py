"""A run is killed at random moments until it ends: it goes on from checkpoints, with the same bits.

Both training codes, the compiled one of narrow networks and torch's. Two kills of each with
``pytest -m trials``; ``INFOPLANE_KILLS=100`` makes as many of each, on the device INFOPLANE_DEVICE.
Processes are forked from one that has loaded everything and has run nothing.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
from grids import BITWISE, SHORT

from infoplane.runs import session
from infoplane.runs.config import RunConfig
from infoplane.runs.run import run
from infoplane.runs.storage.folder import CHECKPOINT, RunFolder
from infoplane.runs.storage.verifying import verdict

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")

KILLS = int(os.environ.get("INFOPLANE_KILLS", "2"))
DEVICE = os.environ.get("INFOPLANE_DEVICE", "cpu")
LONG = replace(
    SHORT,
    training=replace(SHORT.training, epochs=40, device=DEVICE),
    observing=replace(SHORT.observing, every=2),
    memorization=replace(SHORT.memorization, decoder="none", examples="always"),
)
CODES = {"compiled": LONG, "torch": replace(LONG, network=replace(LONG.network, widths=(70, 5)))}
PATIENCE = 600.0  # seconds: more than a whole run takes on a busy machine
BETWEEN = 0.02  # seconds of sleep that each look of a run is made longer by, so that it can be hit


def begin(config: RunConfig, out: Path) -> int:
    """Fork a process that runs a configuration, with a checkpoint at every look."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:  # nothing of pytest's may run in the child
        with (out.parent / "said").open("a", buffering=1) as said:
            sys.stderr = said
            session.CHECKPOINT_SECONDS = 0.0
            look = session.Session._look

            def slow_look(self: session.Session, epoch: int) -> None:
                time.sleep(BETWEEN)
                look(self, epoch)

            session.Session._look = slow_look
            run(config, out=out, name="a run")
            status = 0
    except BaseException:
        (out.parent / "failed").write_text(traceback.format_exc())
    finally:
        os._exit(status)


def ended(pid: int, seconds: float) -> int | None:
    """Wait so long for a process; return its status, None where it goes on."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    return None


def killed_once(config: RunConfig, out: Path, chance: random.Random, span: float) -> bool:
    """Run, and kill the process at a random moment; return whether it was still running."""
    pid = begin(config, out)
    try:
        status = ended(pid, chance.uniform(0, span))
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    if status is None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return True
    assert status == 0, (out.parent / "failed").read_text()
    return False


@pytest.mark.trials
@pytest.mark.parametrize("code", list(CODES))
def test_random_kills(code: str, tmp_path: Path) -> None:
    config, chance = CODES[code], random.Random(code)
    (tmp_path / "undisturbed").mkdir()
    started = time.monotonic()
    assert ended(begin(config, tmp_path / "undisturbed" / "run"), PATIENCE) == 0
    span, kills, trial, went_on = time.monotonic() - started, 0, 0, 0
    while kills < KILLS or not went_on:
        trial += 1
        here = tmp_path / f"trial {trial}"
        here.mkdir()
        (here / "said").touch()
        kills_here = 0
        while kills_here < 4 and killed_once(config, here / "run", chance, span):
            kills_here += 1
        kills += kills_here
        has_checkpoint = (here / "run" / CHECKPOINT).exists()
        so_far = (here / "said").read_text().count("goes on from epoch")
        assert ended(begin(config, here / "run"), PATIENCE) == 0
        said = (here / "said").read_text()
        assert "damaged" not in said
        assert said.count("goes on from epoch") == so_far + has_checkpoint, said
        went_on += said.count("goes on from epoch")
        for name in BITWISE:
            same = (tmp_path / "undisturbed" / "run" / name).read_bytes()
            assert (here / "run" / name).read_bytes() == same, (trial, name)
        assert verdict(RunFolder(here / "run")).startswith("verified")
    print(f"{code} on {DEVICE}: {kills} kills in {trial} runs, {went_on} times gone on", flush=True)
    assert went_on > 0
