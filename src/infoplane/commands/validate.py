"""``infoplane validate``: estimators against known truths."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from infoplane.settings import check_number


@dataclass(frozen=True)
class ValidateCommand:
    """Hold every estimator to distributions of known mutual information.

    Prints estimate, truth, error, spread and time of each; the exit status is 1 where a claimed
    tolerance is missed. Ten minutes at most on two cores.
    """

    only: tuple[str, ...] = ()
    """Estimators to validate by name; all, and the published rows, unless given."""
    seeds: int = 3
    """Samples drawn for each case."""
    out: Annotated[Path, tyro.conf.arg(metavar="DIR")] = Path("validation")
    """Where the table and the figure are written."""
    power: bool = False
    """Instead, plant labels in layers, and say how much of them each decoder finds."""
    coverage: bool = False
    """Instead, count how often errors hold the truth, and nulls independent values."""
    dimensions: bool = False
    """Instead, measure the error of each in 1 to 64 dimensions, from 1,000 and 10,000 samples. An
    hour of one core."""
    jobs: int = 1
    """Processes that measure power or coverage."""

    def __call__(self) -> None:
        from infoplane.validation.command import (
            validate_all,
            validate_coverage,
            validate_dimensions,
            validate_power,
        )

        check_number("seeds", self.seeds, least=1)
        check_number("jobs", self.jobs, least=1)
        if self.power:
            validate_power(seeds=self.seeds, jobs=self.jobs, out=self.out)
        elif self.coverage:
            validate_coverage(self.only, jobs=self.jobs, out=self.out)
        elif self.dimensions:
            validate_dimensions(self.only, seeds=self.seeds, out=self.out)
        elif not validate_all(self.only, seeds=self.seeds, out=self.out):
            sys.exit(1)
