"""The claims of the estimators: every one is named, can be judged, and can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from infoplane.errors import InfoplaneError
from infoplane.information.estimators import NAMES
from infoplane.validation.cases import cases, estimators
from infoplane.validation.command import validate_all
from infoplane.validation.distributions import distributions
from infoplane.validation.validate import Case, failed, validate


def test_every_estimator_claims_something_on_a_known_distribution() -> None:
    assert {case.estimator for case in cases()} == set(NAMES) == set(estimators())
    assert {case.distribution for case in cases()} <= set(distributions())
    unbiased = [case for case in cases() if not case.known_bias]
    assert len(unbiased) > len(cases()) / 2


def test_a_claim_can_hold_and_can_fail() -> None:
    name = "gaussian 1+1, ρ 0.75"
    both = [Case("gaussian", {}, name, 2000, within) for within in (0.1, 1e-6)]
    table = validate(both, estimators(), seeds=2)
    assert list(table["holds"]) == [True, False]
    assert len(failed(table)) == 1


def test_the_command_writes_and_says_whether_all_hold(tmp_path: Path, capsys) -> None:
    assert validate_all(["gaussian-copula"], seeds=1, out=tmp_path)
    assert (tmp_path / "validation.csv").exists()
    assert (tmp_path / "validation.png").exists()
    assert "within tolerance" in capsys.readouterr().out
    with pytest.raises(InfoplaneError, match="only has nothing; give some of"):
        validate_all(["nothing"], seeds=1, out=tmp_path)
