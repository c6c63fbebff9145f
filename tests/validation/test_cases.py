"""The claims of the estimators: every one is named, can be judged, and can fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infoplane.commands.validate import ValidateCommand
from infoplane.errors import InfoplaneError
from infoplane.information.registry import NAMES
from infoplane.validation import command
from infoplane.validation.cases import cases, estimators
from infoplane.validation.command import validate_all
from infoplane.validation.distributions import distributions
from infoplane.validation.validate import Case, Estimator, failed, validate


def test_every_estimator_claims_something_on_a_known_distribution() -> None:
    assert {case.estimator for case in cases()} == set(NAMES) == set(estimators())
    assert {case.distribution for case in cases()} <= set(distributions())
    unbiased = {case.estimator for case in cases() if not case.known_bias}
    assert unbiased == set(NAMES)
    assert sum(bool(case.known_bias) for case in cases()) < len(cases()) / 5


def test_a_claim_can_hold_and_can_fail() -> None:
    name = "gaussian 1+1, ρ 0.75"
    both = [Case("gaussian", {}, name, 2000, within) for within in (0.1, 1e-6)]
    table = validate(both, estimators(), seeds=2)
    assert list(table["holds"]) == [True, False]
    assert len(failed(table)) == 1


def tiny() -> list[Case]:
    """All claims, on so few samples that drawing them takes no time."""
    return [replace(case, n=20) for case in cases()]


def constant(bits: float) -> dict[str, Estimator]:
    return {name: lambda t, y, seed, **parameters: bits for name in NAMES}


def test_42_bits_fail_every_claim() -> None:
    table = validate(tiny(), constant(42.0), seeds=1)
    assert set(table["estimator"]) == set(NAMES)
    assert len(failed(table)) == len(table)


def test_0_bits_fail_every_claim_of_more() -> None:
    table = validate(tiny(), constant(0.0), seeds=1)
    much = table[table["truth"] > 3 * table["tolerance"]]
    assert set(much["estimator"]) == set(NAMES)
    assert set(much.index) <= set(failed(table).index)


@pytest.mark.parametrize("name", NAMES)
def test_the_command_fails_for_an_estimator_that_says_42_bits(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "cases", tiny)
    monkeypatch.setattr(command, "estimators", lambda: constant(42.0))
    monkeypatch.setattr(command, "validation_figure", lambda table: None)
    monkeypatch.setattr(command, "save", lambda figure, path: None)
    assert not validate_all([name], seeds=1, out=tmp_path)
    with pytest.raises(SystemExit, match=r"^1$"):
        ValidateCommand(only=(name,), seeds=1, out=tmp_path)()


def test_the_command_writes_and_says_whether_all_hold(tmp_path: Path, capsys) -> None:
    assert validate_all(["gaussian-copula"], seeds=1, out=tmp_path)
    assert (tmp_path / "validation.csv").exists()
    assert (tmp_path / "validation.png").exists()
    assert "within tolerance" in capsys.readouterr().out
    with pytest.raises(InfoplaneError, match="only has nothing; give some of"):
        validate_all(["nothing"], seeds=1, out=tmp_path)
