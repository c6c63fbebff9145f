"""Write the report of runs and studies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from infoplane.errors import InfoplaneError
from infoplane.page.content import page_content
from infoplane.page.document import report_html
from infoplane.page.examples import were_followed
from infoplane.page.inputs import Inputs
from infoplane.page.reading import ReadRun, find_named, read_run
from infoplane.runs.config import RunConfig
from infoplane.runs.progress import say
from infoplane.runs.storage.files import write_text_atomically
from infoplane.runs.storage.folder import REPORT

InputsOf = Callable[[RunConfig, Path], Inputs]
"""Returns the inputs of a run, of its configuration and folder."""


def write_report(
    paths: Sequence[Path | str],
    *,
    out: Path | str | None = None,
    inputs_of: InputsOf | None = None,
) -> Path:
    """Write one page of runs and studies; it opens anywhere, without a network.

    Args:
        paths: folders of runs or studies, or folders that hold some.
        out: the file written; ``report.html`` in the folder where one is named, in the current
            folder where several are.
        inputs_of: reads the training inputs of a run's first member, in order of its examples
            table; where it raises, the page says why there are none.

    Returns:
        The path of the page.

    Raises:
        InfoplaneError: where a folder holds no run, one cannot be read, or the page not be written.
    """
    named = find_named(paths)
    runs = [_read(path, name, inputs_of) for path, name in named.runs.items()]
    content = page_content(runs, named.studies.values())
    folder = Path(paths[0]) if len(paths) == 1 else Path()
    path = Path(out) if out is not None else folder / REPORT
    write_text_atomically(path, report_html(content))
    return path


def write_report_beside(folder: Path, *, inputs_of: InputsOf | None = None) -> Path | None:
    """Write the page of a run or study that has just ended into its folder.

    What ended well stays so where the page cannot be written: it is said, and None is returned.
    """
    try:
        return write_report([folder], inputs_of=inputs_of)
    except InfoplaneError as error:
        say(f"no {REPORT} was written: {error}")
        return None


def _read(path: Path, name: str, inputs_of: InputsOf | None) -> ReadRun:
    """A run, with its inputs where they are asked for, and its examples were followed."""
    run = read_run(path, name)
    if inputs_of is None or not were_followed(run.examples):
        return run
    try:
        return replace(run, inputs=inputs_of(run.config, path))
    except InfoplaneError as error:
        return replace(run, no_inputs=str(error))
