"""The study of real data and noise, on a few digits: what it measures, keeps, judges and draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from altered_runs import with_tables

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.figures import real_against_noise
from infoplane.memorization.config import MemorizationConfig
from infoplane.memorization.easiness import overdispersion
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run, run
from infoplane.studies.arpit_2017 import claims as arpit_claims
from infoplane.studies.arpit_2017 import sensitivity as arpit_sensitivity
from infoplane.studies.arpit_2017.measures import (
    ONE_EPOCH,
    PARTIAL,
    frequencies,
    overdispersions,
    points,
    sweep_name,
)
from infoplane.studies.arpit_2017.sensitivity import kept_sensitivity, sensitivity
from infoplane.studies.arpit_2017.study import KINDS, STUDY, configure
from infoplane.studies.fitting import epochs_to_fit
from infoplane.studies.study import StudyOptions
from infoplane.training.config import TrainingConfig

pytestmark = pytest.mark.long

BASE = RunConfig(
    data=DataConfig("digits", train_size=120, test_size=80),
    network=NetworkConfig(widths=(32, 32), activation="relu"),
    training=TrainingConfig(
        epochs=30, batch_size=20, optimizer="sgd", learning_rate=0.05, momentum=0.9
    ),
    observing=ObservingConfig(schedule="every", every=5, layers=("logits",), permutations=2),
    memorization=MemorizationConfig(decoder="none", examples="always", keep_weights=True),
    members=2,
)


def tiny() -> dict[str, RunConfig]:
    """Return the runs of the study with one size and one width beside those shared."""
    found = {}
    for kind, data in KINDS.items():
        found[kind] = own = replace(BASE, data=replace(BASE.data, **data))
        if kind == PARTIAL:
            continue
        more = replace(own.data, train_size=60)
        found[sweep_name(kind, examples=60)] = replace(own, data=more)
        found[sweep_name(kind, units=4)] = replace(own, network=replace(own.network, widths=(4, 4)))
        found[f"{kind}{ONE_EPOCH}"] = replace(
            own, training=replace(own.training, epochs=1), members=20
        )
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    out = tmp_path_factory.mktemp("arpit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arpit_sensitivity, "EPOCHS", 2)
        done = {name: run(config, out=out / config.id) for name, config in tiny().items()}
        points(done)  # measures what is kept beside the runs
    return done


def test_every_claim_is_judged_in_every_member(runs: dict[str, Run]) -> None:
    claims = STUDY.claims(runs)
    assert len(claims) == 3 + 2 + 5 + 2 + 2 + 2
    for each in claims:
        assert len(each.values) == (4 if each.of == "quarters of the examples" else 2)
        if "The time to fit" in each.statement:  # in 30 epochs, not by every network …
            continue
        unfitted = each.statement.startswith((f"{PARTIAL}: patterns", f"{PARTIAL}: fitting"))
        assert np.isnan(each.values).all() if unfitted else np.isfinite(each.values).all()
        assert each.verdict == "cannot be judged" or not unfitted  # … and half randY by none
    assert sum(each.of != "members" for each in claims) == 3


def test_the_figure_and_its_tables(runs: dict[str, Run]) -> None:
    tables = points(runs)
    figure = STUDY.figures(runs)["real-against-noise"]
    assert len(figure.axes) == 6
    assert set(tables["criticality"]["kind"]) == set(KINDS)
    assert len(tables["fitting"]) == 9
    assert tables["fitting"].groupby("kind")["units"].nunique().eq(2).all()
    kinds = STUDY.tables(runs)["kinds"].set_index("kind")
    assert set(kinds.index) == set(KINDS)
    of_real = points(runs)["criticality"].query("kind == 'real' and epoch == 30")
    assert kinds.loc["real", "input_gradient"] == of_real["input_gradient"].item()
    with pytest.raises(InfoplaneError, match="the easiness table lacks binomial"):
        real_against_noise(tables | {"easiness": tables["easiness"].drop(columns="binomial")})


def test_what_is_kept_is_not_measured_again(
    runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = points(runs)
    monkeypatch.setattr(arpit_sensitivity, "sensitivity", pytest.fail)
    monkeypatch.setattr("infoplane.runs.analyses.criticality.criticality", pytest.fail)
    after = points(runs)
    assert all(after[name].equals(table) for name, table in before.items())


def test_epochs_to_fit() -> None:
    accuracy = {0: [0.2, 0.98, 0.995, 0.9], 1: [0.1, 0.2, 0.3, 0.4]}
    rows = [
        {"member": m, "epoch": e, "quantity": "running accuracy", "value": v}
        for m, values in accuracy.items()
        for e, v in enumerate(values, start=1)
    ]
    found = epochs_to_fit(with_tables(dynamics=pd.DataFrame(rows)))
    np.testing.assert_array_equal(found, [3, np.nan])


@pytest.mark.parametrize(
    ("times", "value", "verdict"),
    [
        ({60: 10.0, 120: 30.0}, 2.0, "holds"),
        ({60: 10.0, 120: 15.0}, 1.0, "does not hold"),
        ({60: 10.0, 120: np.nan}, 2.0, "holds"),  # 30 at least
        ({60: np.nan, 120: np.nan}, np.nan, "cannot be judged"),
    ],
)
def test_growth_is_judged_where_it_can_be(
    runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch, times: dict, value: float, verdict: str
) -> None:
    """Real data take 10 and 15 epochs; noise that is not fitted in 30 takes 30 at least."""
    real = {60: 10.0, 120: 15.0}

    def taken(run: Run) -> np.ndarray:
        noisy = run.config.data.labels != "true"
        return np.full(2, (times if noisy else real)[run.config.data.train_size])

    monkeypatch.setattr(arpit_claims, "epochs_to_fit", taken)
    judged = arpit_claims._growth(runs, "randY")
    assert "grows faster from 60 to 120 examples" in judged.statement
    np.testing.assert_array_equal(judged.values, [value, value])
    assert judged.verdict == verdict


def test_patterns_are_first_only_where_noise_follows(
    runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accuracy of four members: noise after the peak on test, before it, never (yet), and after.

    The last loses a tenth from its peak to the end, which is chance among 80 examples.
    """
    accuracy = {
        "train": [[0.3, 0.3, 0.2, 0.3], [0.6, 0.95, 0.3, 0.6], [0.92, 0.97, 0.4, 0.95]],
        "test": [[0.5, 0.4, 0.3, 0.5], [0.7, 0.5, 0.7, 0.6], [0.5, 0.6, 0.4, 0.5]],
    }
    tables = {subset: pd.DataFrame(rows, index=[0, 5, 10]) for subset, rows in accuracy.items()}
    monkeypatch.setattr(arpit_claims, "accuracy_by_epoch", lambda run, subset: tables[subset])
    first, costs = arpit_claims._pattern_first(runs[PARTIAL])
    np.testing.assert_array_equal(first.values, [5, -5, np.nan, 5])
    assert first.holds == (True, False, False, True)
    assert (first.measured, first.as_dict()["values"]) == ("1.67 ± 5.8 epochs", [5, -5, None, 5])
    np.testing.assert_allclose(costs.values, [0.2, 0, np.nan, 0.1], atol=1e-12)
    assert costs.holds == (True, False, False, False)


