"""The figures of folders, drawn again from their tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.figures import at_width, save
from infoplane.figures.drawing.style import one_colour_a_layer
from infoplane.figures.run import Picture, run_figures
from infoplane.page.reading import find_named
from infoplane.runs.run import Run
from infoplane.runs.storage.files import refuse_link_out
from infoplane.runs.storage.folder import RunFolder

DPI = 300


@dataclass(frozen=True)
class Drawn:
    """A folder whose figures are asked for: a run or a study."""

    path: Path
    name: str
    figures: Callable[[], dict[str, Picture]]


def draw_again(
    paths: Sequence[str],
    inches: float,
    *,
    formats: Sequence[str],
    only: Sequence[str] = (),
    out: Path | None = None,
    place: str = "",
) -> Iterator[Path]:
    """Draw the figures of runs and studies at a width, and give each file as it is written.

    Args:
        paths: folders of runs or studies, or folders that hold some.
        inches: the width.
        formats: pdf, svg, png.
        only: names of figures; all unless given.
        out: where they are written; in each folder, under ``figures/<place>``, unless given.
        place: the name of that folder.

    Raises:
        InfoplaneError: where a folder holds no run, or no figure has a name asked for; and where
            one is damaged, once all others are drawn.
    """
    folders = _folders(paths)
    known: dict[str, None] = {}
    failed: list[str] = []
    written = 0
    for each in folders:
        folder = each.path / "figures" / place if out is None else out
        folder = folder / each.name if out is not None and len(folders) > 1 else folder
        try:
            with at_width(inches):
                if out is None:
                    refuse_link_out(folder, each.path)
                for name, draw in each.figures().items():
                    known[name] = None
                    if not only or name in only:
                        written += 1
                        yield from save(draw(), folder / name, formats=formats, dpi=DPI)
        except InfoplaneError as error:
            failed.append(f"{each.name}: {error}")
    if failed:
        raise InfoplaneError(
            f"{len(failed)} of {len(folders)} could not be drawn, all others are. {failed[0]}"
            if len(folders) > 1
            else failed[0].removeprefix(f"{folders[0].name}: ")
        )
    if not written:
        raise InfoplaneError(
            f"no figure is called {' or '.join(only)}; there are: {', '.join(known)}."
        )


def _folders(paths: Sequence[str]) -> list[Drawn]:
    """The studies and runs that are named, each once."""
    named = find_named(paths)
    runs = [Drawn(path, name, lambda path=path: _of_run(path)) for path, name in named.runs.items()]
    studies = [
        Drawn(path, path.name, lambda path=path, claims=claims: _of_study(path, claims))
        for path, claims in named.studies.items()
    ]
    return _with_own_names(studies + runs)


def _with_own_names(folders: list[Drawn]) -> list[Drawn]:
    """The same, their names fit for folders; those with a name in common have that of the path."""
    names = [re.sub(r"[^\w.,=% -]", "-", each.name).strip(" .-") for each in folders]
    return [
        Drawn(each.path, name if name and names.count(name) == 1 else each.path.name, each.figures)
        for each, name in zip(folders, names, strict=True)
    ]


def _of_run(path: Path) -> dict[str, Picture]:
    run = _run(path)
    return run_figures(**{name: table for name, table in _tables(run).items() if table is not None})


def _tables(run: Run) -> dict[str, Any]:
    """The tables that figures are drawn from; those of training that goes on may not be there."""
    there = {name: (run.path / f"{name}.parquet").exists() for name in ("examples", "dynamics")}
    return {
        "measurements": run.measurements,
        "training": run.training,
        "examples": run.examples if there["examples"] else None,
        "dynamics": run.dynamics if there["dynamics"] else None,
    }


def _of_study(path: Path, claims: dict[str, Any]) -> dict[str, Picture]:
    """The figures of a study, all of which are drawn where one is asked for."""
    from infoplane.runs.ensembles.ensemble import read_ensemble
    from infoplane.runs.texts.run import read_text
    from infoplane.studies.catalogue import find_study
    from infoplane.studies.study import Results

    study = find_study(str(claims.get("study")))
    ensembles = {
        name: read_ensemble(path.parent / f"ensemble-{ensemble}")
        for name, ensemble in claims.get("ensembles", {}).items()
    }
    texts = {
        name: read_text(path.parent / f"text-{text}")
        for name, text in claims.get("texts", {}).items()
    }
    runs = {name: _run(path.parent / str(run)) for name, run in claims["runs"].items()}
    runs = Results(runs, ensembles, texts)
    depths = {depth for run in runs.values() for depth in run.measurements["depth"]}
    with one_colour_a_layer(depths):
        drawn = study.figures(runs)
    return {name: lambda figure=figure: figure for name, figure in drawn.items()}


def _run(path: Path) -> Run:
    return Run(RunFolder(path).config(), path)
