"""The study of where examples are memorized, on a few digits: what it judges, keeps and draws."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from infoplane.runs.config import RunConfig
from infoplane.studies.catalogue import find_study
from infoplane.studies.study import StudyOptions, Verdicts, carry_out
from infoplane.studies.where_memorized import claims as judging
from infoplane.studies.where_memorized.agreement import layer_correlation
from infoplane.studies.where_memorized.measures import (
    DEPTH,
    LOSS,
    LOST,
    RUN,
    SECOND,
    example_table,
    layer_table,
)
from infoplane.studies.where_memorized.study import configure


def tiny(options: StudyOptions) -> dict[str, RunConfig]:
    run = configure(replace(options, data="digits", members=2))[RUN]
    return {
        RUN: replace(
            run,
            data=replace(run.data, train_size=200, test_size=60),
            network=replace(run.network, widths=(48,) * 3),
            training=replace(run.training, epochs=60, learning_rate=2e-3, batch_size=25),
        )
    }


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    study = dataclasses.replace(find_study("where-memorized"), configure=tiny)
    return carry_out(study, StudyOptions(), out=tmp_path_factory.mktemp("study"))


def test_every_claim_is_judged(verdicts: Verdicts) -> None:
    assert len(verdicts.claims) == 17 + 6
    for each in verdicts.claims:
        if each.of in ("members", "pairs of measures"):
            assert len(each.values) == (2 if each.of == "members" else 1)
        # a measure may be the same of all wrong labels, and a planted layer too small to learn them
        # and three layers have no order that is rare by chance
        may_be = "among wrong labels" in each.statement or each.of != "members"
        assert may_be or not np.isnan(each.values).any(), each.statement
    assert verdicts.claims[0].verdict == "holds"  # labels are fitted: else all others are void


def test_tables_and_figures_are_there(verdicts: Verdicts) -> None:
    drawn = {path.stem for path in verdicts.path.glob("*.png")}
    assert drawn == {
        "where-memorized", "agreement-wrong", "agreement-all", "agreement-layers", "second-split",
    }  # fmt: skip
    examples = verdicts.tables["agreement-examples"]
    assert set(examples["kind"]) == {"all", "wrong", "true"}
    assert examples["spearman"].dropna().between(-1, 1).all()
    layers = verdicts.tables["agreement-layers"]
    assert (layers["n"] == 3).all()
    assert layers["p_value"].between(1 / 6, 1).all()
    assert set(verdicts.tables["ablation"]["objective"]) == {"loss", "margin", "random"}


def test_measures_are_higher_for_wrong_labels(verdicts: Verdicts) -> None:
    table = example_table(verdicts.runs[RUN])
    assert len(table) == 2 * 200
    means = table.groupby("corrupted")[[DEPTH, SECOND, LOST, LOSS]].mean()
    right, wrong = means.sort_index().to_numpy()
    assert (wrong > right).all()


def test_profiles_are_of_all_hidden_layers(verdicts: Verdicts) -> None:
    table = layer_table(verdicts.runs[RUN])
    table = table[~table["control"]]
    counts = table.groupby(["member", "measure"])["depth"].apply(sorted)
    assert all(depths == [1, 2, 3] for depths in counts)


def test_layers_in_one_order_agree_as_far_as_their_number_allows() -> None:
    a = np.array([[1.0, 2, 3, 4, 5], [2.0, 3, 4, 5, 6]])
    rho, p_value = layer_correlation(a, a**3)
    assert rho.tolist() == pytest.approx([1, 1])
    assert p_value == pytest.approx(2 / 120)
    rho, p_value = layer_correlation(a, np.array([[1.0, 2, 3, 4, 5], [5.0, 4, 3, 2, 1]]))
    assert rho.tolist() == pytest.approx([1, -1])
    assert p_value == 1
    assert layer_correlation(np.arange(9.0)[None], np.arange(9.0)[None])[1] < 0.01


def test_the_study_as_configured() -> None:
    quick = configure(StudyOptions(data="mnist", seed=3))[RUN]
    assert (quick.data.train_size, quick.members, quick.seed) == (3000, 4, 3)
    paper = configure(StudyOptions(scale="paper", data="cifar10"))[RUN]
    assert (paper.data.train_size, paper.network.preset) == (25_000, "small-cnn")


def test_nothing_is_memorized_before_the_planted_layer(verdicts: Verdicts) -> None:
    table = verdicts.tables["planted"]
    assert set(table["planted"]) == {1, 2, 3}
    before = table[(table["depth"] < table["planted"]) & table["measure"].str.startswith("pred")]
    assert (before["value"] == 0).all()
    first = table[(table["planted"] == 1)].set_index(["measure", "depth"])
    assert first["fitted"].iloc[0] > 0.2
    assert first["value"]["units to flip, margin"].idxmax() == 1


@pytest.mark.parametrize(("layers", "verdict"), [(4, "cannot be judged"), (5, "holds")])
def test_the_order_of_few_layers_cannot_be_judged(
    layers: int, verdict: str, verdicts: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = pd.DataFrame({"spearman": [1.0, 0.9], "p_value": [0.01, 0.02], "n": layers})
    monkeypatch.setattr(judging, "between_layers", lambda _: pairs)
    (judged,) = judging._layers_agree(verdicts.runs[RUN])
    assert judged.verdict == verdict
