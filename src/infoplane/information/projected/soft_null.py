"""The null of soft entropy without shuffling: how even the shares of c random rows are."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.doublings import is_kept

SHUFFLES = 4  # of the rows: in each, blocks beside each other are samples of a class


class ClassEntropy(NamedTuple):
    """The soft entropy of c random rows, in bits."""

    mean: float
    variance: float  # of what does not go with the mean entropy of the rows
    slope: float  # of what does


class NullEntropies:
    """The soft entropy of c random rows, for every c that is asked for: mean, and how it varies.

    Shuffling gives every row to some class, so the mean entropy of single rows is the same in every
    shuffle. What of a class's entropy goes with that of its rows, by a slope of its own for each c,
    is taken from the variance, and by it the mean is corrected for the rows that were drawn.
    """

    def __init__(
        self, rows: Float[Tensor, "k m"], h: float, of_one: float, n: int, largest: int
    ) -> None:
        self.h, self.n, self.of_one = h, n, of_one
        self.row_entropies = row_entropies(rows)
        most = max(1, len(rows) // 2)
        self.drawn = self._drawn(rows, _grid(min(largest, most)))

    def _drawn(self, rows: Tensor, counts: list[int]) -> dict[int, ClassEntropy]:
        draw = seeds.generator(0, "soft entropy null blocks", len(rows))
        blocks: dict[int, list[Tensor]] = {count: [] for count in counts}
        beside = torch.cat([rows.double(), self.row_entropies[:, None]], dim=1)
        for _ in range(SHUFFLES):
            order = torch.randperm(len(rows), generator=draw).to(rows.device)
            sums = torch.nn.functional.pad(beside[order].cumsum(0), (0, 0, 1, 0))
            for count in counts:
                means = (sums[count::count] - sums[:-count:count]) / count
                pairs = torch.stack([row_entropies(means[:, :-1]), means[:, -1]])
                blocks[count].append(pairs)
        return {count: self._fitted(torch.cat(pairs, dim=1)) for count, pairs in blocks.items()}

    def _fitted(self, pairs: Float[Tensor, "2 b"]) -> ClassEntropy:
        of_blocks, of_rows = pairs
        (variance, shared), (_, of_mean) = torch.cov(pairs, correction=0).tolist()
        slope = shared / of_mean if of_mean > 0 else 0.0
        mean = float(of_blocks.mean()) + slope * (self.of_one - float(of_rows.mean()))
        return ClassEntropy(mean, max(0.0, variance - slope * shared), slope)

    def of(self, count: int) -> ClassEntropy:
        """Return that of so many rows: drawn, or between two counts that were, or beyond them.

        Beyond, bias and deviation fall as 1/c - 1/n.
        """
        counts = list(self.drawn)
        if count > counts[-1]:
            mean, variance, slope = self.drawn[counts[-1]]
            ratio = (1 / count - 1 / self.n) / (1 / counts[-1] - 1 / self.n)
            return ClassEntropy(self.h - (self.h - mean) * ratio, variance * ratio**2, slope)
        place = bisect_left(counts, count)
        high = self.drawn[counts[place]]
        if counts[place] == count:
            return high
        low = self.drawn[counts[place - 1]]
        part = (1 / counts[place - 1] - 1 / count) / (1 / counts[place - 1] - 1 / counts[place])
        return ClassEntropy(*(a + part * (b - a) for a, b in zip(low, high, strict=True)))

    def information(self, counts: Int[Tensor, " c"], once: int) -> tuple[float, float]:
        """Return mean and variance of what classes of these counts seem to tell, in bits.

        ``once`` classes are of one sample each.
        """
        unique, times = (each.tolist() for each in counts.unique(return_counts=True))
        of = [self.of(count) for count in unique] + [ClassEntropy(self.of_one, 0.0, 1.0)]
        sizes, numbers = np.array([*unique, 1]) / self.n, np.array([*times, once])
        means, variances, slopes = np.array(of).T
        weights = sizes * numbers
        of_rows = float(self.row_entropies.var(correction=0)) / self.n
        variance = (numbers * sizes**2 * variances).sum()
        # Classes are drawn without replacement: what goes with the rows cancels, but for slopes.
        variance += of_rows * ((weights * slopes**2).sum() - (weights * slopes).sum() ** 2)
        return float((weights * (self.h - means)).sum()), float(variance)


def _grid(most: int) -> list[int]:
    """Return counts from 2 up to the most: all to 16, then eight in each doubling."""
    return [count for count in range(2, most) if is_kept(count)] + [most]


def row_entropies(rows: Float[Tensor, "k m"]) -> Float[Tensor, " k"]:
    """Return -Σ p log2 p of each row, in bits."""
    return torch.special.entr(rows).sum(dim=1, dtype=torch.float64) / math.log(2)
