"""What no estimator may take for numbers is refused in one place, with what to give instead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from checking import unchecked
from odd_values import SAMPLES

from infoplane.errors import InfoplaneError
from infoplane.information.core.arrays import as_array, as_tensor
from infoplane.information.core.samples import as_labels, as_rows, class_labels
from infoplane.seeds import number

ONE = np.ones((3, 2))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sparse", r"t is a sparse_coo tensor; give its .to_dense\(\)"),
        ("sparse rows", r"t is a sparse_csr tensor; give its .to_dense\(\)"),
        ("nested", "t is a nested tensor, of samples of different shapes; pad them to one"),
        ("meta", "t is a tensor on the device 'meta', which holds no values; give one that does"),
        ("quantised", r"t is a quantised tensor; give its .dequantize\(\)"),
        ("complex tensor", "t is a tensor of complex values; give real ones"),
        ("complex", "t holds complex values; give real ones"),
        ("masked tensor", "t is a masked tensor; leave the masked samples out"),
        ("masked", "t has [0-9]+ masked values, which are no samples; leave their samples out"),
        ("ragged", "t holds rows of different lengths, or objects; give an array of one shape"),
        ("hostile", "t holds rows of different lengths, or objects; give an array"),
        ("text", "t holds text, objects or rows of different lengths; give numbers"),
        ("dates", "t holds text, objects or rows of different lengths; give numbers"),
        ("no units", r"t has the shape \[24, 0\], and so no units to measure; give at least one"),
        ("no samples", "t has no samples to measure; give at least one"),
        ("huge", r"t has values up to .*e\+300, whose squares overflow; divide all of them by one"),
    ],
)
def test_what_is_refused(name: str, told: str) -> None:
    with pytest.raises(InfoplaneError, match=told):
        as_rows(SAMPLES[name](), "t")


@pytest.mark.parametrize(
    "values",
    [
        ONE.astype(">f8"),
        ONE[::-1],
        ONE.astype(np.longdouble),
        torch.ones(3, 2).half(),
        torch.ones(3, 2, requires_grad=True),
        np.ma.masked_greater(ONE, 5),
        ONE.tolist(),
        np.broadcast_to(1.0, (3, 2)),
    ],
    ids=lambda values: f"{type(values).__name__}-{getattr(values, 'dtype', '')}",
)
def test_numbers_of_any_kind_are_taken(values: Any) -> None:
    """Also arrays that are read-only, of another machine or backwards, without torch's warning."""
    assert torch.equal(as_tensor(values, "t").double(), torch.ones(3, 2, dtype=torch.float64))
    assert as_array(values, "t").shape == (3, 2)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([None, "a", "b"], r"y holds NoneType \(None\); give class numbers or names"),
        ([object(), object()], r"y holds object .*; give class numbers or names"),
        ([1.5, 2.0], "y holds values such as 1.5 that are no classes; give class numbers"),
        ([1.0, float("nan")], "y holds values such as nan that are no classes"),
        ([[1, 2], [3, 4]], r"y has the shape \[2, 2\]; give one label for each sample"),
        ([], r"y has the shape \[0\]; give one label for each sample"),
    ],
)
def test_labels_that_are_refused(labels: list[Any], told: str) -> None:
    with pytest.raises(InfoplaneError, match=told):
        class_labels(labels, "y")


def test_labels_of_any_kind_are_numbered() -> None:
    for labels in (["b", "a", "b"], [7, -1, 7], [2.0, 1.0, 2.0], [True, False, True]):
        assert class_labels(labels, "y").tolist() == [1, 0, 1]
    assert as_labels(np.array([1, 0], dtype=object)).dtype == np.int64


@pytest.mark.parametrize("seed", ["a", None, 1.0, True, np.float64(1)])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with unchecked():
        assert number(np.int64(3), "a") == number(3, "a")
    with pytest.raises(InfoplaneError, match=r"seed is .*; give a whole number, such as 0"):
        number(seed, "a")
