"""The study of Zhang et al., on a few digits: its measures against what its runs must be."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from infoplane.runs.config import RunConfig
from infoplane.studies.study import StudyOptions, Verdicts, carry_out
from infoplane.studies.zhang_2017 import measures as zhang_measures
from infoplane.studies.zhang_2017.measures import (
    RANDOM,
    TRUE,
    at_end,
    cells,
    outcome,
    rates,
    slowdown,
    steps_to_fit,
)
from infoplane.studies.zhang_2017.published import RATES, SLOWDOWN, TABLE_1, TEST_ERROR
from infoplane.studies.zhang_2017.study import STUDY, configure

pytestmark = pytest.mark.long

NETWORK = "mlp-1x512"
KEPT = (TRUE, "rate 0.5", RANDOM, "Gaussian pixels", "weight decay")


def tiny(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the cells of one network, small enough to be fitted in seconds; one cannot be."""
    found = {}
    for name, config in configure(options).items():
        network, cell = name.split(", ", 1)
        if network != NETWORK or cell not in KEPT:
            continue
        found[name] = dataclasses.replace(
            config,
            data=dataclasses.replace(config.data, train_size=100, test_size=100),
            training=dataclasses.replace(
                config.training, epochs=3 if cell == "Gaussian pixels" else 150, batch_size=30
            ),
            observing=dataclasses.replace(
                config.observing, points=3, permutations=2, estimators=("ross(permutations=2)",)
            ),
            memorization=dataclasses.replace(config.memorization, looks=2, permutations=2),
            members=2,
        )
    return found


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    study = dataclasses.replace(STUDY, configure=tiny)
    return carry_out(study, StudyOptions(data="digits"), out=tmp_path_factory.mktemp("zhang"))


def test_steps_to_fit_are_those_of_the_slowest_epoch(verdicts: Verdicts) -> None:
    runs = cells(verdicts.runs, NETWORK)
    for cell, run in runs.items():
        steps = steps_to_fit(run)
        if cell == "Gaussian pixels":
            assert outcome(run) != "fitted"
            assert list(steps) == [2 * 3 * 4] * 2  # never: twice three epochs of four steps
        else:
            assert outcome(run) == "fitted"
            assert (steps % 4 == 0).all()
            assert (steps <= run.training["step"].max()).all()
            assert (at_end(run, "train") >= 0.99).all()
    assert np.isnan(slowdown(runs, "Gaussian pixels")).all()
    assert slowdown(runs, TRUE) == pytest.approx(1)
    assert (slowdown(runs, RANDOM) > 1).all()


def test_tables_say_how_each_cell_ended(verdicts: Verdicts) -> None:
    table = verdicts.tables["cells"].set_index("cell")
    assert set(table.index) == set(KEPT)
    assert table.loc["Gaussian pixels", "outcome"] != "fitted"
    assert table.loc["Gaussian pixels", "steps_to_fit"] == "–"
    assert table.loc[RANDOM, "published_train_/_test"] == "99.34 % / 10.61 %"
    by_rate = rates(verdicts.runs)
    assert list(by_rate["rate"]) == [0.0, 0.5, 1.0]
    assert by_rate["test_error"].is_monotonic_increasing


def test_every_claim_is_judged_in_every_member(verdicts: Verdicts) -> None:
    of_network = [claim for claim in verdicts.claims if claim.statement.startswith(NETWORK)]
    assert all(len(claim.values) == 2 for claim in of_network)
    said = [claim.statement for claim in of_network]
    assert sum("every label is fitted" in s for s in said) == len(KEPT)
    assert sum("take longer than" in s for s in said) == 2
    held = {claim.statement: claim.verdict for claim in verdicts.claims}
    theorem = next(s for s in held if s.startswith("Theorem 1"))
    assert held[theorem] == "holds"
    unfitted = next(s for s in said if "Gaussian pixels: every label is fitted" in s)
    assert held[unfitted] == "does not hold"


def test_the_atlas_has_both_planes(verdicts: Verdicts) -> None:
    drawn = {path.stem for path in verdicts.path.glob("*.png")}
    assert drawn == {
        "figure-1",
        "seen-labels",
        f"planes-{NETWORK}",
        f"learned-memorized-{NETWORK}",
    }


def test_an_outcome_tells_falling_back_from_never_leaving(
    verdicts: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = cells(verdicts.runs, NETWORK)[TRUE]
    monkeypatch.setattr(zhang_measures, "at_end", lambda *_: np.array([0.1, 1.0]))
    assert outcome(run) == "fell back to chance"
    flat = pd.DataFrame({0: [0.1, 0.11], 1: [0.5, 1.0]})
    monkeypatch.setattr(zhang_measures, "running_accuracy", lambda _: flat)
    assert outcome(run) == "never left chance"


@pytest.mark.parametrize("scale", ["quick", "paper"])
def test_configurations_follow_the_protocol(scale: str) -> None:
    configs = configure(StudyOptions(scale=scale))  # pyright: ignore[reportArgumentType]
    for name, config in configs.items():
        rate = 0.1 if name.startswith("inception") else 0.01
        assert config.training.learning_rate == rate
        assert (config.training.batch_size, config.training.momentum) == (128, 0.9)
        assert (config.data.crop, config.data.whiten) == (28, True)
        steps = -(-(config.data.train_size or 50_000) // 128)
        after = config.training.schedule_at(round(391 / steps))  # a published epoch
        assert after == pytest.approx(0.95, rel=0.02)
    if scale == "paper":
        assert {tuple(name.split(", ", 1)) for name in configs} >= set(TABLE_1)


def test_published_rows_are_whole() -> None:
    for table in (SLOWDOWN, TEST_ERROR):
        assert all(len(row) == len(RATES) for row in table.values())
        assert all((np.diff(row) >= -0.031).all() for row in table.values())
