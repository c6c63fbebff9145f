"""Folders import only from folders above them, and the top only when used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "infoplane"
COMMON = {
    "as_html",
    "chunks",
    "doublings",
    "errors",
    "language_tables",
    "memory",
    "names",
    "scores",
    "seeds",
    "settings",
    "tables",
    "terminal",
    "visible",
}
ALL_ABOVE_RUNS = {"data", "networks", "information", "observing", "memorization", "training"}
ALL_ABOVE_RUNS |= {"language"}
MAY_IMPORT = {
    "data": set(),
    "networks": set(),
    "information": set(),
    "observing": {"information"},
    "memorization": {"information", "data", "observing"},
    "training": {"data", "networks"},
    "language": {"data", "networks", "information", "observing"},
    "validation": {"data", "networks", "information", "figures"},
    "runs": {*ALL_ABOVE_RUNS, "notebook"},  # when a notebook asks for it
    "figures": set(),
    "page": {"figures", "runs"},
    "user_models": {*ALL_ABOVE_RUNS, "runs", "figures", "layer_tables", "trackers", "notebook"},
    "callbacks": {*ALL_ABOVE_RUNS, "user_models", "trackers"},
    "saved_activations": {*ALL_ABOVE_RUNS, "runs", "figures", "page", "user_models"},
    "checkpoints": {*ALL_ABOVE_RUNS, "runs", "figures"},
    "audit": {*ALL_ABOVE_RUNS, "runs", "figures"},
    "watching": {"runs", "figures", "page"},
    "studies": {*ALL_ABOVE_RUNS, "runs", "figures", "page", "notebook"},
    "commands": {
        *ALL_ABOVE_RUNS,
        *("runs", "figures", "page", "studies", "validation", "audit"),
        *("saved_activations", "checkpoints", "watching", "report"),
    },
}


def imported(path: Path) -> set[str]:
    """Return the parts of infoplane that a file imports."""
    parts = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        module = getattr(node, "module", None) or ""
        if isinstance(node, ast.ImportFrom) and module.startswith("infoplane"):
            parts |= set(module.split(".")[1:2] or [alias.name for alias in node.names])
        if isinstance(node, ast.Import):
            parts |= {a.name.split(".")[1] for a in node.names if a.name.startswith("infoplane.")}
    return parts


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_data_flows_one_way(folder: str) -> None:
    for path in (SOURCE / folder).rglob("*.py"):
        forbidden = imported(path) - MAY_IMPORT[folder] - COMMON - {folder}
        assert not forbidden, f"{path.relative_to(SOURCE)} imports {forbidden}"


def test_every_folder_has_a_rule() -> None:
    folders = {p.name for p in SOURCE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("infoplane", {"torch", "pandas", "numpy"}),
        ("infoplane.runs.config", {"torch", "pandas"}),
        ("infoplane.figures", {"torch"}),
        ("infoplane.page", {"torch"}),
        ("infoplane.callbacks", {"torch", "lightning", "transformers"}),
    ],
)
def test_what_is_not_needed_is_not_loaded(module: str, heavy: set[str]) -> None:
    script = f"import sys, {module}; sys.exit(str({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "set()"