def test_easiness_is_of_the_training_examples(runs: dict[str, Run]) -> None:
    one = runs[f"real{ONE_EPOCH}"]
    found = frequencies(one)
    train = one.examples[one.examples["subset"] == "train"]
    wrong = (train["prediction"] != train["seen_label"]).groupby(train["id"]).mean().sort_index()
    np.testing.assert_allclose(found.numpy(), wrong.to_numpy())
    parts = overdispersions(one)
    assert len(parts) == 4
    assert overdispersion(found, trials=20) == pytest.approx(parts.mean(), rel=0.5)


def test_sensitivity_of_every_member_at_every_look(
    runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = kept_sensitivity(runs["randX"])
    assert table.groupby("member")["updates"].apply(list).to_dict() == {
        m: [2, 4, 7, 9, 12] for m in range(2)
    }
    assert table["gini"].between(0, 1).all()
    monkeypatch.setattr(arpit_sensitivity, "EPOCHS", 2)
    assert sensitivity(runs["randX"].config).equals(table)


@pytest.mark.parametrize("data", [None, "digits"])
def test_the_quick_study_is_small(data: str | None) -> None:
    configs = configure(StudyOptions(data=data))
    assert len(configs) == 19
    assert {c.data.name for c in configs.values()} == {data or "mnist"}


def test_the_published_sizes() -> None:
    configs = configure(StudyOptions(scale="paper"))
    assert configs["real"].network.hidden_widths == (4096, 4096)
    assert configs["real"].training.epochs == 1000
    assert max(c.data.train_size or 0 for c in configs.values()) == 50_000
