"""The examples of the documentation do what they say: docstrings, README and docs are run."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import tyro
from checking import unchecked
from own_models import ResNet

import infoplane
from infoplane.cli import Command

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
N = 1000


def snippets(language: str) -> Iterator[tuple[str, str]]:
    """Yield the code of every block of a language, with its page."""
    for page in PAGES:
        for code in re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            yield page.name, code


@pytest.mark.parametrize(
    "path",
    [p for p in (ROOT / "src" / "infoplane").rglob("*.py") if ">>> " in p.read_text("utf-8")],
    ids=lambda path: path.stem,
)
def test_docstrings(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0
    assert found.failed == 0


def surroundings() -> dict[str, Any]:
    """What the snippets take for granted: a network, samples, a loop."""
    draw = torch.Generator().manual_seed(0)
    inputs = torch.randn(N, 4, generator=draw)
    model = torch.nn.Sequential(torch.nn.Unflatten(1, (1, 2, 2)), ResNet(classes=2))
    labels = (inputs[:, 0] > 0).long()
    return {
        "infoplane": infoplane,
        "model": model,
        "Trainer": lambda **given: SimpleNamespace(**given, add_callback=print, eval_dataset=None),
        "inputs": inputs,
        "labels": labels,
        "seen_labels": torch.where(torch.arange(N) % 5 == 0, 1 - labels, labels),
        "test": (inputs.flip(0), labels.flip(0)),
        "activations": inputs,
        "epochs": 2,
        "epoch": 1,
        "train_one_epoch": lambda model: None,
        "t": inputs[:, :1].double(),
        "y": inputs[:, :1].double() + torch.randn(N, 1, generator=draw),
        "n": N,
        "ids": torch.arange(N),
        "logits": torch.randn(N, 2, generator=draw),
    }


def test_python_snippets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    infoplane.run(
        infoplane.RunConfig(
            data=infoplane.DataConfig("digits", train_size=40, test_size=20),
            network=infoplane.NetworkConfig(widths=(3,), activation="relu"),
            training=infoplane.TrainingConfig(epochs=1),
        ),
        out="runs/relu",
    )
    known = surroundings()
    count = 0
    for page, code in snippets("python"):
        count += 1
        with unchecked():  # as a user runs them
            exec(compile(code, f"{page}, block {count}", "exec"), known)
    assert count >= 6
    assert (tmp_path / "plane.png").stat().st_size > 1000


def test_commands_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed as typed, and not carried out."""
    monkeypatch.chdir(tmp_path)
    Path("network.py").write_text("def make(): ...\n")
    commands = [
        line.split("#")[0].strip()
        for _, code in snippets("sh")
        for line in code.replace("\\\n", " ").splitlines()
        if line.startswith("infoplane ")
    ]
    assert len(commands) >= 10
    for command in commands:
        tyro.cli(Command, prog="infoplane", args=shlex.split(command)[1:])
