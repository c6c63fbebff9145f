"""How a figure is written: whole or not at all, and the same bytes each time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from infoplane.errors import InfoplaneError
from infoplane.figures.drawing import style
from infoplane.figures.drawing.layout import settle

# what would tell when and by which version a file was written
METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


@style.styled
def save(
    figure: Figure,
    path_stem: str | Path,
    *,
    formats: Sequence[str] = ("png", "svg"),
    dpi: float = style.DPI,
) -> tuple[Path, ...]:
    """Write a figure as ``<path_stem>.png`` and ``<path_stem>.svg``, each whole or not at all.

    The same figure gives the same bytes: no date, no random ids. Text in SVG stays text, to be
    searched and edited; PDF has its fonts embedded (Type 42). Missing folders are made; files of
    the same name are replaced.

    Args:
        figure: any matplotlib figure.
        path_stem: the path without its ending, ``figures/plane``.
        formats: of the files: png, svg, pdf.
        dpi: dots per inch of PNG, and of clouds of points in the others.

    Returns:
        The paths written, in order of the formats.

    Raises:
        InfoplaneError: for another format.
    """
    for unknown in [each for each in formats if each not in METADATA]:
        raise InfoplaneError(
            f"a figure has no format {unknown!r}; give one of {', '.join(METADATA)}."
        )
    stem = Path(path_stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = tuple(stem.parent / f"{stem.name}.{each}" for each in formats)
    with (
        laid_out_once(figure),
        tempfile.TemporaryDirectory(dir=stem.parent, prefix=".figure-") as folder,
    ):
        for path, kind in zip(paths, formats, strict=True):
            unfinished = Path(folder) / path.name
            figure.savefig(unfinished, dpi=dpi, metadata=METADATA[kind])
            os.replace(unfinished, path)
    return paths


@contextmanager
def laid_out_once(figure: Figure) -> Iterator[None]:
    """Lay a figure out now, and not again each time it is drawn: most of the time goes there."""
    engine = figure.get_layout_engine()
    settle(figure)
    figure.set_layout_engine("none")
    try:
        yield
    finally:
        figure.set_layout_engine(engine)
