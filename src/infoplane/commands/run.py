"""``infoplane run``: train a network and watch its layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import tyro

from infoplane.runs.config import RunConfig


@dataclass(frozen=True)
class RunCommand:
    """Train a network, watch every layer, and draw what it saw.

    Everything lands in one folder: config.json, the tables as Parquet, the weights, the figures.
    The same command again goes on where it stopped, or returns what is done.
    """

    config: Annotated[RunConfig, tyro.conf.arg(name="")] = field(default_factory=RunConfig)
    out: Annotated[str | None, tyro.conf.arg(metavar="DIR")] = None
    """The run's folder, or its URL of fsspec (default: runs/ID, where ID is the hash of the
    configuration)."""

    def __call__(self) -> None:
        from infoplane.report import print_run
        from infoplane.runs.run import run
        from infoplane.runs.storage.remote import publish

        finished = run(self.config, out=self.out)
        from infoplane.figures.run import draw_run  # Matplotlib, which nobody waits for before
        from infoplane.page import write_report_beside
        from infoplane.runs.analyses.inputs import TrainingInputs

        draw_run(finished.path, **finished.tables)
        write_report_beside(finished.path, inputs_of=TrainingInputs())
        if self.out is not None:
            publish(self.out)
        print_run(finished, self.out)
