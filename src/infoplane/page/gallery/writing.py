"""Write the gallery of a folder of runs."""

from __future__ import annotations

from pathlib import Path

from infoplane.page.gallery.document import gallery_html
from infoplane.page.gallery.reading import read_card, read_study
from infoplane.page.reading import CLAIMS
from infoplane.runs.query.loaded_runs import find_runs
from infoplane.runs.storage.files import write_text_atomically

GALLERY = "gallery.html"


def write_gallery(folder: Path | str = "runs", *, out: Path | str | None = None) -> Path:
    """Write one page of all runs in a folder; it opens anywhere, without a network.

    A run that cannot be read has its card too, which says why. Links lead to the reports that are
    there.

    Args:
        folder: holds folders of runs.
        out: the file written; ``gallery.html`` in the folder unless given.

    Returns:
        The path of the page.

    Raises:
        InfoplaneError: where the folder is at a URL, does not exist or holds no run, or the page
            cannot be written.

    Cost: about a tenth of a second a run.
    """
    runs = find_runs(folder)
    folder = Path(folder)
    path = Path(out) if out is not None else folder / GALLERY
    studies = [read_study(claims.parent) for claims in sorted(folder.glob(f"*/{CLAIMS}"))]
    title = f"Runs in {folder.resolve().name}"
    cards = [read_card(run, studies) for run in runs]
    page = gallery_html(cards, studies, title=title, folder=path.resolve().parent)
    write_text_atomically(path, page)
    return path
