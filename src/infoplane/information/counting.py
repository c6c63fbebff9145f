"""Group equal rows by their hashes, count them, and turn counts into entropies (bits)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int, UInt

from infoplane import seeds
from infoplane.errors import InfoplaneError

GOLDEN = 0x9E3779B97F4A7C15
CODING = 0xD1342543DE82EF95  # any odd number: multiplies the number of a coding
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
    """The distinct rows of one coding, or of k at once: counts for H(T), the rest for labels."""

    n: int
    counts: Int[np.ndarray, "*k n"]  # of a group where its first row stands, elsewhere 0
    shared: Int[np.ndarray, " m"]  # rows that have an equal, coding after coding (flat) …
    shared_group: Int[np.ndarray, " m"]  # … and the number of their group, coding after coding

    @cached_property
    def distinct(self) -> Int[np.ndarray, "*k"]:
        return np.count_nonzero(self.counts, axis=-1)

    @cached_property
    def singletons(self) -> Int[np.ndarray, "*k"]:
        """Rows that have no equal."""
        return np.count_nonzero(self.counts == 1, axis=-1)

    @cached_property
    def entropy(self) -> Float[np.ndarray, "*k"]:
        """H(T) = log2 n - (1/n) Σ c log2 c, plug-in, bits."""
        return np.log2(self.n) - xlog2x(self.n).take(self.counts).sum(axis=-1) / self.n

    @cached_property
    def saturated(self) -> Bool[np.ndarray, "*k"]:
        """More than half of the rows are alone, or H(T) is within 5 % of log2 n."""
        near = (self.entropy > 0.95 * np.log2(self.n)) & (self.n > 1)
        return (self.singletons > 0.5 * self.n) | near


def group_rows(hashes: Int[np.ndarray, "*k n"]) -> Groups:
    """Group equal hashes of each coding by their buckets in one table, without sorting.

    Each row is written into the bucket of its hash, and the last one written stands for the bucket.
    Rows that equal it are grouped; the few others, of another hash in the same bucket, go into
    another table.
    """
    if hashes.size == 0:
        raise InfoplaneError("there are no samples to measure; give at least one row.")
    leader = _leaders(_told_apart(hashes))
    counts = np.bincount(leader, minlength=hashes.size)
    several = counts > 1
    shared = np.flatnonzero(several.take(leader))
    number = np.cumsum(several) - 1
    counts = counts.reshape(hashes.shape)
    return Groups(hashes.shape[-1], counts, shared, number.take(leader.take(shared)))


def _told_apart(hashes: Int[np.ndarray, "*k n"]) -> UInt[np.ndarray, " kn"]:
    """Hash the number of the coding as one more column, so that rows of two are never equal."""
    keys = np.ascontiguousarray(hashes).view(np.uint64)
    if keys.ndim > 1:
        keys = keys + np.arange(len(keys), dtype=np.uint64)[:, None] * np.uint64(CODING)
    return keys.ravel()


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
    n = len(values)
    permuted = np.empty((permutations, n), dtype=smallest)
    for row in permuted:
        row[:] = random.permutation(renumbered)
    counts = np.bincount(renumbered)
    entropy = float(np.log2(n) - xlog2x(n)[counts].sum() / n)
    return Labels(renumbered, permuted, entropy, len(distinct))


@dataclass(frozen=True)
class Joint:
    """The joint counts of codings with labels, reduced to what entropies need.

    First those with the labels themselves, then with each of their permutations.
    """

    entropy: Float[np.ndarray, "*k p_plus_1"]  # H(T, Y), plug-in, bits
    distinct: Int[np.ndarray, "*k p_plus_1"]


def joint(groups: Groups, labels: Labels) -> Joint:
    """Count (row, label) and (row, permuted label) pairs.

    A row that is alone is alone with any label, so only shared rows are counted. Permutations are
    uniform, so the first m permuted labels stand for those of any m rows.
    """
    shape = (*groups.counts.shape[:-1], 1 + len(labels.permuted))
    sums = np.zeros((groups.counts.size // groups.n, shape[-1]))
    distinct = np.repeat(np.ravel(groups.singletons)[:, None], shape[-1], axis=1)
    if len(groups.shared):
        _add_shared(groups, labels, sums, distinct)
    return Joint(np.log2(groups.n) - sums.reshape(shape) / groups.n, distinct.reshape(shape))


def _add_shared(groups: Groups, labels: Labels, sums: np.ndarray, distinct: np.ndarray) -> None:
    """Add Σ c log2 c and the occupied cells of rows that are not alone."""
    m = len(groups.shared)
    coding, place = np.divmod(groups.shared, groups.n)
    with_shared, starts, sizes = np.unique(coding, return_index=True, return_counts=True)
    y = np.empty((sums.shape[1], m), dtype=labels.values.dtype)
    y[0] = labels.values.take(place)
    np.concatenate([labels.permuted[:, :size] for size in sizes], axis=1, out=y[1:])
    base = groups.shared_group * labels.classes
    cells = int(base.max()) + labels.classes
    first_cells = np.minimum.reduceat(base, starts)
    step = max(1, BLOCK // m)
    for first in range(0, len(y), step):
        block = slice(first, first + step)
        keys = base + y[block]
        found, occupied = _cell_sums(keys, cells, first_cells, groups.n)
        sums[with_shared, block] = found.T
        distinct[with_shared, block] += occupied.T


def _cell_sums(
    keys: Int[np.ndarray, "p m"], cells: int, first_cells: Int[np.ndarray, " k"], n: int
) -> tuple[Float[np.ndarray, "p k"], Int[np.ndarray, "p k"]]:
    """Return Σ c log2 c and the number of occupied cells of each coding, for each row of keys."""
    p, m = keys.shape
    starts = first_cells
    if p > 1:
        offsets = np.arange(p)[:, None] * cells
        keys, starts = keys + offsets, (first_cells + offsets).ravel()
    keys = keys.ravel()
    if cells > 16 * m:  # many labels (a binned y): the table would be mostly empty
        occupied, counts = np.unique(keys, return_counts=True)
        starts = np.searchsorted(occupied, starts)
    else:
        counts = np.bincount(keys, minlength=p * cells)
    sums = np.add.reduceat(xlog2x(n).take(counts), starts)
    distinct = np.add.reduceat(counts > 0, starts, dtype=np.int64)
    return sums.reshape(p, -1), distinct.reshape(p, -1)
