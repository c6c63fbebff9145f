"""Write the report of runs and studies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from infoplane.page.content import page_content
from infoplane.page.document import report_html
from infoplane.page.reading import find_named, read_run
from infoplane.runs.storage.folder import write_atomically

REPORT = "report.html"


def write_report(paths: Sequence[Path | str], *, out: Path | str | None = None) -> Path:
    """Write one page of runs and studies; it opens anywhere, without a network.

    Args:
        paths: folders of runs or studies, or folders that hold some.
        out: the file written; ``report.html`` in the folder where one is named, in the current
            folder where several are.

    Returns:
        The path of the page.

    Raises:
        InfoplaneError: where a folder holds no run, one cannot be read, or the page not be written.
    """
    named = find_named(paths)
    runs = [read_run(path, name) for path, name in named.runs.items()]
    content = page_content(runs, named.studies.values())
    folder = Path(paths[0]) if len(paths) == 1 else Path()
    path = Path(out) if out is not None else folder / REPORT
    page = report_html(content).encode("utf-8", errors="replace")
    write_atomically(path, lambda temporary: _write(temporary, page))
    return path


def _write(path: Path, page: bytes) -> None:
    path.write_bytes(page)
