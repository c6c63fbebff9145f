"""The study of learning and memorizing, on a few digits: its claims can hold, and can fail."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from altered_runs import with_tables

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.figures.run import draw_run
from infoplane.memorization.config import MemorizationConfig
from infoplane.names import M
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.report import print_verdicts
from infoplane.runs.analyses.inputs import training_images
from infoplane.runs.config import RunConfig
from infoplane.runs.run import run
from infoplane.studies.catalogue import STUDIES, find_study
from infoplane.studies.learned_memorized.claims import _control
from infoplane.studies.learned_memorized.study import RATES, configure
from infoplane.studies.study import StudyOptions, Verdicts, carry_out
from infoplane.training.config import TrainingConfig

pytestmark = pytest.mark.long


def tiny(options: StudyOptions) -> dict[str, RunConfig]:
    """Return three small runs in place of six."""
    return {
        f"rate {rate:g}": RunConfig(
            data=DataConfig("digits", train_size=200, test_size=150, labels="resampled", rate=rate),
            network=NetworkConfig(widths=(64, 16), activation="relu"),
            training=TrainingConfig(epochs=40, batch_size=50, learning_rate=3e-3),
            observing=ObservingConfig(schedule="every", every=8, permutations=2),
            memorization=MemorizationConfig(keep_weights=rate == 0.4, examples="always", looks=3),
            members=2,
            seed=options.seed,
        )
        for rate in (0.0, 0.4, 1.0)
    }


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    study = dataclasses.replace(find_study("learned-memorized"), configure=tiny)
    return carry_out(study, StudyOptions(), out=tmp_path_factory.mktemp("study"))


def test_every_rate_is_judged_where_it_can_be(verdicts: Verdicts) -> None:
    said = [claim.statement for claim in verdicts.claims]
    assert sum("nothing is memorized of fresh noise" in s for s in said) == 2
    assert sum("layer1 memorizes: its M" in s for s in said) == 4  # by two decoders
    assert sum("learning comes first" in s for s in said) == 1
    assert sum("grows with depth" in s for s in said) == 4
    assert sum("late layers" in s for s in said) == 1
    assert sum("never forgotten" in s for s in said) == 1
    assert all(len(claim.values) == 2 for claim in verdicts.claims)


def test_what_is_true_by_construction_holds(verdicts: Verdicts) -> None:
    control = [claim for claim in verdicts.claims if "on the control" in claim.statement]
    assert {claim.verdict for claim in control} == {"holds"}


def test_the_control_can_fail(verdicts: Verdicts) -> None:
    """Were the control's labels known to the network, the claim would say so."""
    run = verdicts.runs["rate 0.4"]
    told = run.measurements.copy()
    control = (told["quantity"] == M) & (told["subset"] == "test")
    for column, value in (("bits", 0.02), ("p_value", 1 / 21)):
        leaked = told.assign(**{column: told[column].where(~control, value)})
        holds = _control("rate 0.4", with_tables(measurements=leaked)).holds
        assert set(holds) == {column == "bits"}  # .02 bits inside their null are nothing
    large = told.assign(bits=told["bits"].where(~control, 0.2))
    assert not any(_control("rate 0.4", with_tables(measurements=large)).holds)


def test_scores_tell_corrupted_examples(verdicts: Verdicts) -> None:
    separation = verdicts.tables["separation"]
    assert set(separation["rate"]) == {0.4, 1.0}  # a tenth of random labels is right
    area = separation[separation["rate"] == 0.4].set_index("score")["auroc"]
    assert area["cumulative_loss"] > 0.8
    assert (verdicts.path / "separation.csv").exists()


def test_figures_and_claims_are_written(verdicts: Verdicts, capsys: pytest.CaptureFixture) -> None:
    drawn = {path.name for path in verdicts.path.iterdir()}
    assert {"rates.png", "images.svg", "rewound-memorized-part.png", "claims.json"} <= drawn
    assert "report.html" in drawn
    run = verdicts.runs["rate 0.4"]
    draw_run(run.path, **run.tables)
    of_run = {path.stem for path in (run.path / "figures").iterdir()}
    assert {"memorization", "label-bits", "dataset-map", "scores", "plane"} <= of_run
    claims = json.loads((verdicts.path / "claims.json").read_text(encoding="utf-8"))["claims"]
    assert len(claims) == len(verdicts.claims)
    print_verdicts(verdicts)
    printed = capsys.readouterr().out
    assert "cumulative_loss" in printed
    assert f"of {len(claims)} claims hold" in printed
    assert printed.splitlines()[-1] == f"open {verdicts.path / 'report.html'}"


def test_images_are_those_of_the_examples(verdicts: Verdicts) -> None:
    assert training_images(verdicts.runs["rate 0"]).shape == (200, 8, 8)


def test_images_that_are_noise_can_be_drawn(tmp_path: Path) -> None:
    data = DataConfig("digits", train_size=20, test_size=10, pixels="gaussian", whiten=True)
    config = RunConfig(data=data, training=TrainingConfig(epochs=0))
    images = training_images(run(config, out=tmp_path / "run"))
    assert (images.min(axis=(1, 2)) == 0).all()
    assert (images.max(axis=(1, 2)) == 1).all()


def test_a_run_on_patterns_has_no_images(tmp_path: Path) -> None:
    config = RunConfig(
        data=DataConfig("12-bit"), network=NetworkConfig(), training=TrainingConfig(epochs=0)
    )
    with pytest.raises(InfoplaneError, match="no images to draw"):
        training_images(run(config, out=tmp_path / "run"))


def test_the_study_is_of_six_rates_and_the_published_size() -> None:
    configs = configure(StudyOptions(scale="paper"))
    assert [config.data.rate for config in configs.values()] == list(RATES)
    assert {config.network.hidden_widths for config in configs.values()} == {(512,) * 5}
    assert all(config.data.train_size is None for config in configs.values())


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("scale", ["quick", "paper"])
def test_every_study_can_be_configured(name: str, scale: str) -> None:
    study = find_study(name)
    configs = study.configure(StudyOptions(scale=scale))  # pyright: ignore[reportArgumentType]
    assert study.name == name
    assert len({config.id for config in configs.values()}) == len(configs)


def test_an_unknown_study_is_refused() -> None:
    with pytest.raises(InfoplaneError, match="did you mean 'memorizing'"):
        find_study("memorising")
