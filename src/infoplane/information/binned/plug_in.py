"""Information of a coded layer: H(T), I(X;T), I(T;Y), I(X;T|Y), each with its null and ceiling."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.information.binned.counting import BLOCK, Groups, Labels, group_rows
from infoplane.information.binned.counting_on_gpu import ROWS, SortedGroups, fits, sorted_groups
from infoplane.information.core.estimate import Estimate, Measured
from infoplane.information.core.null import against_null
from infoplane.names import H_T, I_XT, TRUE_LABELS, label_information

PLUG_IN = "bins"
MILLER_MADOW = "bins, Miller–Madow"


def binned_information(
    hashes: Int[np.ndarray, " n"],
    labels: Mapping[str, Labels],
    *,
    resolution: str,
    conditional: str = TRUE_LABELS,
) -> Iterator[Measured]:
    """Yield every quantity of a deterministic layer, plug-in and Miller–Madow, in bits.

    T is a function of X, so H(T|X) = 0 and I(X;T) = H(T); I(X;T|Y) = H(T,Y) - H(Y).

    Args:
        hashes: one hash a sample [n]; equal rows of the coded layer have equal hashes.
        labels: label sets by name; ``{"Y": …, "Ỹ": …}`` gives I(T;Y) and I(T;Ỹ).
        resolution: what the coding was, for the record.
        conditional: the label set of I(X;T|Y).

    Source: plug-in, Shwartz-Ziv & Tishby 2017; bias correction, Miller 1955.
    """
    options = {"resolution": resolution, "conditional": conditional}
    yield from next(each_binned_information(hashes[None], labels, **options))


def each_binned_information(
    hashes: Int[np.ndarray, "k n"] | Int[Tensor, "k n"],
    labels: Mapping[str, Labels],
    *,
    resolution: str,
    conditional: str = TRUE_LABELS,
) -> Iterator[list[Measured]]:
    """Yield the results of ``binned_information`` for each of k codings, counted together.

    Hashes that are a tensor are counted on its device, unless labels are too many for that.
    """
    if isinstance(hashes, Tensor) and not all(map(fits, labels.values())):
        hashes = hashes.cpu().numpy()
    k, n = hashes.shape
    at_once = max(1, (ROWS if isinstance(hashes, Tensor) else BLOCK) // max(n, 1))
    for first in range(0, k, at_once):
        some = hashes[first : first + at_once]
        groups = sorted_groups(some) if isinstance(some, Tensor) else group_rows(some)
        columns = list(_columns(groups, labels, conditional))
        saturated = np.asarray(groups.saturated).tolist()
        for coding, flag in enumerate(saturated):
            yield [column.of(coding, n, resolution, saturated=flag) for column in columns]


class _Column:
    """One quantity of k codings, with its null."""

    def __init__(
        self,
        quantity: str,
        estimator: str,
        bits: Float[np.ndarray, " k"],
        ceiling: float,
        null: Float[np.ndarray, "k p"] | None = None,
    ) -> None:
        self.quantity, self.estimator, self.ceiling = quantity, estimator, ceiling
        self.bits = bits.tolist()
        self.null = [[math.nan] * len(bits)] * 3
        if null is not None and null.shape[1] > 1:
            self.null = [column.tolist() for column in against_null(bits, null)]

    def of(self, coding: int, n: int, resolution: str, *, saturated: bool) -> Measured:
        """Return the estimate of one coding."""
        mean, std, p_value = (column[coding] for column in self.null)
        estimate = Estimate(
            bits=self.bits[coding],
            ceiling=self.ceiling,
            n=n,
            resolution=resolution,
            estimator=self.estimator,
            saturated=saturated,
            null_mean=mean,
            null_std=std,
            p_value=p_value,
        )
        return Measured(self.quantity, estimate)


def _columns(
    groups: Groups | SortedGroups, labels: Mapping[str, Labels], conditional: str
) -> Iterator[_Column]:
    n = groups.n
    # What each occupied cell adds to an entropy: nothing, or Miller–Madow's 1/2n nats.
    cells = {PLUG_IN: 0.0, MILLER_MADOW: 1 / (2 * n * math.log(2))}
    whole = {e: groups.entropy + cell * (groups.distinct - 1) for e, cell in cells.items()}
    for estimator, cell in cells.items():
        ceiling = math.log2(n) + cell * (n - 1)
        yield _Column(H_T, estimator, whole[estimator], ceiling)
        yield _Column(I_XT, estimator, whole[estimator], ceiling)
    for name, label in labels.items():
        pairs = groups.joint(label)
        for estimator, cell in cells.items():
            # I(T;Y) = H(T) + H(Y) - H(T,Y)
            corrected = pairs.entropy + cell * (pairs.distinct - 1)
            label_entropy = label.entropy + cell * (label.distinct - 1)
            bits = whole[estimator][:, None] + label_entropy - corrected
            yield _Column(
                label_information(name), estimator, bits[:, 0], label_entropy, bits[:, 1:]
            )
            if name == conditional:
                bits = whole[estimator][:, None] - bits
                ceiling = label.entropy_given + cell * (n - label.distinct)
                yield _Column(f"I(X;T|{name})", estimator, bits[:, 0], ceiling, bits[:, 1:])
