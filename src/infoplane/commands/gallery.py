"""``infoplane gallery``: one page of all runs in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class GalleryCommand:
    """Write one page of all runs in a folder: gallery.html, which opens anywhere, offline.

    A card a run: its plane in small, data, network, accuracy, bits, how it ended, and a link to its
    report where there is one. Filters by words and by keys of the configuration, and sorts.
    """

    folder: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="[DIR]")] = "runs"
    """The folder that holds run folders."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """The page (default: gallery.html in the folder)."""

    def __call__(self) -> None:
        from infoplane.page.gallery import write_gallery

        print(write_gallery(self.folder, out=self.out))
