"""``infoplane report``: one page of runs and studies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from infoplane.runs.config import RunConfig


@dataclass(frozen=True)
class ReportCommand:
    """Write one page of runs and studies: report.html, which opens anywhere, without a network."""

    runs: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN ...")]
    """Folders of runs or studies, or folders that hold some."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """The page (default: report.html in the folder named; where several are, in this one)."""
    images: bool = False
    """Show images of the examples, from the data of the runs."""

    def __call__(self) -> None:
        from infoplane.page import write_report

        print(write_report(self.runs, out=self.out, images_of=_images if self.images else None))


def _images(config: RunConfig, path: Path):
    """The training images of a run; reading them needs torch."""
    from infoplane.runs.analyses.images import training_images
    from infoplane.runs.run import Run

    return training_images(Run(config, path))
