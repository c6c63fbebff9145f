"""What the site has that is not written by hand: tables, a page a study, formulas as MathML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from infoplane_site import commands, docstrings, estimators, licences, mathml, studies


def setup(app: Sphinx) -> dict[str, Any]:
    """Write what is generated before anything is read; read docstrings; draw formulas."""
    mathml.setup(app)
    docstrings.setup(app)
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}


def _get_sg_image_scraper() -> Any:
    """How the gallery finds figures that are not pyplot's: by this name, asked of a module."""
    from infoplane_site import figures

    return figures.scrape


def write(app: Sphinx) -> None:
    """Write the fragments that pages include, and the pages of the studies."""
    docs = Path(app.srcdir)
    fragments = {
        **estimators.fragments(docs / "results"),
        **studies.fragments(docs / "results" / "studies"),
        **commands.fragments(),
        **licences.fragments(docs / "results"),
    }
    for name, text in fragments.items():
        _write(docs / "generated" / f"{name}.md", text)
    for name, text in studies.pages(docs / "results" / "studies").items():
        _write(docs / "studies" / "generated" / f"{name}.md", text)


def _write(path: Path, text: str) -> None:
    """Write a file that has changed; others keep their date, so that they are not read again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
