"""Information of coded rows with any correction for few samples, from three entropies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Int

from infoplane.errors import InfoplaneError
from infoplane.information.binned.corrections import CORRECTIONS
from infoplane.information.binned.counting import Labels, group_rows
from infoplane.information.core.estimate import Estimate, Measured
from infoplane.information.core.null import against_null
from infoplane.names import H_T, I_XT, I_XT_GIVEN_Y, TRUE_LABELS, label_information

NSB = "nsb"


def corrected_information(
    hashes: Int[np.ndarray, " n"],
    labels: Mapping[str, Labels],
    correction: str,
    *,
    resolution: str,
    alphabet_size: float | None = None,
) -> Iterator[Measured]:
    """Yield every quantity of a deterministic layer, each entropy corrected, in bits.

    H(T) = I(X;T); I(T;Y) = H(T) + H(Y) - H(T,Y) with its permutation null; I(X;T|Y) = H(T,Y) - H(Y)
    of the label set "Y".

    Args:
        hashes: one hash a sample [n].
        labels: label sets by name, with the permutations of the null.
        correction: a name of ``CORRECTIONS``.
        resolution: what the coding was, for the record.
        alphabet_size: for "nsb", how many cells T could occupy; T and Y together as many for each
            class.

    Ceilings: of H(T) and H(T,Y) the value if all samples were alone; of I(T;Y) the corrected H(Y),
    which three corrections that do not match may pass a little.

    Raises:
        InfoplaneError: for "nsb" without ``alphabet_size``, another with it.

    Cost: O(n log n) a permutation.
    """
    if (alphabet_size is not None) != (correction == NSB):
        raise InfoplaneError(
            f"alphabet_size is {alphabet_size} and correction is {correction!r}; give 'nsb', and "
            "nothing else, the number of cells that T could occupy, as bins ** units."
        )
    values = _Values(hashes, correction, resolution)
    cells = alphabet_size or 0.0
    h_t, most = values.entropy(np.bincount(values.rows), cells), values.most(cells)
    for quantity in (H_T, I_XT):
        yield Measured(quantity, values.estimate(h_t, most))
    for name, label in labels.items():
        h_y = values.entropy(np.bincount(label.values), label.distinct)
        both = cells * label.distinct
        joints = (values.joint(y, label.classes) for y in (label.values, *label.permuted))
        h_t_given_y = np.array([values.entropy(joint, both) for joint in joints]) - h_y  # H(T|Y)
        yield Measured(
            label_information(name),
            values.estimate(h_t - h_t_given_y[0], h_y, h_t - h_t_given_y[1:]),
        )
        if name == TRUE_LABELS:
            most = values.most(both) - h_y
            yield Measured(I_XT_GIVEN_Y, values.estimate(h_t_given_y[0], most, h_t_given_y[1:]))


class _Values:
    """The entropies of one coding by one correction, as estimates."""

    def __init__(self, hashes: np.ndarray, correction: str, resolution: str) -> None:
        self.rows = np.unique(hashes, return_inverse=True)[1]
        self.saturated = bool(group_rows(hashes).saturated)
        self.correction, self.resolution = correction, resolution

    def joint(self, y: np.ndarray, classes: int) -> np.ndarray:
        """Count the pairs of row and label that occur."""
        return np.unique(self.rows * classes + y.astype(np.int64), return_counts=True)[1]

    def entropy(self, counts: np.ndarray, cells: float) -> float:
        more = {"alphabet_size": cells} if self.correction == NSB else {}
        return float(CORRECTIONS[self.correction](counts, **more))

    def most(self, cells: float) -> float:
        """The greatest entropy: of samples that are all alone, or of the alphabet."""
        if self.correction == NSB:
            return math.log2(cells)
        return self.entropy(np.ones(len(self.rows), dtype=np.int64), cells)

    def estimate(self, bits: float, ceiling: float, null: np.ndarray | None = None) -> Estimate:
        null = np.empty(0) if null is None else null
        mean, std, p_value = (float(v[0]) for v in against_null(np.array([bits]), null[None]))
        return Estimate(
            bits=float(bits),
            ceiling=ceiling,
            n=len(self.rows),
            resolution=self.resolution,
            estimator=f"bins, {self.correction}",
            saturated=self.saturated,
            null_mean=mean,
            null_std=std,
            p_value=p_value,
        )
