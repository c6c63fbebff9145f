"""Layers rewound: the ends of the matrix are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.names import REWINDING_MODES
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.analyses.rewinding import kept_epochs, rewound
from infoplane.runs.config import RunConfig
from infoplane.runs.run import Run, run
from infoplane.training.config import TrainingConfig

CONFIG = RunConfig(
    data=DataConfig("digits", train_size=200, test_size=100, labels="resampled", rate=0.5),
    network=NetworkConfig(widths=(64, 32), activation="relu"),
    training=TrainingConfig(epochs=60, learning_rate=0.01),
    observing=ObservingConfig(schedule="every", every=30),
    memorization=MemorizationConfig(decoder="linear", permutations=2, keep_weights=True),
    members=2,
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(CONFIG, out=tmp_path_factory.mktemp("rewinding") / "run")


def test_the_matrix(finished: Run) -> None:
    assert kept_epochs(finished.path) == [0, 30, 60]
    table = rewound(finished)
    assert set(table["layer"]) == {"layer1", "layer2", "logits"}
    assert set(table["mode"]) == set(REWINDING_MODES)
    assert len(table) == 3 * 3 * 2 * 3 * 2  # epochs, layers, modes, quantities, members
    end = finished.training
    end = end[end["epoch"] == 60].set_index(["subset", "member"])
    for member in range(2):
        mine = table[(table["member"] == member) & (table["epoch"] == 60)]
        values = mine.groupby("quantity")["value"]
        assert (values.nunique() == 1).all(), "weights of the last epoch change nothing"
        clean, seen = (values.first()[f"{kind} accuracy"] for kind in ("clean", "seen"))
        assert clean == pytest.approx(end["true_accuracy"].loc["test"].loc[member])
        assert seen == pytest.approx(end["accuracy"].loc["train"].loc[member])
    all_layers = table[
        (table["epoch"] == 0)
        & (table["layer"] == "layer1")
        & (table["mode"] == REWINDING_MODES[1])
        & (table["quantity"] == "seen accuracy")
    ]
    start = finished.training
    start = start[(start["epoch"] == 0) & (start["subset"] == "train")]
    assert all_layers["value"].tolist() == pytest.approx(start["accuracy"].tolist())


def test_at_most_so_many_epochs(finished: Run) -> None:
    assert set(rewound(finished, most_epochs=2)["epoch"]) == {0, 60}


def test_refusals(finished: Run, tmp_path: Path) -> None:
    with pytest.raises(InfoplaneError, match="kept no weights to rewind to"):
        rewound(Run(CONFIG, tmp_path))
    true = replace(CONFIG, data=replace(CONFIG.data, labels="true"))
    with pytest.raises(InfoplaneError, match="a run on true labels memorizes nothing"):
        rewound(Run(true, finished.path))
