"""What a claim's values and truths make of its verdict; what NaN means."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from infoplane import tables
from infoplane.errors import InfoplaneError
from infoplane.names import I_XT
from infoplane.studies import claims
from infoplane.studies.claims import Claim
from infoplane.studies.measures import end_outside_null, seen_compression


def claim(values: Any, holds: Any, **more: Any) -> Claim:
    return claims.claim("a statement", values, holds, null="0", refuted_by="less", **more)


def test_the_interval_is_over_networks() -> None:
    found = claim([1.0, 2.0, 3.0], [True] * 3)
    assert found.interval == pytest.approx((2 - 2.484, 2 + 2.484), abs=1e-3)
    assert claim([1.0, 2.0, 3.0], [True] * 3, of="quarters of the examples").interval is None
    assert claim([1.0], [True]).interval is None


def test_one_verdict_on_all_is_not_one_on_each() -> None:
    together = claim([1.0, 2.0], True, of="networks together")
    assert (together.verdict, together.interval) == ("holds", None)
    for values, holds in (([1.0, 2.0], True), ([1.0, 2.0, 3.0], [True, False])):
        with pytest.raises(InfoplaneError, match=r"truths came with . values of members"):
            claim(values, holds)


@pytest.mark.parametrize(
    ("values", "holds", "verdict"),
    [
        ([1, 2], [True, True], "holds"),
        ([1, 2], [False, False], "does not hold"),
        ([1, 2], [True, False], "holds in 1 of 2 members"),
        ([math.nan, 2], [True, True], "holds in 1 of 2 members"),
        ([math.nan, 2], [True, False], "does not hold"),
        ([math.nan, math.nan], [True, True], "cannot be judged"),
    ],
)
def test_verdicts(values: list[float], holds: list[bool], verdict: str) -> None:
    assert claim(values, holds).verdict == verdict


def test_mean_and_spread_are_of_what_can_be_judged() -> None:
    found = claim([1.0, math.nan, 3.0], [True] * 3)
    assert (found.mean, found.measured) == (2, "2 ± 1.4 bits")
    nothing = claim(math.nan, False)
    assert nothing.measured == "–"
    assert json.loads(json.dumps(nothing.as_dict(), allow_nan=False))["values"] == [None]


def course_of(bits: list[float], saturated: list[bool]) -> pd.DataFrame:
    rows = [
        {**dict.fromkeys(tables.MEASUREMENTS, 0), "layer": "layer1", "subset": "train"}
        | {"epoch": epoch, "quantity": I_XT, "estimator": "bins", "bits": value}
        | {"saturated": wall}
        for epoch, (value, wall) in enumerate(zip(bits, saturated, strict=True))
    ]
    return tables.table(rows, tables.MEASUREMENTS)


@pytest.mark.parametrize(
    ("saturated", "seen"),
    [
        ([True] * 4, math.nan),
        ([False] * 4, 0.25),
        ([False, True, False, False], 0.25),  # fell off the wall
        ([False, False, False, True], 0.25),
        ([False, True, False, True], math.nan),
    ],
)
def test_compression_is_not_seen_at_the_wall(saturated: list[bool], seen: float) -> None:
    table = course_of([1.0, 8.0, 7.0, 6.0], saturated)
    np.testing.assert_allclose(seen_compression(table, "layer1"), [seen])


@pytest.mark.parametrize(
    ("saturated", "p_value", "end"),
    [(False, 0.01, 0.9), (False, 0.5, math.nan), (True, 0.01, math.nan)],
)
def test_a_layer_says_nothing_at_the_wall_or_inside_its_null(
    saturated: bool, p_value: float, end: float
) -> None:
    table = course_of([0.1, 0.5, 0.9], [saturated] * 3).assign(p_value=p_value)
    np.testing.assert_allclose(end_outside_null(table, I_XT, "layer1"), [end])
