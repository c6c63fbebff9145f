"""Planted labels are found and never exceeded; coverage is counted as it is defined."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from infoplane.errors import InfoplaneError
from infoplane.figures.decoder_power import power_figure
from infoplane.information.core import null
from infoplane.names import DECODERS, KNN, LINEAR, STRONGEST
from infoplane.validation import command, coverage
from infoplane.validation.coverage import coverage_rows, truth
from infoplane.validation.planted import LEAKS, planted
from infoplane.validation.power import power_rows

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def power() -> pd.DataFrame:
    return power_rows(sizes=(600,), shares=(0.0, 1.0), seeds=1)


def test_nothing_is_found_where_nothing_is_planted(power: pd.DataFrame) -> None:
    none = power[power.share == 0]
    assert set(none.leak) == set(LEAKS)
    assert set(none.decoder) == set(DECODERS)
    assert none.found.abs().max() < 0.05


def test_no_more_is_found_than_was_planted(power: pd.DataFrame) -> None:
    assert (power.found <= power.true + 0.03).all()


def test_what_each_decoder_sees(power: pd.DataFrame) -> None:
    """Neighbours are blind beside loud units, where a line reads; a curved code is no line's."""
    found = power[power.share == 1].set_index(["leak", "decoder"]).found
    assert found["isotropic", STRONGEST] > 1.5
    assert found["loud irrelevant units", KNN] < 0.1
    assert found["loud irrelevant units", LINEAR] > 0.3
    assert found["curved", LINEAR] < 0.05


def test_a_leak_holds_the_share_that_was_asked_for() -> None:
    t, y, seen = planted("few units", 4000, 0.25, 0)
    told = (t[:, :10].max(dim=1).values > 5).double().mean()
    assert float(told) == pytest.approx(0.25, abs=0.03)
    assert float((seen != y).double().mean()) == pytest.approx(0.36, abs=0.03)
    again = planted("few units", 4000, 0.25, 0)
    assert torch.equal(again.t, t)


def test_the_figure_draws_every_decoder(power: pd.DataFrame) -> None:
    said = {text.get_text() for text in power_figure(power).legends[0].get_texts()}
    assert said == set(DECODERS)
    with pytest.raises(InfoplaneError, match="the power table lacks found"):
        power_figure(power.drop(columns="found"))


def test_processes_measure_the_same(power: pd.DataFrame) -> None:
    options = {"leaks": ("curved",), "sizes": (600,), "shares": (1.0,), "seeds": 1}
    done: list[tuple[int, int]] = []
    apart = power_rows(**options, jobs=2, progress=lambda *count: done.append(count))
    same = power[(power.leak == "curved") & (power.share == 1)].reset_index(drop=True)
    pd.testing.assert_frame_equal(apart, same, atol=1e-3)
    assert done == [(1, 1)]


def test_coverage_of_bins_by_their_jackknife() -> None:
    names = ["bins", "bins, jackknife", "ross"]
    table = coverage_rows(names, sizes=(400,), repetitions=60).set_index("measure")
    assert table.null_inside[["bins", "ross"]].between(0.85, 1).all()
    assert table.covers_expectation["bins, jackknife"] > 0.85
    assert math.isnan(table.null_inside["bins, jackknife"])
    assert abs(table.bias["bins"]) < 0.05
    assert truth() == pytest.approx(0.531, abs=1e-3)


def test_of_few_samples_no_error_of_m_is_stated() -> None:
    assert coverage_rows(["M, linear"], sizes=(400,), repetitions=4).stated_error.isna().all()


def test_coverage_sees_a_null_that_is_too_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two standard deviations of two permutations hold 59 of 100 independent values."""

    def narrow(bits: np.ndarray, values: np.ndarray) -> null.Null:
        two = values[:, :2]
        mean, std = two.mean(axis=1), two.std(axis=1, ddof=1)
        return null.Null(mean, std, np.where(bits <= mean + 2 * std, 1.0, 0.0))

    monkeypatch.setattr(null, "against_null", narrow)
    table = coverage_rows(["ross"], sizes=(150,), repetitions=60)
    assert table.null_inside.item() < 0.85


def test_the_commands_leave_their_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, power: pd.DataFrame
) -> None:
    monkeypatch.setattr(command, "power_rows", lambda **_: power)
    command.validate_power(seeds=1, jobs=1, out=tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"power.csv", "power.png", "power.svg"}
    monkeypatch.setattr(coverage, "SIZES", (100,))
    monkeypatch.setattr(command, "coverage_rows", lambda *_, **__: power)
    command.validate_coverage((), jobs=1, out=tmp_path)
    assert (tmp_path / "coverage.csv").exists()
