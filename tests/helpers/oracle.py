"""The slow, obviously right way: rows compared whole, probabilities summed one by one."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np


def entropy_of(items: list) -> float:
    n = len(items)
    return -sum(c / n * math.log2(c / n) for c in Counter(items).values())


def rows_of(codes: np.ndarray) -> list[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(codes)]


def mutual_information_of(a: list, b: list) -> float:
    return entropy_of(a) + entropy_of(b) - entropy_of(list(zip(a, b, strict=True)))
