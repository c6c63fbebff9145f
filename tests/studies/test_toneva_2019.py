"""The study of forgetting, on a few digits: what it counts, and what it judges."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from infoplane.networks.config import NetworkConfig
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run, run
from infoplane.studies.study import StudyOptions
from infoplane.studies.toneva_2019 import (
    IMAGES,
    PUBLISHED,
    SHUFFLED,
    STUDY,
    _share,
    configure,
    forgotten,
    shares,
)


def tiny(options: StudyOptions) -> dict[str, RunConfig]:
    """Return the runs of the study on 300 digits, by a perceptron: these have 8 pixels a side."""
    return {
        name: dataclasses.replace(
            config,
            data=dataclasses.replace(config.data, train_size=300),
            network=NetworkConfig(widths=(16,), dropout=0.5),
            training=dataclasses.replace(config.training, epochs=6, learning_rate=0.1),
            members=2,
        )
        for name, config in configure(options).items()
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    out = tmp_path_factory.mktemp("toneva")
    asked = tiny(StudyOptions(data="digits"))
    return {name: run(config, out=out / name) for name, config in asked.items()}


def test_what_was_never_right_is_not_unforgettable(runs: dict[str, Run]) -> None:
    images = runs[IMAGES]
    events = forgotten(images)
    train = images.examples[images.examples["subset"] == "train"]
    never_right = (train["correctness"] == 0).to_numpy().reshape(2, 300)
    np.testing.assert_array_equal(events.isna().to_numpy().T, never_right)
    assert (events.max() <= 3).all()  # of six presentations


def test_shares_in_all_networks_are_no_more_than_in_each(runs: dict[str, Run]) -> None:
    table = shares(runs).set_index("kind")
    assert (table["in_all"] <= table["in_each"]).all()
    assert table["examples"].tolist() == [300, 300]
    never = forgotten(runs[SHUFFLED]) == 0
    assert table.loc[SHUFFLED, "in_all"] == (never[0] & never[1]).mean()
    pd.testing.assert_frame_equal(table.reset_index(), STUDY.tables(runs)["shares"])


def test_every_claim_is_judged(runs: dict[str, Run]) -> None:
    assert [len(claim.values) for claim in STUDY.claims(runs)] == [1, 1, 2]
    assert len(STUDY.figures(runs)["forgetting"].axes) == 2


@pytest.mark.parametrize(("off", "verdict"), [(0.015, "holds"), (-0.03, "does not hold")])
@pytest.mark.parametrize("kind", PUBLISHED)
def test_shares_are_held_against_the_published_ones(kind: str, off: float, verdict: str) -> None:
    row = pd.Series({"networks": 5, "epochs": 200, "in_all": PUBLISHED[kind][0] + off})
    assert _share(kind, row).verdict == verdict
