"""What a batch of logits says of each of its examples, and batches as any loop gives them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from infoplane.errors import InfoplaneError
from infoplane.information.core.arrays import as_array


class BatchScores(NamedTuple):
    """Quantities of each example of a batch [b], from its logits and its seen label."""

    log2_p: np.ndarray  # of the seen label
    margin: np.ndarray  # its logit less the largest other
    error: np.ndarray  # ‖softmax - onehot‖
    prediction: np.ndarray
    right: np.ndarray


def batch_scores(z: Float[np.ndarray, "b c"], y: Int[np.ndarray, " b"]) -> BatchScores:
    """Return the quantities of a batch from its logits and its seen labels."""
    at = np.arange(len(z))
    z = np.array(z.T, order="C")  # a copy [c, b]: over classes, whole batches at a time
    z_y, top, prediction = z[y, at], z.max(axis=0, initial=-np.inf), z.argmax(axis=0)
    with np.errstate(invalid="ignore"):  # what is not finite is refused by the caller
        p = np.exp(z - top)
        total = p.sum(axis=0)
        p /= total
        log_p = (z_y - top - np.log(total)).astype(np.float64)
    squares = np.einsum("cb,cb->b", p, p) - 2 * np.exp(log_p) + 1
    z[y, at] = -np.inf
    return BatchScores(
        log2_p=log_p / math.log(2),
        margin=z_y - z.max(axis=0, initial=-np.inf) if len(z) > 1 else 0 * z_y,
        error=np.sqrt(np.maximum(squares, 0)),
        prediction=prediction,
        right=prediction == y,
    )


def whole(values: Any, name: str) -> Int[np.ndarray, ...]:
    """Return whole numbers as an array of 64 bits.

    Raises:
        InfoplaneError: for other values.
    """
    array = as_array(values, name)
    if array.dtype.kind not in "biu":
        raise InfoplaneError(f"{name} holds {array.dtype} values; give whole numbers.")
    return array.astype(np.int64)


def floats(values: Any, name: str) -> Float[np.ndarray, ...]:
    """Return numbers as an array of 32 bits.

    Raises:
        InfoplaneError: for what is none.
    """
    array = as_array(values, name)
    if array.dtype.kind not in "biuf":
        raise InfoplaneError(f"{name} holds {array.dtype} values; give numbers.")
    with np.errstate(over="ignore"):  # what is infinite then is refused where it is used
        return array.astype(np.float32, copy=False)
