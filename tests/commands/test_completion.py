"""Completion: a shell that reads the script completes commands, options and values."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from infoplane.commands.catalogue import COMMANDS
from infoplane.commands.completion import CompletionCommand, script
from infoplane.commands.options import options_of

ASKED = [
    ("rep", {"reproduce", "report"}),
    ("run --data.la", {"--data.labels"}),
    ("run --data.labels fl", {"flipped"}),
    ("reproduce saxe", {"saxe-2018"}),
    ("completion z", {"zsh"}),
]


def in_bash(typed: str) -> set[str]:
    """What bash offers after so much was typed."""
    words = ["infoplane", *typed.split()]
    lines = [
        script("bash", COMMANDS, {"reproduce": ("saxe-2018", "ib-szt")}),
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}",
        'COMPREPLY=(); _infoplane; printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    bash = shutil.which("bash") or pytest.skip("no bash")
    done = subprocess.run([bash, "-c", "\n".join(lines)], capture_output=True, text=True)
    assert not done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(("typed", "offered"), ASKED)
def test_bash_completes(typed: str, offered: set[str]) -> None:
    assert in_bash(typed) == offered


def test_zsh_and_fish_know_all_commands_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    for shell in ("zsh", "fish"):
        CompletionCommand(shell)()
        said = capsys.readouterr().out
        for name, kind in COMMANDS.items():
            assert name in said
            for option in options_of(kind):
                assert option.positional or option.flag.removeprefix("--") in said


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_shell_reads_it(shell: str) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"no {shell} here")
    read = subprocess.run([path, "-n"], input=script(shell, COMMANDS), text=True, check=False)
    assert read.returncode == 0
