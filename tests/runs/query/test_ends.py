"""What a run ends with."""

from __future__ import annotations

import math

import pandas as pd

from infoplane.runs.query.ends import _last


def test_the_last_value_is_that_of_the_last_epoch_wherever_it_stands() -> None:
    rows = pd.DataFrame({"quantity": ["a", "a", "b"], "epoch": [9, 1, 20], "bits": [3.0, 1.0, 0.0]})
    assert _last(rows, "a") == 3
    assert math.isnan(_last(rows, "c"))
