"""Counting equal rows where their hashes are, on a GPU: by sorting, with the counts of counting.py.

Sums are taken in another order than there: entropies agree to 10⁻¹² bits, counts exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.binned.counting import Joint, Labels, saturated, xlog2x

CELLS = 1 << 26  # joint cells that are counted at once: half a GB
ROWS = 1 << 24  # of all codings that are grouped at once


@dataclass(frozen=True)
class SortedGroups:
    """The distinct rows of k codings: what ``Groups`` is on a processor."""

    n: int
    order: Int[Tensor, "k n"]  # rows of each coding, equal ones side by side …
    group: Int[Tensor, "k n"]  # … and the number of the group of each of them
    shuffled: Int[Tensor, "k n"]  # … and which permuted label it takes: see ``counting.joint``
    entropy: Float[np.ndarray, " k"]  # H(T), plug-in, bits
    distinct: Int[np.ndarray, " k"]
    singletons: Int[np.ndarray, " k"]

    @property
    def saturated(self) -> Bool[np.ndarray, " k"] | np.bool_:
        return saturated(self.entropy, self.singletons, self.n)

    def joint(self, labels: Labels) -> Joint:
        """Count (row, label) and (row, permuted label) pairs, as ``counting.joint``."""
        k, n = self.order.shape
        y = labels.on(self.order.device)  # [p + 1, n]
        cells = int(self.distinct.max()) * labels.classes
        base = self.group * labels.classes
        result = np.empty((3, k, len(y)))
        labelings = min(len(y), max(1, CELLS // max(cells, n)))
        codings = max(1, CELLS // (labelings * max(cells, n)))
        for a in range(0, k, codings):
            some = slice(a, a + codings)
            for b in range(0, len(y), labelings):
                which = slice(b, b + labelings)
                keys = base[some] + self._labels(y, some, which)
                counts = _counts(keys.flatten(0, 1), cells)
                found = _entropies(counts, n).reshape(3, *keys.shape[:2])
                result[:, some, which] = found.swapaxes(1, 2)
        return Joint(result[0], result[1].astype(np.int64))

    def _labels(self, y: Tensor, codings: slice, which: slice) -> Int[Tensor, "p k n"]:
        labels = y[which][:, self.shuffled[codings]]
        if which.start == 0:
            labels[0] = y[0][self.order[codings]]
        return labels


def sorted_groups(hashes: Int[Tensor, "k n"]) -> SortedGroups:
    """Group equal hashes of each of k codings.

    Raises:
        InfoplaneError: where there are no samples.
    """
    if hashes.numel() == 0:
        raise InfoplaneError("there are no samples to measure; give at least one row.")
    _, n = hashes.shape
    ordered, order = hashes.sort(dim=1)
    group = torch.zeros_like(ordered)
    group[:, 1:] = (ordered[:, 1:] != ordered[:, :-1]).cumsum(dim=1)
    counts = _counts(group, n)
    shared = torch.zeros_like(group).scatter_(1, order, (counts.gather(1, group) > 1).to(group))
    shuffled = (shared.cumsum(dim=1) - 1).clamp(min=0).gather(1, order)
    entropy, distinct, alone = _entropies(counts, n)
    found = (entropy, distinct.astype(np.int64), alone.astype(np.int64))
    return SortedGroups(n, order, group, shuffled, *found)


def fits(labels: Labels) -> bool:
    """Whether the joint counts with labels are few enough for one table."""
    return len(labels.values) * labels.classes <= CELLS


def _counts(keys: Int[Tensor, "r n"], cells: int) -> Int[Tensor, "r cells"]:
    """Count the keys 0..cells-1 of each row."""
    rows = len(keys)
    offsets = torch.arange(rows, device=keys.device)[:, None] * cells
    counts = torch.bincount((keys + offsets).flatten(), minlength=rows * cells)
    return counts.view(rows, cells)


def _entropies(counts: Int[Tensor, "r cells"], n: int) -> Float[np.ndarray, "3 r"]:
    """Return the plug-in entropy of each row of n, its distinct cells and those of one."""
    table = torch.tensor(xlog2x(n), device=counts.device)
    values = (
        np.log2(n) - table[counts].sum(dim=1) / n,
        (counts > 0).sum(dim=1, dtype=torch.float64),
        (counts == 1).sum(dim=1, dtype=torch.float64),
    )
    return torch.stack(values).cpu().numpy()
