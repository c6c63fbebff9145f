"""Help by purpose: what to try first, what people use first, and names that are nearly right."""

from __future__ import annotations

import difflib
import inspect
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from infoplane.commands.options import Option, options_of
from infoplane.errors import InfoplaneError

ASKED = ("-h", "--help")
ALL = "--help-all"
WIDEST = 100

FIRST: dict[str, dict[str, tuple[str, ...]]] = {  # command: purpose: options
    "run": {
        "what it learns from": (
            *("--data.name", "--data.root", "--data.train-size", "--data.test-size"),
            *("--data.labels", "--data.rate"),
        ),
        "the network": (
            *("--network.preset", "--network.widths", "--network.activation"),
            "--network.module",
        ),
        "its training": (
            *("--training.epochs", "--training.batch-size", "--training.optimizer"),
            *("--training.learning-rate", "--training.device"),
        ),
        "what is measured": (
            "--observing.bin-width",
            "--observing.estimators",
            "--memorization.decoder",
        ),
        "how many, and where they are kept": ("--members", "--out"),
    }
}

TRY_FIRST = """\
infoplane says what a neural network learns and what it merely memorizes, layer by layer, in bits.

Try first
  infoplane reproduce memorizing     true against random labels, on digits: minutes, no download
  infoplane run --data.labels resampled --data.rate 0.4
                                     one network on labels of which two fifths were drawn anew
  infoplane audit digits             which labels does a network memorize rather than learn?
  infoplane --help                   all commands

Three lines for a network of your own, in Python: help(infoplane.InformationPlane)
"""


def answer(arguments: Sequence[str], by_purpose: Mapping[str, Mapping[str, type]]) -> str | None:
    """Return what is printed for arguments that ask for help; None where they ask for more.

    Args:
        arguments: those of the command line.
        by_purpose: the commands by name, by what they are for.

    Raises:
        InfoplaneError: for a command that there is none of.
    """
    if not arguments:
        return TRY_FIRST
    name, *rest = arguments
    if name in ASKED:
        return overview(by_purpose)
    commands = {name: kind for kinds in by_purpose.values() for name, kind in kinds.items()}
    if name not in commands and not name.startswith("-"):
        raise InfoplaneError(_no_such(name, commands))
    if name in FIRST and set(ASKED) & set(rest):
        return first_options(name, commands[name])
    return None


def overview(by_purpose: Mapping[str, Mapping[str, type]]) -> str:
    """Return all commands with what each does, in a sentence."""
    lines = ["usage: infoplane COMMAND …", ""]
    for purpose, kinds in by_purpose.items():
        lines.append(purpose)
        lines += _listed((name, _sentence(kind)) for name, kind in kinds.items())
        lines.append("")
    lines.append("infoplane COMMAND --help says more, infoplane alone what to try first.")
    return "\n".join(lines) + "\n"


def first_options(name: str, kind: type) -> str:
    """Return the options of a command that people use first, by purpose."""
    options = {option.flag: option for option in options_of(kind)}
    first = FIRST[name]
    lines = [f"usage: infoplane {name} [OPTIONS]", "", inspect.getdoc(kind) or "", ""]
    for purpose, flags in first.items():
        lines.append(purpose)
        lines += _listed((flag, _explained(options[flag])) for flag in flags)
        lines.append("")
    shown = sum(map(len, first.values()))
    lines.append(f"{len(options) - shown} more options: infoplane {name} {ALL}")
    return "\n".join(lines) + "\n"


def _no_such(name: str, commands: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(commands), n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"no command {name!r}{hint}; give one of: {', '.join(commands)}."


def _sentence(kind: type) -> str:
    """The first sentence of a command's docstring."""
    return (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")


def _explained(option: Option) -> str:
    return f"{option.help} ({option.default})" if option.default else option.help


def _listed(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Names in a column of their own, what is said of them beside, wrapped."""
    rows = list(rows)
    column = max(len(name) for name, _ in rows) + 4
    width = min(shutil.get_terminal_size().columns, WIDEST) - column
    for name, text in rows:
        first, *others = textwrap.wrap(text, max(width, 30)) or [""]
        yield f"  {name:<{column - 2}}{first}".rstrip()
        yield from (" " * column + line for line in others)
