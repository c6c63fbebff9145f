"""Whatever is typed, the command line works, or says one sentence and ends with status 2.

What takes long is not begun: where a command line is right, the work is cut off there.
``INFOPLANE_FUZZ=100`` tries a hundred times as many, others each time.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_values import assert_sentence

from infoplane.cli import main

TIMES = int(os.environ.get("INFOPLANE_FUZZ", "0"))


class Begun(BaseException):
    """The work that a command line asks for was about to begin."""


WORK = (
    "infoplane.runs.session.Session.go",
    "infoplane.validation.command.validate",
    "infoplane.validation.command.power_rows",
    "infoplane.validation.command.coverage_rows",
    "infoplane.audit.auditing._Auditing.go",
    "infoplane.runs.grid.run_grid._run_all",
    "infoplane.user_models.plane.InformationPlane.observe",
    "infoplane.commands.watch.watch",
    "infoplane.checkpoints.command.measure",
    "infoplane.data.hub._loaded",  # no network
)


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to be in, with files that are of no use."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "file").write_text("text")
    (folder / "empty").mkdir()
    np.save(folder / "layer.npy", np.random.default_rng(0).normal(size=(40, 3)))
    np.savetxt(folder / "labels.txt", np.arange(40) % 2, fmt="%d")
    before = Path.cwd()
    os.chdir(folder)
    with pytest.MonkeyPatch.context() as patch:
        for target in WORK:
            patch.setattr(target, begun)
        yield folder
    os.chdir(before)


def begun(*_: Any, **__: Any) -> None:
    raise Begun


RIGHT: dict[str, list[str]] = {
    "run": ["--data.name", "digits", "--training.epochs", "1", "--network.widths", "3"],
    "reproduce": ["ib-szt", "--members", "1"],
    "validate": ["--only", "ksg", "--seeds", "1"],
    "audit": ["digits", "--epochs", "1"],
    "estimate": ["layer.npy", "--labels", "labels.txt"],
    "report": ["empty"],
    "watch": ["empty"],
    "figures": ["empty"],
    "film": ["empty"],
    "gallery": ["empty"],
    "runs": ["empty"],
}
OPTIONS: dict[str, list[str]] = {
    "run": [
        *("--members", "--seed", "--out", "--data.rate", "--data.labels", "--data.name"),
        *("--data.train-size", "--data.root", "--data.crop", "--data.transition"),
        *("--network.widths", "--network.preset", "--network.dropout", "--network.module"),
        *("--training.epochs", "--training.batch-size", "--training.weight-decay"),
        *("--training.learning-rate", "--training.momentum", "--training.device"),
        *("--training.patience", "--training.stop-at-accuracy", "--training.label-smoothing"),
        *("--observing.permutations", "--observing.bin-width", "--observing.bins"),
        *("--observing.estimators", "--observing.layers", "--observing.bin-number"),
        *("--memorization.probe-size", "--memorization.folds", "--memorization.permutations"),
        *("--each.rates", "--each.learning-rates", "--each.own-data"),
    ],
    "reproduce": ["--scale", "--data", "--data-root", "--members", "--seed", "--device", "--out"],
    "validate": ["--only", "--seeds", "--out", "--jobs"],
    "audit": [*("--network", "--epochs", "--batch-size", "--learning-rate", "--flipped", "--size"),
              *("--root", "--seed", "--device", "--out")],
    "estimate": [*("--labels", "--seen-labels", "--test", "--layers", "--estimators", "--bins"),
                 *("--bin-width", "--reduce", "--examples", "--decoder", "--seed", "--out"),
                 *("--model", "--text", "--texts", "--length", "--device")],
    "report": ["--out"],
    "watch": ["--port"],
    "figures": ["--format", "--width", "--only", "--out"],
    "film": ["--out", "--seconds", "--fps", "--plane"],
    "gallery": ["--out"],
    "runs": ["--where", "--by", "--verify"],
}  # fmt: skip
TYPED = (
    *("0", "-1", "1", "2.5", "nan", "inf", "-inf", "1e400", "10000000000000", "1e-320", "0x10"),
    *("", " ", "x", "auto", "tpu:9", "cuda:77", "meta", "none", "True", "[red]", "\x1b[31m", "é\n"),
    *(
        "/etc/passwd",
        "/etc/passwd/x",
        "/proc/x",
        "file",
        "file/x",
        "empty",
        "nowhere",
        "../..",
        "~",
    ),
    *("a" * 300, "s3://", "http://x", "ross", "ksg(k=", "ross(k=-1)", "ross(k=1e9)", "{layer}"),
    *("layer.npy", "labels.txt", "labels.txt:x", "file:f", "a=b", "data.rate=x", "--", "--help"),
)


@settings(
    max_examples=20 * max(TIMES, 1),
    derandomize=not TIMES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from(list(RIGHT)), st.data())
def test_command_lines(command: str, data: st.DataObject) -> None:
    typed = list(RIGHT[command])
    for _ in range(data.draw(st.integers(1, 3))):
        value = data.draw(st.sampled_from(TYPED))
        if data.draw(st.integers(0, 4)) == 0:
            typed[data.draw(st.integers(0, len(typed) - 1))] = value
        else:
            typed += [data.draw(st.sampled_from(OPTIONS[command])), value]
    check(command, *typed)


@pytest.mark.parametrize(
    "typed",
    [
        "reproduce ib-szt --members 0",
        "reproduce ib-szt --device tpu:9",
        "validate --out /etc/passwd/x",
        "validate --seeds 0",
        "run --data.name digits --training.weight-decay nan",
        "run --data.name digits --network.widths 1000000 1000000",
        "run --data.name digits --members 100000 --network.widths 1000",
        "run --data.name digits --observing.permutations 10000000000",
        "run --data.name digits --training.device meta",
        "estimate layer.npy --labels labels.txt --out file",
        "estimate layer.npy",
        "estimate --model empty --texts 0",
        "estimate --model empty --bins 3",
        "estimate --model empty --estimators ksg",
        "audit digits --epochs -1",
        "audit digits --device tpu:9",
    ],
)
def test_refused(typed: str, capsys: pytest.CaptureFixture) -> None:
    assert check(*typed.split()) == 2, capsys.readouterr()


def test_an_empty_argument_is_no_folder() -> None:
    assert check("run", "--data.name", "digits", "--out", "") == 2
    assert check("validate", "--out", " ") == 2


def check(*typed: str) -> int | None:
    """Type a command line; return its status, None where its work was about to begin.

    Whatever else comes of it, a warning too, is raised.
    """
    from io import StringIO
    from unittest.mock import patch

    told = StringIO()
    with (
        patch.object(sys, "argv", ["infoplane", *typed]),
        patch.object(sys, "stderr", told),
        patch.object(sys, "stdout", StringIO()),
    ):
        try:
            main()
        except Begun:
            return None
        except SystemExit as ended:
            status = ended.code
        else:
            return 0
    lines = [line for line in told.getvalue().splitlines() if line.startswith("infoplane: ")]
    assert status in (0, 1, 2), (typed, status)
    if status and lines:
        assert_sentence(lines[-1].removeprefix("infoplane: "))
        assert "\x1b" not in lines[-1]
    elif status:  # of the parser
        assert re.search(r"error|missing|invalid|required|unrecognized", told.getvalue(), re.I)
    assert "Traceback" not in told.getvalue()
    return int(status or 0)
