"""Information of coded rows with any correction for few samples, from three entropies."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Int

from infoplane.information.corrections import CORRECTIONS
from infoplane.information.counting import Labels, group_rows
from infoplane.information.estimate import Estimate

Entropy = Callable[[np.ndarray], float]


def corrected_information(
    hashes: Int[np.ndarray, " n"], labels: Labels, correction: str, *, resolution: str
) -> Estimate:
    """Return I(T;Y) = H(T) + H(Y) - H(T,Y), each entropy corrected, with its permutation null.

    Args:
        hashes: one hash a sample [n].
        labels: with the permutations of the null.
        correction: a name of ``CORRECTIONS`` but "nsb", which needs the size of an alphabet.
        resolution: what the coding was, for the record.

    The ceiling is the corrected H(Y). Cost: O(n log n) a permutation.
    """
    entropy: Entropy = CORRECTIONS[correction]
    _, rows = np.unique(hashes, return_inverse=True)
    y = labels.values.astype(np.int64)
    h_t, h_y = (float(entropy(np.bincount(values))) for values in (rows, y))

    def bits(values: np.ndarray) -> float:
        _, joint = np.unique(rows * labels.classes + values, return_counts=True)
        return h_t + h_y - float(entropy(joint))

    null = [bits(permuted.astype(np.int64)) for permuted in labels.permuted]
    return Estimate(
        bits=bits(y),
        ceiling=h_y,
        n=len(y),
        resolution=resolution,
        estimator=f"bins, {correction}",
        saturated=bool(group_rows(hashes).saturated),
        null_mean=float(np.mean(null)) if len(null) > 1 else math.nan,
        null_std=float(np.std(null, ddof=1)) if len(null) > 1 else math.nan,
    )
