"""The demo fits its random labels: a member in every test run, all of them from other seeds too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from infoplane.memorization.config import MemorizationConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.run import run
from infoplane.studies.measures import accuracy
from infoplane.studies.memorizing import configure
from infoplane.studies.study import StudyOptions


def fitted(seed: int, out: Path, members: int | None = None) -> np.ndarray:
    """Accuracy of each member on the random labels, of the demo trained and not looked at."""
    options = StudyOptions(scale="quick", data="digits", members=members, seed=seed)
    random = configure(options)["random labels"]
    unseen = replace(
        random,
        observing=ObservingConfig(schedule="log", points=2, layers=("logits",)),
        memorization=MemorizationConfig(decoder="none", examples="never"),
    )
    return accuracy(run(unseen, out=out).training, "train")


@pytest.mark.slow
def test_the_first_member_fits_the_random_labels(tmp_path: Path) -> None:
    """What a member ends with does not depend on how many others there are."""
    (reached,) = fitted(0, tmp_path / "run", members=1)
    assert reached >= 0.99


@pytest.mark.trials
@pytest.mark.parametrize("seed", range(6))
def test_every_member_fits_them_from_other_seeds(seed: int, tmp_path: Path) -> None:
    reached = fitted(seed, tmp_path / "run")
    assert len(reached) == 3
    assert reached.min() >= 0.99
