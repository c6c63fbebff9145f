"""Group equal rows by their hashes, count them, and turn counts into entropies (bits)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Float, Int, UInt

from infoplane import seeds
from infoplane.errors import InfoplaneError

GOLDEN = 0x9E3779B97F4A7C15
BUCKET_BITS = 2  # four buckets a row
BLOCK = 1 << 16  # joint cells of this many rows are counted at once: they fit a core's cache


@lru_cache(maxsize=8)
def xlog2x(n: int) -> Float[np.ndarray, " n_plus_1"]:
    """Return the table c log2 c for c = 0..n."""
    c = np.arange(n + 1, dtype=np.float64)
    c[2:] *= np.log2(c[2:])
    c[:2] = 0.0
    c.setflags(write=False)
    return c


@dataclass(frozen=True)
class Groups:
    """The distinct rows of one coding: H(T) needs their counts, labels need their order."""

    n: int
    counts: Int[np.ndarray, " k"]
    shared: Int[np.ndarray, " m"]  # rows that have an equal …
    shared_group: Int[np.ndarray, " m"]  # … and the number of their group, 0..groups_shared-1

    @property
    def distinct(self) -> int:
        return len(self.counts)

    @property
    def singletons(self) -> int:
        """Rows that have no equal."""
        return self.n - len(self.shared)

    @cached_property
    def entropy(self) -> float:
        """H(T) = log2 n - (1/n) Σ c log2 c, plug-in, bits."""
        return float(np.log2(self.n) - xlog2x(self.n)[self.counts].sum() / self.n)

    @property
    def saturated(self) -> bool:
        """More than half of the rows are alone, or H(T) is within 5 % of log2 n."""
        return self.singletons > 0.5 * self.n or self.entropy > 0.95 * np.log2(self.n) > 0


def group_rows(hashes: Int[np.ndarray, " n"]) -> Groups:
    """Group equal hashes by their buckets in a table, without sorting.

    Each row is written into the bucket of its hash, and the last one written stands for the bucket.
    Rows that equal it are grouped; the few others, of another hash in the same bucket, go into
    another table.
    """
    n = len(hashes)
    if n == 0:
        raise InfoplaneError("there are no samples to measure; give at least one row.")
    leader = _leaders(hashes.view(np.uint64))
    counts = np.bincount(leader, minlength=n)
    several = counts > 1
    shared = np.flatnonzero(several.take(leader))
    number = np.cumsum(several) - 1
    return Groups(n, counts[counts > 0], shared, number.take(leader.take(shared)))


def _leaders(keys: UInt[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Return, for each row, one row that is the same for all equal keys."""
    n = len(keys)
    size = max(int(np.ceil(np.log2(n))) + BUCKET_BITS, 8)
    table = np.empty(1 << size, dtype=np.int32 if n < 2**31 else np.int64)
    leader = np.arange(n, dtype=table.dtype)
    waiting, mine = leader.copy(), keys
    for multiplier in _multipliers():
        bucket = ((mine * multiplier) >> np.uint64(64 - size)).view(np.int64)
        table[bucket] = waiting
        first = table.take(bucket)
        leader[waiting] = first
        waiting = waiting[keys.take(first) != mine]
        if len(waiting) == 0:
            break
        mine = keys.take(waiting)
    return leader


def _multipliers() -> Iterator[np.uint64]:
    """Yield odd multipliers without end, the first of them 2^64 over the golden ratio."""
    value = GOLDEN
    while True:
        yield np.uint64(value | 1)
        value = (value * 6364136223846793005 + 1442695040888963407) % 2**64


@dataclass(frozen=True)
class Labels:
    """Discrete labels, with the permutations of them that make the null."""

    values: Int[np.ndarray, " n"]  # 0..classes-1
    permuted: Int[np.ndarray, "p n"]
    entropy: float  # H(Y), plug-in, bits
    distinct: int

    @property
    def classes(self) -> int:
        return int(self.values.max()) + 1


def make_labels(values: Int[np.ndarray, " n"], *, permutations: int, seed: int) -> Labels:
    """Return labels renumbered from 0, with a seeded set of permutations for the null."""
    distinct, renumbered = np.unique(values, return_inverse=True)
    smallest = np.min_scalar_type(len(distinct))
    renumbered = renumbered.astype(smallest)
    random = np.random.default_rng(seeds.number(seed, "null"))
    permuted = np.stack([random.permutation(renumbered) for _ in range(permutations)] or [[]])
    n = len(values)
    counts = np.bincount(renumbered)
    entropy = float(np.log2(n) - xlog2x(n)[counts].sum() / n)
    return Labels(renumbered, permuted[:permutations], entropy, len(distinct))


@dataclass(frozen=True)
class Joint:
    """The joint counts of a coding with labels, reduced to what entropies need."""

    entropy: Float[np.ndarray, " p"]  # H(T, Y), plug-in, bits
    distinct: Int[np.ndarray, " p"]


def joint(groups: Groups, labels: Labels) -> Joint:
    """Count (row, label) pairs."""
    return _joint(groups, labels.values[groups.shared][None], labels.classes)


def joint_null(groups: Groups, labels: Labels) -> Joint:
    """Count (row, permuted label) pairs, one result a permutation.

    A row that is alone is alone with any label, so only shared rows are counted. Permutations are
    uniform, so the first m permuted labels stand for those of any m rows.
    """
    return _joint(groups, labels.permuted[:, : len(groups.shared)], labels.classes)


def _joint(groups: Groups, y: Int[np.ndarray, "p m"], classes: int) -> Joint:
    repeats, m = y.shape
    base = groups.shared_group * classes
    cells = (int(groups.shared_group[-1]) + 1) * classes if m else 0
    sums, distinct = np.zeros(repeats), np.full(repeats, groups.singletons)
    step = max(1, BLOCK // max(m, 1))
    for first in range(0, repeats if m else 0, step):
        block = slice(first, min(first + step, repeats))
        sums[block], occupied = _cell_sums(base + y[block], cells, groups.n)
        distinct[block] += occupied
    return Joint(np.log2(groups.n) - sums / groups.n, distinct)


def _cell_sums(
    keys: Int[np.ndarray, "p m"], cells: int, n: int
) -> tuple[Float[np.ndarray, " p"], Int[np.ndarray, " p"]]:
    """Return Σ c log2 c and the number of occupied cells, for each row of keys in 0..cells-1."""
    p, m = keys.shape
    if cells > 16 * m:  # many labels (a binned y): the table would be mostly empty
        counted = [np.unique(row, return_counts=True)[1] for row in keys]
        return np.array([xlog2x(n)[c].sum() for c in counted]), np.array([len(c) for c in counted])
    keys = keys + np.arange(p)[:, None] * cells
    table = np.bincount(keys.ravel(), minlength=p * cells).reshape(p, cells)
    return np.take(xlog2x(n), table).sum(axis=1), np.count_nonzero(table, axis=1)
