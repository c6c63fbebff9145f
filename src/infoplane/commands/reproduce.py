"""``infoplane reproduce``: a published study, with a verdict on each claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from infoplane.studies.catalogue import STUDIES
from infoplane.training.config import Dtype


@dataclass(frozen=True)
class ReproduceCommand:
    """Reproduce a published study: its runs, its figure, and a verdict on each of its claims.

    Interrupted, the same command goes on.
    """

    study: Annotated[
        str,
        tyro.conf.Positional,
        tyro.conf.arg(metavar="STUDY", help=f"Which study: {', '.join(STUDIES)}."),
    ]
    scale: Literal["quick", "paper"] = "quick"
    """quick: minutes on two cores; paper: the published size."""
    data: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
    """Data set instead of the study's own: digits, mnist, fashion-mnist, cifar10, or a hub id."""
    data_root: Annotated[str | None, tyro.conf.arg(metavar="DIR")] = None
    """Folder of local Parquet files in the hub's layout, instead of a download."""
    members: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Networks trained side by side, alike but for their seeds (default: the study's)."""
    seed: int = 0
    """The number all random choices follow from."""
    device: str = "auto"
    """auto, cpu, or another torch device."""
    dtype: Dtype | None = None
    """Precision of matrix products in training (default: the study's, float32). bfloat16 halves the
    time of large layers where the processor has it; tf32 is for NVIDIA's GPUs."""
    out: Annotated[str, tyro.conf.arg(metavar="DIR")] = "runs"
    """Where runs, claims and figures are kept: a folder, or a URL of fsspec (s3://…)."""
    workers: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Runs at once on this machine, which share its processors and GPUs; needs Ray (pip install
    'infoplane[ray]'). One after another unless given. With --ray: at most so many at once."""
    ray: Annotated[str | None, tyro.conf.arg(metavar="ADDRESS")] = None
    """Run on the Ray cluster at this address (auto: the one this machine is part of)."""

    def __call__(self) -> None:
        from infoplane.report import print_verdicts
        from infoplane.studies.catalogue import find_study
        from infoplane.studies.study import StudyOptions, carry_out

        study = find_study(self.study)
        options = StudyOptions(
            self.scale,
            self.data,
            self.data_root,
            self.members,
            self.seed,
            self.device,
            self.dtype,
        )
        verdicts = carry_out(study, options, out=self.out, workers=self.workers, ray=self.ray)
        print_verdicts(verdicts, self.out)
