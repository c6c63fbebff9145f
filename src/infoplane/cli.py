"""The command line: one subcommand for each thing that can be asked for."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any, Union

import tyro

from infoplane.commands.catalogue import BY_PURPOSE, COMMANDS
from infoplane.commands.front import (
    check_arguments,
    check_command,
    nobody_reads,
    sentence,
)
from infoplane.commands.help import ALL, answer
from infoplane.commands.text import on_text
from infoplane.errors import FailedRunsError, InfoplaneError, NonFiniteError
from infoplane.visible import on_one_line

Command: Any = Union[  # noqa: UP007
    tuple(Annotated[kind, tyro.conf.subcommand(name)] for name, kind in COMMANDS.items())
]


def _carry_out(arguments: list[str]) -> None:
    check_arguments(arguments)
    arguments = on_text(arguments)
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
    check_command(command)
    command()


def main() -> None:
    """Run the command line; a mistake of the user is one sentence and exit status 2."""
    try:
        _carry_out(sys.argv[1:])
        sys.stdout.flush()
    except InfoplaneError as error:
        print(f"infoplane: {on_one_line(str(error))}", file=sys.stderr)
        sys.exit(1 if isinstance(error, (FailedRunsError, NonFiniteError)) else 2)
    except KeyboardInterrupt:
        print("infoplane: interrupted; the same command goes on from here.", file=sys.stderr)
        sys.exit(130)
    except (OSError, MemoryError, RuntimeError) as error:
        if isinstance(error, BrokenPipeError) and nobody_reads(sys.stdout):
            # As of a command that SIGPIPE ended: whoever read has what was wanted (`… | head`).
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(141)
        told = sentence(error)
        if told is None:
            raise
        print(f"infoplane: {on_one_line(told)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
