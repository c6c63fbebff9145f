"""Real text that ships with Python: for studies and tests that need no network."""

from __future__ import annotations

import ast
import os
from importlib import metadata
from pathlib import Path

WITHOUT = {"test", "tests", "site-packages", "idlelib", "__pycache__"}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
LICENCES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")


def docstrings(*, least: int = 200) -> list[str]:
    """Return the docstrings of the standard library, of ``least`` characters or more.

    About 1.2 million characters of technical English; other versions of Python have others.

    Cost: about two seconds, to parse the library.
    """
    library = Path(os.__file__).parent
    texts: list[str] = []
    for path in sorted(library.rglob("*.py")):
        if not WITHOUT & set(path.relative_to(library).parts):
            texts += _of_module(path)
    return [text for text in texts if len(text) >= least]


def _of_module(path: Path) -> list[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):  # in older encodings, or of older versions
        return []
    nodes = [node for node in ast.walk(tree) if isinstance(node, DOCUMENTED)]
    return [ast.get_docstring(node) or "" for node in nodes]


def licences() -> list[str]:
    """Return the licence texts of Python and of the packages that are installed."""
    paths = {Path(os.__file__).parent / "LICENSE.txt"}
    for distribution in metadata.distributions():
        files = distribution.files or []
        named = [file for file in files if file.name.upper().startswith(LICENCES)]
        paths |= {Path(str(file.locate())) for file in named if file.suffix != ".py"}
    return [text for path in sorted(paths) if (text := _read(path))]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
