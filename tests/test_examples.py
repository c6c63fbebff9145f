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
GENERATED = {"_build", "generated", "understand", "class"}
PAGES = [
    ROOT / "README.md",
    *(
        path
        for path in sorted((ROOT / "docs").rglob("*.md"))
        if not GENERATED & set(path.relative_to(ROOT / "docs").parts)
    ),
]
N = 1000
SHORTENED = {  # what a reader waits a minute for
    "plane.md": {
        "range(41)": "range(1)",
        "runs/mine": "saved/digits",
        "order[:900], order[900:]": "order[:150], order[150:300]",
    },
    "study.md": {"epochs=60": "epochs=2"},
}


def snippets(language: str) -> Iterator[tuple[Path, str]]:
    """Yield the code of every block of a language, with its page."""
    for page in PAGES:
        for code in re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            yield page, code


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


NEEDED = {"callbacks.md": ("lightning", "transformers")}
"""Packages that a page takes for granted and infoplane does not need."""


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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run lies that pages take for granted."""
    path = tmp_path_factory.mktemp("pages")
    infoplane.run(
        infoplane.RunConfig(
            data=infoplane.DataConfig("digits", train_size=40, test_size=20),
            network=infoplane.NetworkConfig(widths=(3,), activation="relu"),
            training=infoplane.TrainingConfig(epochs=1),
        ),
        out=path / "runs" / "relu",
    )
    return path


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    known = surroundings()
    known["plane"] = infoplane.InformationPlane(
        known["model"], known["inputs"], known["labels"], memorization="linear"
    )
    known["plane"].observe(0)
    return known


def language_model() -> dict[str, Any]:
    """A small causal model, its tokenizer, and texts."""
    transformers = pytest.importorskip("transformers", reason="no transformers")
    config = transformers.GPT2Config(vocab_size=30, n_positions=128, n_embd=8, n_layer=1, n_head=2)
    ids = torch.randint(30, (20, 16), generator=torch.Generator().manual_seed(0))
    return {
        "model": transformers.GPT2LMHeadModel(config),
        "tokenizer": lambda texts, **_: {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
        "texts": ["a text"] * 20,
    }


@pytest.mark.parametrize(
    "page",
    list(dict.fromkeys(page for page, _ in snippets("python"))),
    ids=lambda page: page.relative_to(ROOT).with_suffix("").as_posix(),
)
def test_python_snippets(
    page: Path, folder: Path, known: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after another, each page on its own."""
    monkeypatch.chdir(folder)
    names = dict(known)
    for package in NEEDED.get(page.name, ()):
        pytest.importorskip(package, reason=f"{package} is not installed")
    if page.name == "language-models.md":
        names |= language_model()
    for count, (_, code) in enumerate(found for found in snippets("python") if found[0] == page):
        for long, short in SHORTENED.get(page.name, {}).items():
            code = code.replace(long, short)
        with unchecked():  # as a user runs them
            exec(compile(code, f"{page.name}, block {count}", "exec", dont_inherit=True), names)


def test_commands_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed as typed, and not carried out."""
    monkeypatch.chdir(tmp_path)
    Path("network.py").write_text("def make(): ...\n")
    commands = [
        line.split("#")[0].split(" > ")[0].strip()
        for _, code in snippets("sh")
        for line in code.replace("\\\n", " ").splitlines()
        if line.startswith("infoplane ") and line.split("#")[0].strip() != "infoplane"
    ]
    assert len(commands) >= 10
    for command in commands:
        tyro.cli(Command, prog="infoplane", args=shlex.split(command)[1:])
