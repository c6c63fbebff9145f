"""The study of the C-score, on a few digits: what it ranks, judges, keeps and prints."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from infoplane.networks.config import NetworkConfig
from infoplane.report import FIRST, print_verdicts
from infoplane.runs.config import RunConfig
from infoplane.runs.ensembles.config import EnsembleConfig
from infoplane.studies import jiang_2021
from infoplane.studies.jiang_2021 import RATIOS, RUN, STUDY, by_ratio, scores_by_half
from infoplane.studies.study import StudyOptions, Verdicts, carry_out, ensembles_of

EXAMPLES = 200


def tiny(config: EnsembleConfig | RunConfig) -> dict:
    """Return what makes it quick: few digits, a small network."""
    return {
        "data": replace(config.data, train_size=EXAMPLES, test_size=40),
        "network": NetworkConfig(widths=(24,), activation="relu", initialisation="he"),
        "training": replace(config.training, epochs=12, batch_size=20, learning_rate=0.02),
    }


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    def configure(options: StudyOptions) -> dict[str, RunConfig]:
        return {
            name: replace(run, **tiny(run))
            for name, run in jiang_2021.configure(replace(options, members=None)).items()
        }

    def ensembles(options: StudyOptions) -> dict[str, EnsembleConfig]:
        asked = jiang_2021.ensembles(options)
        return {name: replace(some, **tiny(some), per_stack=16) for name, some in asked.items()}

    study = dataclasses.replace(STUDY, configure=configure, ensembles=ensembles)
    options = StudyOptions(data="digits", members=16)
    return carry_out(study, options, out=tmp_path_factory.mktemp("jiang"))


def test_there_is_an_ensemble_for_each_ratio(verdicts: Verdicts) -> None:
    outcomes = by_ratio(verdicts.runs)
    assert tuple(outcomes) == RATIOS
    for ratio, some in outcomes.items():
        assert some.seen.mean() == pytest.approx(ratio, abs=0.01)
    assert all(e.config.networks == 16 for e in ensembles_of(verdicts.runs).values())


def test_scores_are_those_of_networks_that_have_not_seen_the_example(verdicts: Verdicts) -> None:
    table = verdicts.tables["c-scores"].set_index("id")
    assert table["mean"].is_monotonic_increasing
    assert len(table) == EXAMPLES
    outcomes = by_ratio(verdicts.runs)[0.5]
    ids = verdicts.runs[RUN].examples.query("subset == 'train' and member == 0")["id"]
    right = [outcomes.correct[~outcomes.seen[:, i], i].mean() for i in range(EXAMPLES)]
    np.testing.assert_allclose(table.loc[ids, "at 0.5"], right)


def test_halves_of_the_networks_rank_alike_and_shuffled_examples_do_not(
    verdicts: Verdicts,
) -> None:
    first, second = scores_by_half(by_ratio(verdicts.runs))
    claims = {claim.statement: claim for claim in verdicts.claims}
    (halves,) = (claim for text, claim in claims.items() if "two halves" in text)
    assert halves.verdict == "holds"
    assert np.corrcoef(first, np.random.default_rng(0).permutation(second))[0, 1] < 0.3
    assert len(claims) == 4


def test_what_is_cheap_is_compared_over_the_networks_of_one_training(verdicts: Verdicts) -> None:
    table = verdicts.tables["proxies"].set_index("score")
    assert {"correctness", "forgetting_events", jiang_2021.NEAR} <= set(table.index)
    assert table["spearman"].is_monotonic_decreasing
    assert table.loc[jiang_2021.NEAR, "spearman_sd"] == 0  # it is of the inputs alone
    assert np.isnan(table.loc[jiang_2021.NEAR, "seconds"])
    assert float(table.loc["correctness", "spearman"]) > 0.3  # pyright: ignore[reportArgumentType]
    assert float(table.loc["correctness", "most"]) > 0.3  # pyright: ignore[reportArgumentType]


def test_neighbours_of_another_class_lower_the_share(verdicts: Verdicts) -> None:
    first = next(iter(ensembles_of(verdicts.runs).values()))
    share = jiang_2021.neighbours_alike(first)
    scores = verdicts.tables["c-scores"].set_index("id")["mean"]
    ids = first.examples.loc[first.examples["subset"] == "train", "id"]
    assert share.min() >= 0
    assert share.max() <= 1
    assert pd.Series(share).corr(scores[ids].reset_index(drop=True), method="spearman") > 0.3


def test_a_long_table_is_not_printed_whole(
    verdicts: Verdicts, capsys: pytest.CaptureFixture[str]
) -> None:
    print_verdicts(verdicts)
    printed = capsys.readouterr().out
    assert f"the first {FIRST} of {EXAMPLES} rows; all are in c-scores.csv" in printed
    assert len(printed.splitlines()) < FIRST + 80
    assert len(pd.read_csv(verdicts.path / "c-scores.csv")) == EXAMPLES


def test_what_was_asked_for_is_kept(verdicts: Verdicts) -> None:
    kept = json.loads((verdicts.path / "claims.json").read_text())
    assert kept["asked"] == {"members": 16}


def test_figures_show_scores_and_both_ends(verdicts: Verdicts) -> None:
    drawn = {path.stem for path in verdicts.path.glob("*.png")}
    assert drawn >= {"c-scores", "lowest", "highest"}


def test_the_study_as_configured() -> None:
    paper = jiang_2021.ensembles(StudyOptions(scale="paper"))
    assert [some.ratio for some in paper.values()] == list(RATIOS)
    first = paper["at 0.1"]
    assert (first.networks, first.data.train_size) == (200, 60_000)
    assert (first.training.epochs, first.training.batch_size) == (10, 128)
    assert jiang_2021.ensembles(StudyOptions(data="cifar10", scale="paper"))["at 0.5"].data == (
        replace(first.data, name="cifar10", train_size=50_000)
    )
    assert jiang_2021.ensembles(StudyOptions())["at 0.9"].data.train_size == 10_000
