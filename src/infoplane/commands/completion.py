"""``infoplane completion``: commands, options and their values at the press of a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from infoplane.commands.options import options_of

Shell = Literal["bash", "zsh", "fish"]


@dataclass(frozen=True)
class CompletionCommand:
    """Print what makes a shell complete commands, options and their values.

    bash: > ~/.local/share/bash-completion/completions/infoplane; zsh: > _infoplane, in a folder of
    fpath; fish: > ~/.config/fish/completions/infoplane.fish.
    """

    shell: Annotated[Shell, tyro.conf.Positional, tyro.conf.arg(metavar="SHELL")]
    """Which shell."""

    def __call__(self) -> None:
        from infoplane.commands.catalogue import COMMANDS
        from infoplane.studies.catalogue import STUDIES

        print(script(self.shell, COMMANDS, {"reproduce": tuple(STUDIES)}), end="")


def script(
    shell: Shell, commands: Mapping[str, type], named: Mapping[str, tuple[str, ...]] | None = None
) -> str:
    """Return the completions of a shell.

    Args:
        shell: bash, zsh or fish.
        commands: dataclasses by the name of the command.
        named: for some commands, what their first argument may be.
    """
    values = {name: _values(kind) for name, kind in commands.items()}
    first = {name: _first(kind) for name, kind in commands.items()} | dict(named or {})
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](values, first)


Values = dict[str, dict[str, tuple[str, ...]]]  # command: option: its values
First = dict[str, tuple[str, ...]]  # command: what its first argument may be


def _values(kind: type) -> dict[str, tuple[str, ...]]:
    options = {o.flag: o.choices for o in options_of(kind) if not o.positional}
    return options | {"--help": (), "--help-all": ()}


def _first(kind: type) -> tuple[str, ...]:
    return next((option.choices for option in options_of(kind) if option.positional), ())


def _bash(values: Values, first: First) -> str:
    """One function: of the word before, its values; else options, else files."""
    cases = []
    for name, options in values.items():
        inner = [
            f"          {flag}) words='{' '.join(choices)}' ;;"
            for flag, choices in options.items()
            if choices
        ]
        known = " ".join((*first[name], *options))
        cases += [
            f"    {name})",
            '      case "$before" in',
            *inner,
            f"          *) words='{known}' ;;",
            "      esac ;;",
        ]
    return "\n".join(
        [
            "_infoplane() {",
            "  local before=${COMP_WORDS[COMP_CWORD-1]} word=${COMP_WORDS[COMP_CWORD]} words",
            "  if [ $COMP_CWORD = 1 ]; then",
            f"    words='{' '.join(values)} --help'",
            '  else case "${COMP_WORDS[1]}" in',
            *cases,
            "  esac; fi",
            '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
            "}",
            "complete -o default -F _infoplane infoplane",
            "",
        ]
    )


def _zsh(values: Values, first: First) -> str:
    """The function of bash, which zsh runs by its own bashcompinit."""
    return (
        f"#compdef infoplane\nautoload -U +X bashcompinit && bashcompinit\n{_bash(values, first)}"
    )


def _fish(values: Values, first: First) -> str:
    """A line a command and a line an option."""
    lines = [f"complete -c infoplane -n __fish_use_subcommand -a '{' '.join(values)}'"]
    for name, options in values.items():
        under = f"complete -c infoplane -n '__fish_seen_subcommand_from {name}'"
        if first[name]:
            lines.append(f"{under} -a '{' '.join(first[name])}'")
        for flag, choices in options.items():
            of = f" -x -a '{' '.join(choices)}'" if choices else ""
            lines.append(f"{under} -l '{flag.removeprefix('--')}'{of}")
    return "\n".join(lines) + "\n"
