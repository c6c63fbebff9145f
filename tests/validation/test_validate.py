"""``validate``: its table, what it refuses, what counts as a broken claim, and its print."""

from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd
import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.information.as_text import make
from infoplane.information.mutual_information import mutual_information
from infoplane.terminal import PlainConsole
from infoplane.validation.distribution import Distribution
from infoplane.validation.printing import print_validation, summary
from infoplane.validation.validate import VALIDATION, Case, failed, validate


def bins(t: torch.Tensor, y: torch.Tensor, seed: int, **parameters: float) -> float:
    return mutual_information(t, y, make("bins", parameters), seed=seed, permutations=0).bits


def correlation(t: torch.Tensor, y: torch.Tensor, seed: int) -> float:
    assert seed >= 0
    rho = np.corrcoef(t[:, 0], y[:, 0])[0, 1]
    return -0.5 * math.log2(1 - rho**2)


ESTIMATORS = {"bins": bins, "correlation": correlation}
GAUSSIAN, TABLE, CAUCHY = "gaussian 1+1, ρ 0.75", "table 6×4", "student 1+1, 1 df"
UNIFORM = "uniform, noise 0.75"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return validate(
        [
            Case("correlation", {}, GAUSSIAN, 2000, 0.05),
            Case("correlation", {}, UNIFORM, 2000, 0.05, "sees correlation alone", -0.216),
            Case("bins", {"bin_width": 1.0}, TABLE, 20_000, 0.02),
            Case("bins", {"bin_width": 1.0}, "12-bit task", 4096, 1e-9),
            Case("bins", {"bins": 100}, GAUSSIAN, 1000, 0.05),
        ],
        ESTIMATORS,
        seeds=2,
    )


def test_columns_types_and_values(table: pd.DataFrame) -> None:
    assert {name: str(kind) for name, kind in table.dtypes.items()} == VALIDATION
    assert table["parameters"].tolist() == ["", "", "bin_width=1.0", "bin_width=1.0", "bins=100"]
    np.testing.assert_allclose(table["error"], table["estimate"] - table["truth"])
    beyond = (table["error"] - table["expected"]).abs() > table["tolerance"]
    assert (table["holds"] == ~beyond).all()
    assert table["holds"].tolist() == [True, True, True, True, False]
    assert table["expected"].tolist() == [0, -0.216, 0, 0, 0]
    assert (table["seconds"] > 0).all()
    assert table["spread"][3] == 0  # every pattern once: nothing is left to chance
    assert table["spread"][0] > 0


def test_a_miss_is_a_failure(table: pd.DataFrame) -> None:
    assert failed(table).index.tolist() == [4]


@pytest.mark.parametrize("bits", [42.0, 0.0, 0.3234, -1.0, math.nan, math.inf])
def test_a_known_bias_excuses_no_other_miss(bits: float) -> None:
    """The truth itself fails as well: an estimator that hits it there is not what it says."""
    case = Case("made up", {}, CAUCHY, 10, 0.1, "misses", -0.2)
    table = validate([case], {"made up": lambda t, y, seed: bits}, seeds=1)
    assert len(failed(table)) == 1
    assert "1 missed: made up on student 1+1, 1 df" in summary(table)
    kept = validate([case], {"made up": lambda t, y, seed: 0.3234 - 0.2}, seeds=1)
    assert failed(kept).empty


def test_every_seed_is_a_fresh_sample_shared_by_estimators() -> None:
    seen: list[tuple[int, float]] = []

    def remember(t: torch.Tensor, y: torch.Tensor, seed: int) -> float:
        seen.append((seed, float(t.sum() + y.sum())))
        return float(seed)

    cases = [Case(name, {}, GAUSSIAN, 10, 9.0) for name in "ab"]
    table = validate(cases, dict.fromkeys("ab", remember), seeds=3)
    assert seen[:3] == seen[3:]
    assert len({total for _, total in seen}) == 3
    assert table["estimate"].tolist() == [1, 1]
    assert table["spread"].tolist() == [1, 1]
    assert validate(cases, dict.fromkeys("ab", remember), seeds=1)["spread"].isna().all()


def test_progress_hears_of_every_case() -> None:
    heard = []
    cases = [Case("correlation", {}, GAUSSIAN, n, 1.0) for n in (50, 60)]
    validate(cases, ESTIMATORS, seeds=1, progress=lambda *told: heard.append(told))
    assert [(row["n"], done, of) for row, done, of in heard] == [(50, 1, 2), (60, 2, 2)]


def test_own_distributions_and_no_cases() -> None:
    own = Distribution("mine", 1.0, "discrete", lambda n, g: (torch.ones(n, 1), torch.ones(n)))
    one = validate(
        [Case("one", {}, "mine", 3, 0)], {"one": lambda t, y, seed: 1}, known={"mine": own}
    )
    assert one["holds"].all()
    assert list(validate([], {}).columns) == list(VALIDATION)


def test_what_is_refused() -> None:
    with pytest.raises(InfoplaneError, match=r"n of ksg \(k=3\) on x is 0; give 1 or more"):
        Case("ksg", {"k": 3}, "x", 0, 0.1)
    with pytest.raises(InfoplaneError, match="tolerance of ksg on x is nan bits; give 0 or more"):
        Case("ksg", {}, "x", 10, math.nan)
    with pytest.raises(InfoplaneError, match="ksg on x is inf bits; give a number"):
        Case("ksg", {}, "x", 10, 0.1, "tails", math.inf)
    for reason, error in (("tails", 0.0), ("tails", -0.1), ("", 0.2)):
        with pytest.raises(InfoplaneError, match="give a reason and more bits than the tolerance"):
            Case("ksg", {}, "x", 10, 0.1, reason, error)
    with pytest.raises(InfoplaneError, match="seeds is 0; give 1 or more"):
        validate([], {}, seeds=0)
    with pytest.raises(InfoplaneError, match="unknown estimator; give one of: bins; correlation"):
        validate([Case("ksg", {}, GAUSSIAN, 10, 0.1)], ESTIMATORS)
    with pytest.raises(InfoplaneError, match="bins on x asks for an unknown distribution"):
        validate([Case("bins", {}, "x", 10, 0.1)], ESTIMATORS)
    with pytest.raises(InfoplaneError, match=r"bins on table 6×4, n = 10: bin_width is None"):
        validate([Case("bins", {}, TABLE, 10, 0.1)], ESTIMATORS)


def test_print(table: pd.DataFrame) -> None:
    written = io.StringIO()
    print_validation(table, PlainConsole(file=written, width=160))
    text = written.getvalue()
    assert "known bias of correlation: sees correlation alone (uniform, noise 0.75)" in text
    assert summary(table) in text
    assert summary(table) == (
        "3 of 5 within tolerance of the truth, 1 of a known bias, "
        "1 missed: bins on gaussian 1+1, ρ 0.75"
    )
    ends = [line.rstrip() for line in text.splitlines()]
    verdicts = ("holds", "missed", "known bias")
    assert [sum(end.endswith(f" {said}") for end in ends) for said in verdicts] == [3, 1, 1]
    assert "bins (bins=100)" in text
    assert "-0.216 ± 0.05" in text
    assert "nan" not in text


def test_print_to_the_terminal(table: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    print_validation(table.assign(spread=np.nan))
    assert "3 of 5 within tolerance" in capsys.readouterr().out
