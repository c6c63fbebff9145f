"""Docstrings as they are meant: a colon in a sentence is no type, a star in a path no emphasis.

Napoleon takes what stands before the first colon of an attribute, or of what is returned, as a
type. Here these are sentences, so colons are hidden from it, and put back after it has gone.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

HIDDEN = "\ue000"
SENTENCES = ("attribute", "property", "data")


def setup(app: Sphinx) -> None:
    """Stand before and behind Napoleon, whose priority is 500."""
    app.connect("autodoc-process-docstring", hide, priority=400)
    app.connect("autodoc-process-docstring", show, priority=600)


def hide(_app: Sphinx, what: str, *about: Any) -> None:
    """Hide the colons of sentences, in place."""
    lines, returned = about[-1], False
    for i, line in enumerate(lines):
        heading = line and not line[0].isspace()
        if heading:
            returned = line in ("Returns:", "Yields:")
        if what in SENTENCES:
            lines[i] = line.replace(":", HIDDEN).replace("*", "\\*")
        elif returned and not heading:
            lines[i] = line.replace(":", HIDDEN)


def show(_app: Sphinx, *about: Any) -> None:
    """Put the colons back, in place; FILE:FUNCTION is no address."""
    about[-1][:] = [line.replace(HIDDEN, ":").replace("FILE:", "FILE\\:") for line in about[-1]]
