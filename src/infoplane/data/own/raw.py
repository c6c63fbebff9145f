"""One part of a data set as it was read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from infoplane.errors import InfoplaneError


class Raw(NamedTuple):
    """Inputs and labels of one part."""

    inputs: np.ndarray
    """Rows [n, d], images [n, h, w] or [n, h, w, c], of bytes or floats."""
    labels: np.ndarray
    """[n], whole numbers or text."""
    sources: tuple[str, ...] = ()
    """What examples are called [n]."""


def as_labels(values: np.ndarray, where: str) -> np.ndarray:
    """Return labels [n] as whole numbers or text.

    Raises:
        InfoplaneError: where some are missing, or are no classes.
    """
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1 or len(values) == 0:
        raise InfoplaneError(
            f"labels of {where} have the shape {list(values.shape)}; give one for each example, at "
            "least one."
        )
    if values.dtype.kind == "O" and all(isinstance(value, str) for value in values):
        return values.astype(str)
    if values.dtype.kind == "U" or values.dtype.kind in "biu":
        return values if values.dtype.kind == "U" else values.astype(np.int64)
    if values.dtype.kind == "f" and np.isfinite(values).all() and (values % 1 == 0).all():
        return values.astype(np.int64)
    raise InfoplaneError(
        f"labels of {where} are missing for some examples, or no classes (such as {values[0]!r}); "
        "give a class number or name for each."
    )


def as_inputs(values: np.ndarray, where: str) -> np.ndarray:
    """Return inputs [n, …] of bytes or floats.

    Raises:
        InfoplaneError: where they are no numbers, not finite, or of a shape no network takes.
    """
    if values.dtype.kind not in "biuf":
        raise InfoplaneError(f"inputs of {where} hold {values.dtype} values; give numbers.")
    if not 2 <= values.ndim <= 4 or 0 in values.shape:
        raise InfoplaneError(
            f"inputs of {where} have the shape {list(values.shape)}; give rows [n, d], or images "
            "[n, height, width] or [n, height, width, channels]."
        )
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise InfoplaneError(
            f"inputs of {where} hold values that are NaN or infinite; drop or fill these examples."
        )
    return values if values.dtype == np.uint8 else values.astype(np.float32)
