"""The histories that a page holds are those of the table, mean over members."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import pytest

from infoplane.page.examples import KEY, shown_examples
from infoplane.page.histories import packed_histories

from .run_folders import examples, histories, unpacked

EPOCHS = [0, 1, 4]


def codes(text: str) -> list[int]:
    return list(base64.b64decode(text))


def test_the_mean_of_members_and_what_most_of_them_predict() -> None:
    table = examples(members=3, n=6).assign(seen_label=lambda t: t.id % 10)
    drawn = histories(table, EPOCHS)
    shown = table.loc[table.member == 0, KEY].iloc[[4, 1]]
    packed = packed_histories(drawn, table, shown)
    assert packed["epochs"] == EPOCHS
    for place, example in enumerate(shown.id):
        rows = drawn[drawn.id == example]
        mean = np.stack(rows.confidence.tolist()).mean(axis=0)
        assert codes(packed["confidence"][place]) == np.rint(100 * mean).tolist()
        votes = np.stack(rows.predictions.tolist())
        for epoch, predicted in enumerate(codes(packed["predictions"][place])):
            counts = np.bincount(votes[:, epoch])
            assert counts[predicted] == counts.max()


def test_what_was_not_presented_is_said_to_be_absent() -> None:
    table = examples(members=1, n=2)
    drawn = histories(table, EPOCHS)
    drawn.at[0, "confidence"] = np.array([np.nan, 0.5, np.nan])
    drawn.at[0, "predictions"] = np.array([-1, 7, -1])
    packed = packed_histories(drawn, table, table[KEY])
    assert codes(packed["confidence"][0]) == [255, 50, 255]
    assert codes(packed["predictions"][0]) == [255, 7, 255]


def test_members_with_labels_of_their_own_have_histories_of_their_own() -> None:
    table = examples(members=2, n=4)
    table["seen_label"] = table["id"] % 10 + table["member"]
    drawn = histories(table, EPOCHS)
    packed = packed_histories(drawn, table, table[KEY])
    for place, confidence in enumerate(drawn.confidence):
        assert codes(packed["confidence"][place]) == np.rint(100 * confidence).tolist()


def test_of_many_classes_there_are_no_predictions() -> None:
    table = examples(members=1, n=2)
    drawn = histories(table, EPOCHS)
    drawn.at[0, "predictions"] = np.array([300, 1, 1])
    packed = packed_histories(drawn, table, table[KEY])
    assert packed["predictions"] == [None, None]
    assert codes(packed["confidence"][0])


@pytest.mark.parametrize("known", [pd.DataFrame(), None])
def test_a_run_of_before_has_none(known: pd.DataFrame | None) -> None:
    content = shown_examples(examples(members=1), histories=known)
    assert content is not None
    assert content["history"] == []
    assert unpacked(content["table"])["confidence_by_epoch"].isna().all()


def test_an_example_without_a_history_stays_in_its_place() -> None:
    table = examples(members=1, n=3)
    drawn = histories(table, EPOCHS).drop(index=1)
    packed = packed_histories(drawn, table, table[KEY])
    assert packed["confidence"][1] is None
    assert codes(packed["confidence"][2]) == np.rint(100 * drawn.confidence[2]).tolist()


def test_long_histories_are_held_in_part() -> None:
    table = examples(members=1, n=2)
    drawn = histories(table, list(range(0, 800, 10)))
    packed = packed_histories(drawn, table, table[KEY])
    held = packed["epochs"]
    assert (len(held), held[0], held[-1]) == (40, 0, 790)
    shown = [round(100 * float(drawn.confidence[0][epoch // 10])) for epoch in held]
    assert codes(packed["confidence"][0]) == shown
