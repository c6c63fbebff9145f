"""``infoplane report``: one page of runs and studies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class ReportCommand:
    """Write one page of runs and studies: report.html, which opens anywhere, without a network."""

    runs: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN ...")]
    """Folders of runs or studies, or folders that hold some."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """The page (default: report.html in the folder named; where several are, in this one)."""
    images: bool = True
    """Show images of the examples, or their columns, from the data of the runs."""

    def __call__(self) -> None:
        from infoplane.page import write_report

        inputs_of = None
        if self.images:
            from infoplane.runs.analyses.inputs import TrainingInputs  # needs torch

            inputs_of = TrainingInputs()
        print(write_report(self.runs, out=self.out, inputs_of=inputs_of))
