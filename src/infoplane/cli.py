"""The command line: one subcommand for each thing that can be asked for."""

from __future__ import annotations

import sys
from typing import Annotated

import tyro

from infoplane.commands.audit import AuditCommand
from infoplane.commands.ensemble import EnsembleCommand
from infoplane.commands.estimate import EstimateCommand
from infoplane.commands.figures import FiguresCommand
from infoplane.commands.film import FilmCommand
from infoplane.commands.gallery import GalleryCommand
from infoplane.commands.report import ReportCommand
from infoplane.commands.reproduce import ReproduceCommand
from infoplane.commands.run import RunCommand
from infoplane.commands.runs import RunsCommand
from infoplane.commands.validate import ValidateCommand
from infoplane.commands.watch import WatchCommand
from infoplane.errors import FailedRunsError, InfoplaneError, NonFiniteError

Command = (
    Annotated[RunCommand, tyro.conf.subcommand("run")]
    | Annotated[ReproduceCommand, tyro.conf.subcommand("reproduce")]
    | Annotated[ValidateCommand, tyro.conf.subcommand("validate")]
    | Annotated[AuditCommand, tyro.conf.subcommand("audit")]
    | Annotated[EnsembleCommand, tyro.conf.subcommand("ensemble")]
    | Annotated[EstimateCommand, tyro.conf.subcommand("estimate")]
    | Annotated[ReportCommand, tyro.conf.subcommand("report")]
    | Annotated[WatchCommand, tyro.conf.subcommand("watch")]
    | Annotated[FiguresCommand, tyro.conf.subcommand("figures")]
    | Annotated[FilmCommand, tyro.conf.subcommand("film")]
    | Annotated[GalleryCommand, tyro.conf.subcommand("gallery")]
    | Annotated[RunsCommand, tyro.conf.subcommand("runs")]
)


def main() -> None:
    """Run the command line; a mistake of the user is one sentence and exit status 2."""
    try:
        command = tyro.cli(
            Command,  # pyright: ignore[reportArgumentType]
            prog="infoplane",
            description="See what a neural network learns and what it merely memorizes, layer by "
            "layer, in bits.",
        )
        command()
    except InfoplaneError as error:
        print(f"infoplane: {error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, (FailedRunsError, NonFiniteError)) else 2)
    except KeyboardInterrupt:
        print("infoplane: interrupted; the same command goes on from here.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
