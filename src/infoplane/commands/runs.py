"""``infoplane runs``: what a folder holds."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import tyro

from infoplane.errors import InfoplaneError


@dataclass(frozen=True)
class RunsCommand:
    """List the runs of a folder: what each was, how far it is, how it ended.

    With --by, they are grouped, with mean and spread over the members and seeds of each group.
    """

    folder: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="[DIR]")] = "runs"
    """The folder that holds run folders."""
    where: Annotated[tuple[str, ...], tyro.conf.arg(metavar="KEY=VALUE ...")] = ()
    """Only those with these values in their configuration, as data.rate=0.4."""
    by: Annotated[tuple[str, ...], tyro.conf.arg(metavar="KEY ...")] = ()
    """Group by keys of the configuration, as data.rate network.activation."""

    verify: bool = False
    """Hold every file of each run to the digest written with it; the exit status is 1 where one is
    damaged."""

    def __call__(self) -> None:
        from infoplane.report import print_groups, print_runs, print_verified

        if self.by and self.verify:
            raise InfoplaneError("--verify and --by were given; give one of them.")
        if self.verify:
            if not print_verified(self.folder, self.where):
                sys.exit(1)
        elif self.by:
            print_groups(self.folder, self.where, self.by)
        else:
            print_runs(self.folder, self.where)
