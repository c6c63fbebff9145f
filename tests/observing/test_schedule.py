"""When to look."""

from __future__ import annotations

import pytest

from infoplane.errors import InfoplaneError
from infoplane.observing.config import ObservingConfig
from infoplane.observing.schedule import log_spaced, observed_epochs, thinned


def test_published_schedule() -> None:
    epochs = observed_epochs("published", 2300)
    assert epochs[:25] == [*range(20), 20, 25, 30, 35, 40]
    assert [e for e in epochs if 90 <= e <= 150] == [90, 95, 100, 120, 140]
    assert epochs[-5:] == [1980, 2000, 2100, 2200, 2300]


def test_first_and_last_always() -> None:
    for schedule in ("published", "every", "log"):
        epochs = observed_epochs(schedule, 1237, every=100, points=7)
        assert epochs[0] == 0
        assert epochs[-1] == 1237
        assert epochs == sorted(set(epochs))
        assert observed_epochs(schedule, 0, points=1) == [0]


def test_every_and_log() -> None:
    assert observed_epochs("every", 50, every=20) == [0, 20, 40, 50]
    assert log_spaced(1023, 11) == {2**i - 1 for i in range(11)}


def test_thinned() -> None:
    epochs = observed_epochs("published", 2000)
    few = thinned(epochs, 40)
    assert 25 <= len(few) <= 40
    assert set(few) <= set(epochs)
    assert (few[0], few[-1]) == (0, 2000)
    assert thinned([0, 5], 40) == [0, 5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 0}, "every is 0; give 1 or more"),
        ({"points": 0}, "points is 0"),
        ({"permutations": 1}, "permutations is 1; give 2 or more"),
    ],
)
def test_refuses_wrong_values(options: dict, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        ObservingConfig(**options)
