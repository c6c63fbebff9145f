"""A table as JSON: one list a column, one value where a column holds the same throughout."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

DIGITS = 6  # significant: more than can be seen, less than half the bytes of a double
MOST_EPOCHS = 200  # of a run in a page: a step of the slider is then half a percent of its way


def packed(table: pd.DataFrame) -> dict[str, Any]:
    """Return a table as plain JSON values.

    Args:
        table: any table of numbers, truths and text.

    Returns:
        ``rows``, their number; ``columns``, by name: a list of values, or the value itself where
        all rows hold the same one. Numbers are rounded to six significant digits; what is not
        finite is None.
    """
    columns = {str(name): _column(table[name]) for name in table.columns}
    return {"rows": len(table), "columns": columns}


def plain(value: Any) -> Any:
    """Return one value as JSON holds it."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, list):
        return [plain(each) for each in value]
    return None if value is None or value is pd.NA else str(value)


def thinned(epochs: Iterable[int], needed: Iterable[int], most: int = MOST_EPOCHS) -> list[int]:
    """Return the epochs a page holds: all where they are few, else as even as can be in log time.

    Args:
        epochs: those that were measured.
        needed: those that are held in any case, where a rare measurement was made.
        most: the number of all others.
    """
    measured = np.unique(np.fromiter(epochs, dtype=np.int64))
    if len(measured) <= most:
        return measured.tolist()
    even = measured[np.linspace(0, len(measured) - 1, most // 2).round().astype(int)]
    early = np.expm1(np.linspace(0, np.log1p(measured[-1]), most // 2))
    near = measured[np.clip(np.searchsorted(measured, early), 0, len(measured) - 1)]
    rare = measured[np.isin(measured, np.fromiter(needed, dtype=np.int64))]
    return np.unique(np.concatenate([even, near, rare])).tolist()


def at_epochs(table: pd.DataFrame, epochs: Sequence[int]) -> pd.DataFrame:
    """Return the rows of these epochs."""
    return table[table["epoch"].isin(list(epochs))].reset_index(drop=True)


def _column(values: pd.Series) -> Any:
    listed = [plain(value) for value in values.tolist()]
    same = len(listed) > 0 and all(value == listed[0] for value in listed)
    return listed[0] if same else listed
