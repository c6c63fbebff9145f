"""Labels of any kind are classes; what is none is refused in one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from infoplane import InfoplaneError
from infoplane.user_models.labels import as_array, as_classes

Y = [2, 0, 1, 1, 0, 2]
NAMES = ["dog", "ant", "cat", "cat", "ant", "dog"]


@pytest.mark.parametrize(
    "labels",
    [
        Y,
        tuple(Y),
        np.array(Y),
        np.array(Y, dtype=np.uint8),
        np.array(Y)[:, None],
        np.array(Y, dtype=float),
        torch.tensor(Y),
        torch.tensor(Y).float(),
        torch.tensor(Y).bfloat16(),
        [torch.tensor(y) for y in Y],
        np.array(Y, dtype=object),
        pd.Series(Y, index=[9, 8, 7, 6, 5, 4]),
        torch.nn.functional.one_hot(torch.tensor(Y)),
        np.eye(3)[Y],
        NAMES,
        np.array(NAMES),
        np.array(NAMES, dtype=object),
        pd.Series(NAMES),
        np.array(NAMES, dtype="S3"),
    ],
)
def test_all_are_the_same_classes(labels: Any) -> None:
    (classes,), _ = as_classes([("labels", labels)])
    assert classes is not None
    assert classes.tolist() == Y


@given(st.lists(st.integers(-5, 5), min_size=1), st.lists(st.integers(-5, 5), min_size=1))
def test_sets_are_numbered_together(first: list[int], second: list[int]) -> None:
    (a, none, b), names = as_classes([("labels", first), ("seen", None), ("test", second)])
    assert none is None
    assert a is not None
    assert b is not None
    assert [names[i] for i in a] == first
    assert [names[i] for i in b] == second


@pytest.mark.parametrize(
    ("labels", "are"), [(Y, True), ([0, 5], True), ([-1, 1], False), (NAMES, False)]
)
def test_whole_numbers_from_zero_are_outputs(labels: Any, are: bool) -> None:
    assert as_classes([("labels", labels)]).are_outputs == are


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("cat", "labels is str; give one label for each example"),
        (3, "labels is int; give one label for each example"),
        ([[1], [1, 2]], "labels holds rows of different lengths"),
        (np.zeros((2, 2, 2)), r"labels has the shape \[2, 2, 2\]"),
        (np.array([[1, 1], [0, 1]]), "several labels an example are not measured together"),
        (np.array([[0.2, 0.8], [0.5, 0.5]]), "is not one-hot"),
        ([0.5, 1.0], "labels holds values such as 0.5 that are no classes"),
        ([0.0, float("nan")], "that are no classes, or missing ones"),
        ([1, None], "labels holds NoneType"),
        ([{}, {}], "labels holds dict"),
        (torch.zeros(2, dtype=torch.complex64), "labels is a tensor of complex values"),
    ],
)
def test_what_is_no_label_is_refused(labels: Any, message: str) -> None:
    with pytest.raises(InfoplaneError, match=message):
        as_array("labels", labels)


def test_text_and_numbers_are_not_mixed() -> None:
    with pytest.raises(InfoplaneError, match="labels are text and seen_labels are numbers"):
        as_classes([("labels", NAMES), ("seen_labels", Y)])
