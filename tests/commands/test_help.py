"""Help by purpose: what to try first, what people use first, names that are nearly right."""

from __future__ import annotations

import pytest

from infoplane.commands.catalogue import BY_PURPOSE, COMMANDS
from infoplane.commands.help import FIRST, answer, first_options
from infoplane.commands.options import options_of
from infoplane.errors import InfoplaneError
from infoplane.studies.catalogue import find_study


def test_alone_it_says_what_to_try_first() -> None:
    said = answer([], BY_PURPOSE) or ""
    assert "Try first" in said
    commands = [line.split()[1] for line in said.splitlines() if line.startswith("  infoplane ")]
    assert set(commands) <= {*COMMANDS, "--help"}


@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_every_command_is_shown_under_its_purpose(asked: str) -> None:
    said = answer([asked], BY_PURPOSE) or ""
    assert set(BY_PURPOSE) <= set(said.splitlines())
    for name in COMMANDS:
        assert f"\n  {name} " in said


def test_what_people_use_first_is_at_most_twenty_options_that_there_are() -> None:
    for name, purposes in FIRST.items():
        shown = [flag for flags in purposes.values() for flag in flags]
        there = {option.flag for option in options_of(COMMANDS[name])}
        assert len(shown) == len(set(shown)) <= 20
        assert set(shown) <= there
        said = answer([name, "--help"], BY_PURPOSE) or ""
        assert all(f"  {flag} " in said for flag in shown)
        assert said.endswith(
            f"{len(there) - len(shown)} more options: infoplane {name} --help-all\n"
        )


def test_every_option_is_explained() -> None:
    for name, kind in COMMANDS.items():
        for option in options_of(kind):
            assert option.help, f"{name} {option.flag}"


def test_other_arguments_are_left_to_the_command() -> None:
    assert answer(["run", "--members", "2"], BY_PURPOSE) is None
    assert answer(["run", "--help-all"], BY_PURPOSE) is None
    assert answer(["audit", "--help"], BY_PURPOSE) is None


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(InfoplaneError, match=r"no command 'rum' \(did you mean 'run'\?\); give"):
        answer(["rum"], BY_PURPOSE)
    with pytest.raises(InfoplaneError, match="no command 'zzz'; give one of: run, reproduce"):
        answer(["zzz"], BY_PURPOSE)
    with pytest.raises(InfoplaneError, match="did you mean 'saxe-2018'"):
        find_study("saxe")


def test_lines_are_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    purposes = first_options("run", COMMANDS["run"]).split("\nwhat it learns from\n")[1]
    assert max(map(len, purposes.splitlines())) <= 75
