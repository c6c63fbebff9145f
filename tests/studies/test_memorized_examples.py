"""The study of memorized examples, on a few digits: what it trains, judges, keeps and draws."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace

import pytest

from infoplane.data.config import DataConfig
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.studies.catalogue import find_study
from infoplane.studies.memorized_examples.measures import (
    HALF,
    NOISY,
    RANDOM,
    SEVEN_TENTHS,
    TRUE,
    layer_table,
    outcomes_of,
)
from infoplane.studies.memorized_examples.study import configure, ensembles
from infoplane.studies.study import StudyOptions, Verdicts, carry_out, ensembles_of
from infoplane.training.config import TrainingConfig

BASE = EnsembleConfig(
    data=DataConfig("digits", train_size=120, test_size=60),
    network=NetworkConfig(widths=(24, 16), activation="relu", initialisation="he"),
    training=TrainingConfig(epochs=25, batch_size=20, learning_rate=5e-3),
    networks=32,
    per_stack=16,
)
NOISE = replace(BASE.data, labels="resampled", rate=0.4)


def tiny_ensembles(_: StudyOptions) -> dict[str, EnsembleConfig]:
    return {
        HALF: BASE,
        SEVEN_TENTHS: replace(BASE, ratio=0.7),
        NOISY: replace(BASE, data=NOISE),
        RANDOM: replace(BASE, data=replace(NOISE, rate=1.0)),
    }


def tiny_runs(_: StudyOptions) -> dict[str, RunConfig]:
    return {
        name: RunConfig(
            data=data,
            network=BASE.network,
            training=BASE.training,
            observing=ObservingConfig(schedule="log", points=2, permutations=2),
            memorization=MemorizationConfig(decoder="none", examples="always"),
            members=2,
        )
        for name, data in ((TRUE, BASE.data), (NOISY, NOISE))
    }


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    study = dataclasses.replace(
        find_study("memorized-examples"), configure=tiny_runs, ensembles=tiny_ensembles
    )
    return carry_out(study, StudyOptions(), out=tmp_path_factory.mktemp("study"))


def test_every_claim_is_judged(verdicts: Verdicts) -> None:
    assert len(verdicts.claims) == 3 + 1 + 1 + 1 + 1 + 2 * 3
    for each in verdicts.claims:
        assert len(each.values) == {"quarters of the networks": 4, "members": 2}.get(each.of, 1)
    kept = json.loads((verdicts.path / "claims.json").read_text())
    assert set(kept["ensembles"]) == {HALF, SEVEN_TENTHS, NOISY, RANDOM}
    assert set(kept["runs"]) == {TRUE, NOISY}


def test_tables_and_figures_are_there(verdicts: Verdicts) -> None:
    drawn = {path.stem for path in verdicts.path.glob("*.png")}
    assert drawn >= {"memorization", "memorization-noisy", "attacks", "in-and-out", "agreement"}
    assert set(verdicts.tables["attacks"]["attack"]) == {"online", "offline", "fixed variance"}
    assert list(verdicts.tables["c-scores"])[:3] == ["id", "at 0.5", "at 0.7"]
    assert SEVEN_TENTHS not in set(verdicts.tables["attacks"]["ensemble"])
    cmi = verdicts.tables["cmi"].set_index("ensemble")
    assert list(cmi.index) == [HALF, NOISY, RANDOM]
    assert cmi.loc[RANDOM, "e_cmi_pooled"] > cmi.loc[HALF, "e_cmi_pooled"]
    agreement = verdicts.tables["agreement-noisy"]
    assert {"cumulative_loss", "aum", "bits"} <= set(agreement["score"])
    assert agreement["spearman"].between(-1, 1).all()
    assert (agreement["seconds"] > 0).all()


def test_layers_are_told_from_their_input(verdicts: Verdicts) -> None:
    table = layer_table(verdicts.runs[NOISY], ensembles_of(verdicts.runs)[NOISY])
    assert table.groupby("layer", sort=False)["depth"].first().tolist() == [0, 1, 2, 3]
    assert table["ensemble"].nunique() == 1
    last = table[table["layer"] == "logits"]
    first = table[table["depth"] == 0]
    assert last["bits"].mean() > first["bits"].mean()
    assert last["spearman_wrong"].notna().all()
    assert first["between_members"].isna().all()  # one input, whichever the member
    assert last["most_wrong"].between(0, 1).all()


def test_the_study_as_configured() -> None:
    options = StudyOptions(data="mnist", members=64, seed=3)
    asked = ensembles(options)
    assert asked[HALF].networks == 64
    assert [asked[name].ratio for name in (HALF, SEVEN_TENTHS)] == [0.5, 0.7]
    runs = configure(options)
    assert runs[NOISY].data == asked[NOISY].data
    assert runs[TRUE].training == asked[HALF].training
    paper = ensembles(StudyOptions(scale="paper", data="cifar10"))
    assert paper[HALF].networks == 2000
    assert paper[HALF].data.train_size == 50_000
    assert ensembles(StudyOptions(data="digits"))[HALF].data.train_size == 1000


def test_nothing_is_trained_twice(verdicts: Verdicts) -> None:
    study = dataclasses.replace(verdicts.study, figures=lambda _: {}, tables=lambda _: {})
    again = carry_out(study, StudyOptions(), out=verdicts.path.parent)
    assert [c.as_dict() for c in again.claims] == [c.as_dict() for c in verdicts.claims]


def test_outcomes_are_read_once(verdicts: Verdicts) -> None:
    half = ensembles_of(verdicts.runs)[HALF]
    assert outcomes_of(half) is outcomes_of(half)
    assert outcomes_of(half).networks == BASE.networks
