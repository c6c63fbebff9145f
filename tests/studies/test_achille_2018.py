"""The price of a label, tiny: what is measured, judged, kept and drawn, and what would fail."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch

from infoplane.data.split import Split, clean_split
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run, run
from infoplane.studies.achille_2018 import measures
from infoplane.studies.achille_2018.claims import _extra, _random, _rates, _true
from infoplane.studies.achille_2018.measures import (
    AT_ONCE,
    GAUSSIAN,
    LOG_UNIFORM,
    PRICES,
    SIDE,
    VARIATIONS,
    extra_nats,
    small,
    transitions,
    varied,
)
from infoplane.studies.achille_2018.study import STUDY, configure
from infoplane.studies.achille_2018.sweep import (
    RANDOM,
    TRUE,
    SweepConfig,
    Variation,
    _Sweep,
    label_prices,
)
from infoplane.studies.study import StudyOptions

STEPS = 6


def tiny(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the runs of the study on 60 examples, of few epochs."""
    return {
        name: dataclasses.replace(
            config,
            data=dataclasses.replace(config.data, train_size=60),
            training=dataclasses.replace(config.training, epochs=5),
            members=2,
        )
        for name, config in configure(options).items()
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    out = tmp_path_factory.mktemp("achille")
    asked = tiny(StudyOptions(data="digits"))
    done = {name: run(config, out=out / name) for name, config in asked.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "QUICK_STEPS", STEPS)
        measures.sweeps(done)
    return done


@pytest.fixture(scope="module")
def examples() -> Split:
    """Four classes that lie apart, and enough noise to tell single examples by."""
    labels = torch.arange(40) % 4
    centres = 4 * torch.eye(4, 30)
    noise = torch.randn(40, 30, generator=torch.Generator().manual_seed(0))
    return clean_split(centres[labels] + noise, labels, 4)


def test_every_claim_is_judged(runs: dict[str, Run]) -> None:
    claims = STUDY.claims(runs)
    assert len(claims) == 2 * 7 + 8 + 2
    assert all(len(claim.values) == 2 for claim in claims)
    drawn = STUDY.figures(runs)
    assert [len(figure.axes) for figure in drawn.values()] == [4, len(VARIATIONS)]


def test_every_network_is_in_the_table_once(runs: dict[str, Run]) -> None:
    points = measures.sweeps(runs)
    assert len(STUDY.tables(runs)["transitions"]) == sum(len(v.kinds) for v in VARIATIONS) * 2
    expected = sum(len(v.kinds) * 2 * len(PRICES) for v in VARIATIONS)
    key = ["variation", "labels", "draw", "price"]
    assert len(points) == len(points[key].drop_duplicates()) == expected
    assert (points["kept_bits"] <= points["label_bits"]).all()
    assert (points["weight_bits"] > -0.01).all()


def test_sweeps_are_kept(runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "label_prices", pytest.fail)
    assert measures.sweeps(runs)["draw"].nunique() == 2


def test_cheap_labels_are_kept_and_dear_ones_are_not(examples: Split) -> None:
    config = SweepConfig((0.001, 30.0), (16,), draws=2, steps=300, learning_rate=0.02)
    found = label_prices(examples, examples, config, Variation("first"), seed=0)
    share = found["kept_bits"] / found["label_bits"]
    cheap = found["price"] == 0.001
    assert (share[cheap] > 0.9).all()
    assert (share[~cheap] < 0.05).all()
    assert (found["weight_bits"][cheap] > found["label_bits"][cheap] * 0.5).all()
    true = cheap & (found["labels"] == TRUE)
    assert (found["test_accuracy"][true] == 1).all()
    random = found[cheap & (found["labels"] == RANDOM)]
    assert (random["weight_bits"].to_numpy() > found[true]["weight_bits"].to_numpy()).all()


def test_a_network_does_not_depend_on_those_beside_it(examples: Split) -> None:
    config = SweepConfig((0.1, 1.0), (8,), draws=1, steps=20)
    both = label_prices(examples, examples, config, Variation("first"), seed=0)
    alone = dataclasses.replace(config, prices=(0.1,))
    first = label_prices(examples, examples, alone, Variation("first", kinds=(TRUE,)), seed=0)
    np.testing.assert_allclose(first["kept_bits"], both["kept_bits"][:1], rtol=1e-3)


def test_prices_rise_to_their_own_or_are_there_at_once(examples: Split) -> None:
    config = SweepConfig((0.001, 1.0), (8,), draws=1, steps=10)

    def course(rising: bool) -> list[list[float]]:
        variation = Variation("first", kinds=(TRUE,), rising=rising)
        sweep = _Sweep(examples, examples, config, variation, 0, "cpu")
        return [sweep.prices_at(done).tolist() for done in (0.0, 0.4, 0.6, 1.0)]

    own = [pytest.approx(0.001), pytest.approx(1.0)]
    begun, middle, *rest = course(True)
    assert begun == [pytest.approx(0.001), pytest.approx(0.01)]
    assert middle == [pytest.approx(0.001), pytest.approx(0.1)]  # half of the way of its logarithm
    assert rest == [own, own]
    assert course(False) == [own] * 4


def test_half_of_the_examples_are_as_balanced(examples: Split) -> None:
    config = SweepConfig((0.1,), (8,), draws=1, steps=1)
    found = label_prices(examples, examples, config, Variation("fewer", examples=0.5), seed=0)
    assert set(found["examples"]) == {20}
    assert set(found["label_bits"]) == {40.0}


def test_large_images_are_averaged(examples: Split) -> None:
    images = dataclasses.replace(examples, inputs=torch.ones(40, 3, 28, 28))
    assert small(images).inputs.shape == (40, 3, SIDE, SIDE)
    assert small(examples) is examples


def networks(*, random: float, true: float, weights: float = 4.0) -> pd.DataFrame:
    """Return a sweep whose labels are all kept up to a price, and none above."""
    rows = [
        {
            **{"variation": GAUSSIAN, "labels": labels, "draw": draw, "price": price},
            **{"examples": 100, "label_bits": 300.0, "kept_bits": 300.0 * (price <= last)},
            "weight_bits": 100 * (weights if labels == RANDOM else 1.0) * (price <= last),
        }
        for labels, last in ((TRUE, true), (RANDOM, random))
        for draw in range(2)
        for price in PRICES
    ]
    return pd.DataFrame(rows)


def test_claims_hold_where_it_is_as_predicted_and_fail_where_not() -> None:
    predicted = networks(random=0.7, true=3.0, weights=1 + 3 / np.log(2))
    found = transitions(predicted)
    rate, above, below, sharper = _random(predicted, found, GAUSSIAN)
    assert [c.verdict for c in (rate, above, below)] == ["holds"] * 3
    assert sharper.verdict == "holds"  # a step to the next of the grid is longer at 3 than at .7
    assert [c.verdict for c in _true(predicted, found, GAUSSIAN)] == ["holds"] * 2
    np.testing.assert_allclose(extra_nats(predicted, GAUSSIAN), 3)
    assert _extra(predicted, GAUSSIAN).verdict == "holds"

    other = networks(random=1.0, true=0.7, weights=1.5)
    found = transitions(other)
    judged = [*_random(other, found, GAUSSIAN), *_true(other, found, GAUSSIAN)]
    verdicts = [c.verdict for c in (*judged, _extra(other, GAUSSIAN))]
    assert verdicts == ["does not hold"] * 2 + ["holds", "does not hold"] + ["does not hold"] * 3


def test_labels_that_are_kept_at_every_price_are_not_judged() -> None:
    always = networks(random=0.7, true=max(PRICES))
    _, apart = _true(always, transitions(always), GAUSSIAN)
    assert apart.verdict == "cannot be judged"


def test_a_start_that_finds_as_good_weights_has_the_same_rate() -> None:
    first = networks(random=0.7, true=3.0)
    earlier = first.assign(variation=varied(GAUSSIAN, AT_ONCE))
    earlier.loc[earlier["price"] > 0.2, ["kept_bits", "weight_bits"]] = 0.0
    log_uniform = [
        part.assign(variation=part["variation"].str.replace(GAUSSIAN, LOG_UNIFORM))
        for part in (first, earlier.assign(weight_bits=2 * earlier["weight_bits"]))
    ]
    found = transitions(pd.concat([first, earlier, *log_uniform]))
    assert [c.verdict for c in _rates(found)] == ["does not hold", "holds"]
