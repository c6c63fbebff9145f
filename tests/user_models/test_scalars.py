"""One number for each layer and quantity, by the names that trackers show."""

from __future__ import annotations

import pandas as pd

from infoplane import tables
from infoplane.names import BINS, I_TY, I_XT, KNN, STRONGEST, TEST, TRAIN, M
from infoplane.user_models.scalars import scalars


def table(*rows: tuple[str, str, str, float], **more: object) -> pd.DataFrame:
    names = ("quantity", "subset", "estimator", "bits")
    default = {"run": "own", "epoch": 1, "layer": "a", "saturated": False}
    default |= dict.fromkeys(("member", "step", "depth", "n", "width"), 0)
    made = [{**default, **dict(zip(names, row, strict=True)), **more} for row in rows]
    return tables.table(made, tables.MEASUREMENTS)


def test_decoders_tell_what_is_memorized_and_learned() -> None:
    rows = table(
        (M, TRAIN, STRONGEST, 0.5),
        (M, TRAIN, KNN, 0.4),
        (M, TEST, STRONGEST, 0.1),
        (I_TY, TEST, STRONGEST, 2.0),
        (I_TY, TRAIN, STRONGEST, 3.0),
        null_mean=0.25,
    )
    assert scalars(rows) == {
        "infoplane/memorized/a": 0.5,
        "infoplane/memorized null/a": 0.25,
        "infoplane/control/a": 0.1,
        "infoplane/control null/a": 0.25,
        "infoplane/learned/a": 2.0,
        "infoplane/learned null/a": 0.25,
    }


def test_without_a_test_part_nothing_is_called_learned() -> None:
    assert scalars(table((I_TY, TRAIN, KNN, 3.0))) == {"infoplane/I(T;Y) train/a": 3.0}


def test_bins_and_others_are_of_training_examples_and_not_saturated() -> None:
    rows = table(
        (I_XT, TRAIN, BINS, 5.0),
        (I_XT, TEST, BINS, 6.0),
        (I_XT, TRAIN, f"{BINS}, Miller–Madow", 5.5),
        (I_TY, TRAIN, "ross", 1.0),
    )
    assert scalars(rows) == {"infoplane/I(X;T) bins/a": 5.0, "infoplane/I(T;Y) ross/a": 1.0}
    assert scalars(rows.assign(saturated=True)) == {}


def test_of_the_last_look() -> None:
    early, late = (table((I_XT, TRAIN, BINS, float(i)), epoch=i) for i in (3, 8))
    assert scalars(pd.concat([late, early])) == {"infoplane/I(X;T) bins/a": 8.0}
    assert scalars(early.iloc[:0]) == {}
