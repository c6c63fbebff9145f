"""What networks say of examples, some of which each was trained on: what all measures are of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Integer

from infoplane.errors import InfoplaneError

AT_ONCE = 1 << 22  # float64 values that are worked on together: 32 MB for each intermediate


@dataclass(frozen=True)
class Outcomes:
    """K networks on n examples.

    Attributes:
        seen: whether the network was trained on the example [K, n]; of test examples, never.
        correct: whether its prediction is the seen label ỹ [K, n].
        prediction: the class it predicts [K, n].
        log2_p: log2 p(ỹ|x) in bits [K, n].

    Raises:
        InfoplaneError: where the arrays differ in shape.
    """

    seen: Bool[np.ndarray, "k n"]
    correct: Bool[np.ndarray, "k n"]
    prediction: Integer[np.ndarray, "k n"]
    log2_p: Float[np.ndarray, "k n"]

    def __post_init__(self) -> None:
        shapes = {name: np.shape(values) for name, values in vars(self).items()}
        if len(set(shapes.values())) != 1 or len(self.seen.shape) != 2:
            raise InfoplaneError(f"outcomes have the shapes {shapes}; give [K, n] to each.")

    @property
    def networks(self) -> int:
        """K."""
        return len(self.seen)

    def of(self, networks: slice | Int[np.ndarray, " j"]) -> Outcomes:
        """Return those of some networks."""
        return Outcomes(*(values[networks] for values in vars(self).values()))

    def on(self, examples: Bool[np.ndarray, " n"]) -> Outcomes:
        """Return those on some examples."""
        return Outcomes(*(values[:, examples] for values in vars(self).values()))


class Contrast(NamedTuple):
    """Means over the networks that saw an example and over the others, each [n]."""

    inside: Float[np.ndarray, " n"]
    outside: Float[np.ndarray, " n"]
    inside_error: Float[np.ndarray, " n"]
    outside_error: Float[np.ndarray, " n"]
    """Standard errors of the two means, s / √K."""

    @property
    def error(self) -> Float[np.ndarray, " n"]:
        """Standard error of the difference, √(s²_in / K_in + s²_out / K_out)."""
        return np.hypot(self.inside_error, self.outside_error)


def contrast(
    values: Bool[np.ndarray, "k n"] | Float[np.ndarray, "k n"], seen: Bool[np.ndarray, "k n"]
) -> Contrast:
    """Compare values over the networks that saw an example with those over the others.

    Raises:
        InfoplaneError: where an example was seen by all networks, or by none.

    Cost: O(K n); memory of 128 MB beside the arguments.
    """
    k, n = seen.shape
    result = np.empty((4, n))
    step = max(1, AT_ONCE // max(1, k))
    for first in range(0, n, step):
        some = slice(first, first + step)
        of_seen, v = seen[:, some], values[:, some].astype(np.float64)
        count = np.stack(in_and_out(of_seen))  # [2, n]
        total, of_in = v.sum(axis=0), np.where(of_seen, v, 0).sum(axis=0)
        means = np.stack([of_in, total - of_in]) / count
        off = np.square(v - np.where(of_seen, means[0], means[1]))
        off_in = np.where(of_seen, off, 0).sum(axis=0)
        squares = np.stack([off_in, off.sum(axis=0) - off_in])
        variance = squares.clip(min=0) / np.maximum(count - 1, 1) / count
        result[:2, some], result[2:, some] = means, np.sqrt(variance)
    return Contrast(*result)


def in_and_out(seen: Bool[np.ndarray, "k n"]) -> tuple[np.ndarray, np.ndarray]:
    """Return how many networks were trained on each example [n], and how many were not.

    Raises:
        InfoplaneError: where an example was seen by all of them, or by none.
    """
    inside = seen.sum(axis=0)
    outside = len(seen) - inside
    alone = int(((inside == 0) | (outside == 0)).sum())
    if alone:
        raise InfoplaneError(
            f"{alone} of {len(inside)} examples were seen by all or by none of {len(seen)} "
            "networks; train more networks, or drop these examples."
        )
    return inside, outside
