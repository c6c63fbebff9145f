"""The command line: one subcommand for each thing that can be asked for."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Union

import tyro

from infoplane.commands.catalogue import BY_PURPOSE, COMMANDS
from infoplane.commands.help import ALL, answer
from infoplane.errors import FailedRunsError, InfoplaneError, NonFiniteError

Command: Any = Union[  # noqa: UP007
    tuple(Annotated[kind, tyro.conf.subcommand(name)] for name, kind in COMMANDS.items())
]


def main() -> None:
    """Run the command line; a mistake of the user is one sentence and exit status 2."""
    arguments = sys.argv[1:]
    try:
        said = answer(arguments, BY_PURPOSE)
        if said is not None:
            print(said, end="")
            return
        command = tyro.cli(
            Command,
            prog="infoplane",
            args=["--help" if argument == ALL else argument for argument in arguments],
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
