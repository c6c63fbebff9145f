"""How runs, planes and studies show themselves in a notebook: small and static, or as a page."""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from infoplane import as_html
from infoplane.errors import InfoplaneError
from infoplane.visible import in_html

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from infoplane.runs.query.loaded_runs import LoadedRuns
    from infoplane.runs.run import Run
    from infoplane.studies.claims import Claim

WIDTH = 110  # letters of a line of text
DPI = 100
MOST_RUNS, MOST_KEYS = 40, 8  # rows and columns of a list
HEIGHT = 800  # pixels of a page in a notebook


@dataclass(frozen=True)
class Page:
    """A report: shown in a notebook, and written where it is asked for."""

    html: str
    path: Path | None = None

    def save(self, path: Path | str) -> Path:
        """Write it to a file, and return its path.

        Raises:
            InfoplaneError: where it cannot be written.
        """
        from infoplane.runs.storage.files import write_text_atomically

        write_text_atomically(Path(path), self.html)
        return Path(path)

    def __repr__(self) -> str:
        where = self.path or "not written; save(path) writes it"
        return f"Page of {len(self.html) / 1e6:.1f} MB ({where})"

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="report" width="100%" height="{HEIGHT}" sandbox="allow-scripts" '
            f'srcdoc="{escape(self.html)}"></iframe>'
        )


def page_of(paths: Sequence[Path], out: Path | str | None = None) -> Page:
    """Return the report of runs and studies, and write it where a file is named.

    Raises:
        InfoplaneError: as ``infoplane.page.write_report``.
    """
    from infoplane.page import write_report

    with tempfile.TemporaryDirectory() as folder:
        path = write_report(paths, out=Path(folder) / "report.html" if out is None else out)
        text = path.read_text(encoding="utf-8")
    return Page(text, None if out is None else path)


def picture(draw: Callable[[], Figure], name: str) -> str:
    """Return a figure as an image with its name; nothing where it cannot be drawn."""
    try:
        figure = draw()
    except InfoplaneError:
        return ""
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=DPI)
    coded = base64.b64encode(image.getvalue()).decode()
    return f'<img alt="{in_html(name)}" src="data:image/png;base64,{coded}">'


def run_html(run: Run) -> str:
    """Return a run at a glance: what it was, its plane, its layers at the end."""
    from infoplane.figures.main import main_figure
    from infoplane.layer_tables import bins_table, memorization_table
    from infoplane.runs.described import describe
    from infoplane.runs.storage.folder import RunFolder
    from infoplane.terminal import PlainConsole

    name = f"run {run.config.id}"
    try:
        state = RunFolder(run.path).status()["state"]
        about = f"{name}: {describe(run.config)} · {state}"
        measurements = run.measurements
        text = io.StringIO()
        console = PlainConsole(file=text, width=WIDTH)
        for shown in (memorization_table(measurements), bins_table(measurements)):
            if shown is not None:
                console.print(shown, "")
        image = picture(lambda: main_figure(measurements), about)
        return f"<p>{in_html(about)}</p>{image}<pre>{in_html(text.getvalue())}</pre>"
    except InfoplaneError as error:
        return f"<p>{in_html(name)}: {in_html(error)}</p>"


def runs_html(runs: LoadedRuns) -> str:
    """Return a list of runs: their state, and the keys in which they differ."""
    from infoplane.runs.query.keys import as_written

    configs = runs.configs.reset_index().drop_duplicates("run").set_index("run")
    always = ["state", "epoch", "data.name", "data.labels", "data.rate"]
    written = configs.map(as_written)
    differing = [
        key for key in written.columns
        if key not in (*always, "folder", "member") and written[key].nunique() > 1
    ]  # fmt: skip
    keys = [*always, *differing[:MOST_KEYS]]
    rows = [
        (run, *cells) for run, cells in zip(written.index, written[keys].to_numpy(), strict=True)
    ]
    more = len(rows) - MOST_RUNS
    title = f"{len(rows)} run{'s' * (len(rows) != 1)}"
    left = f"<p>and {more} more</p>" if more > 0 else ""
    return as_html.table(rows[:MOST_RUNS], head=("run", *keys), title=title) + left


def claims_html(title: str, claims: Sequence[Claim]) -> str:
    """Return the verdicts of a study: statement, published value, ours, verdict."""
    held = sum(claim.verdict == "holds" for claim in claims)
    rows = [(c.statement, c.published or "–", c.measured, c.verdict) for c in claims]
    head = ("claim", "published", "measured", "verdict")
    about = f"{title}: {held} of {len(claims)} claims hold"
    return as_html.table(rows, head=head, title=about)
