"""Values that people give by mistake, and the only two outcomes that a call with them may have."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from checking import unchecked

from infoplane.errors import InfoplaneError

N = 24
DRAW = np.random.default_rng(0)
POINTS = DRAW.normal(size=(N, 3))
CLASSES = np.arange(N) % 3
SENTENCE = re.compile(r"[^\n]+;[^\n]+[.…:a-z\])'\d]")


class Hostile:
    """An object whose every reading fails."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise OSError("not to be read")

    def __len__(self) -> int:
        return N

    def __repr__(self) -> str:
        return "\x1b[31mred"


def quietly(make: Callable[[], Any]) -> Callable[[], Any]:
    """Make a value of which torch warns that it is a prototype or outdated."""

    def made() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return make()

    return made


def _read_only() -> np.ndarray:
    values = POINTS.copy()
    values.flags.writeable = False
    return values


SAMPLES: dict[str, Callable[[], Any]] = {
    "points": lambda: POINTS.copy(),
    "a tensor": lambda: torch.from_numpy(POINTS),
    "one unit": lambda: POINTS[:, 0].copy(),
    "images": lambda: DRAW.normal(size=(N, 1, 3, 3)),
    "zeros": lambda: np.zeros((N, 3)),
    "a few values": lambda: np.round(POINTS),
    "wide": lambda: DRAW.normal(size=(N, 60)),
    "floats of 16 bits": lambda: torch.randn(N, 3).half(),
    "bfloat16": lambda: torch.randn(N, 3).bfloat16(),
    "whole numbers": lambda: CLASSES.copy(),
    "truths": lambda: CLASSES > 1,
    "bytes": lambda: CLASSES.astype(np.uint8)[:, None],
    "large whole numbers": lambda: CLASSES.astype(np.uint64) + 2**62,
    "NaN": lambda: np.where(POINTS > 1, np.nan, POINTS),
    "infinite": lambda: np.where(POINTS > 1, np.inf, POINTS),
    "huge": lambda: POINTS * 1e300,
    "huge floats": lambda: torch.from_numpy(POINTS).float() * 1e30,
    "tiny": lambda: POINTS * 1e-300,
    "far from zero": lambda: POINTS + 1e12,
    "complex": lambda: POINTS + 1j,
    "complex tensor": lambda: torch.complex(torch.ones(N, 2), torch.ones(N, 2)),
    "sparse": lambda: torch.eye(N).to_sparse(),
    "sparse rows": quietly(lambda: torch.eye(N).to_sparse_csr()),
    "meta": lambda: torch.empty(N, 3, device="meta"),
    "quantised": quietly(lambda: torch.quantize_per_tensor(torch.randn(N, 3), 0.1, 0, torch.qint8)),
    "nested": quietly(lambda: torch.nested.as_nested_tensor([torch.ones(2), torch.ones(3)])),
    "masked tensor": quietly(
        lambda: torch.masked.masked_tensor(torch.ones(N, 3), torch.ones(N, 3, dtype=torch.bool))
    ),
    "with a gradient": lambda: torch.ones(N, 3, requires_grad=True) * 2,
    "masked": lambda: np.ma.masked_greater(POINTS, 1),
    "nothing masked": lambda: np.ma.masked_greater(POINTS, 100),
    "no samples": lambda: np.zeros((0, 3)),
    "no units": lambda: np.zeros((N, 0)),
    "one sample": lambda: POINTS[:1],
    "two samples": lambda: POINTS[:2],
    "fewer": lambda: POINTS[:-1],
    "read-only": _read_only,
    "backwards": lambda: POINTS[::-1],
    "of another machine": lambda: POINTS.astype(">f8"),
    "long doubles": lambda: POINTS.astype(np.longdouble),
    "a table": lambda: pd.DataFrame(POINTS),
    "a list": lambda: POINTS.tolist(),
    "a list of tensors": lambda: list(torch.ones(N, 3, requires_grad=True)),
    "ragged": lambda: [[1.0, 2.0], [3.0]] * (N // 2),
    "objects": lambda: np.array([object()] * N),
    "dates": lambda: np.array(["2020-01-01"] * N, dtype="datetime64[D]"),
    "text": lambda: np.array(["a", "b", "c"])[CLASSES],
    "a word": lambda: "abc",
    "None": lambda: None,
    "a number": lambda: 3.5,
    "a dictionary": lambda: {"a": 1},
    "a set": lambda: {1, 2, 3},
    "a function": lambda: len,
    "hostile": Hostile,
}
"""Of samples and of values, by name: some are right."""

LABELS: dict[str, Callable[[], Any]] = {
    "classes": lambda: CLASSES.copy(),
    "a tensor of classes": lambda: torch.from_numpy(CLASSES),
    "names": lambda: np.array(["a", "b", "c"])[CLASSES],
    "a list of names": lambda: ["a", "b", "c"] * (N // 3),
    "hostile names": lambda: ["\x1b[31m", "[red]b", "$x^{"] * (N // 3),
    "whole floats": lambda: CLASSES.astype(float),
    "fractions": lambda: CLASSES / 2,
    "with None": lambda: [None, "a", "b"] * (N // 3),
    "with NaN": lambda: [float("nan"), 1.0, 2.0] * (N // 3),
    "mixed": lambda: [1, "a", 2.0] * (N // 3),
    "negative": lambda: CLASSES - 2,
    "huge classes": lambda: CLASSES * 10**15,
    "one class": lambda: np.zeros(N, dtype=int),
    "all different": lambda: np.arange(N),
    "one-hot": lambda: np.eye(3)[CLASSES],
    "columns": lambda: np.stack([CLASSES, CLASSES], axis=1),
    "complex labels": lambda: CLASSES + 1j,
    "masked labels": lambda: np.ma.masked_equal(CLASSES, 1),
    "sparse labels": lambda: torch.from_numpy(CLASSES).to_sparse(),
    "labels on no device": lambda: torch.empty(N, dtype=torch.int64, device="meta"),
    "too few": lambda: CLASSES[:-1],
    "no labels": lambda: np.array([], dtype=int),
    "categories": lambda: pd.Series(CLASSES).astype("category"),
    "nullable": lambda: pd.Series([1, None, 2] * (N // 3), dtype="Int64"),
    "a generator": lambda: (c for c in CLASSES),
    "bytes of text": lambda: np.array([b"a", b"b", b"c"])[CLASSES],
}

SETTINGS: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2, 1.5, 0.5, float("nan"), float("inf"), -1e300, 10**30),
    *("", "x", "a\x1b[31mb", "[red]", b"x", (), (1, 2), [1, "a"], {}, np.int64(2), np.float32(0.5)),
    *(np.array([1, 2]), torch.tensor(1), object, Hostile()),
)
"""Of single arguments."""


def outcome(call: Callable[[], Any]) -> Any:
    """Return what a call returns, or its error where that is one of ours and a sentence.

    Whatever else it raises, a warning of others too, is raised.
    """
    with unchecked():
        try:
            return call()
        except InfoplaneError as error:
            assert_sentence(str(error))
            return error


def assert_sentence(text: str) -> None:
    """Hold a message to its form: on one line, what was got, and after a semicolon what to do."""
    assert SENTENCE.fullmatch(text), text
    assert len(text) < 1000, text
