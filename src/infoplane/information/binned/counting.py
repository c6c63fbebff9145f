"""Group equal rows by their hashes, count them, and turn counts into entropies (bits)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Integer, Shaped, UInt

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import SATURATED
from infoplane.memory import check_permutations

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
    """The distinct rows of one coding, or of k at once: counts for H(T), the rest for labels.

    Groups of a single row need no more than their number.
    """

    n: int
    shape: tuple[int, ...]  # of the codings: () or (k,)
    counts: Int[np.ndarray, " g"]  # rows of each group of several, coding after coding
    shared: Int[np.ndarray, " m"]  # rows that have an equal, coding after coding (flat) …
    shared_group: Int[np.ndarray, " m"]  # … and the number of their group, 0..g-1
    first_group: Int[np.ndarray, " k_plus_1"]  # where the groups of each coding begin …
    first_shared: Int[np.ndarray, " k_plus_1"]  # … and its rows

    @cached_property
    def singletons(self) -> Int[np.ndarray, "*k"] | np.integer:
        """Rows that have no equal."""
        return self.n - np.diff(self.first_shared).reshape(self.shape)

    @cached_property
    def distinct(self) -> Int[np.ndarray, "*k"] | np.integer:
        return self.singletons + np.diff(self.first_group).reshape(self.shape)

    @cached_property
    def entropy(self) -> Float[np.ndarray, "*k"] | np.floating:
        """H(T) = log2 n - (1/n) Σ c log2 c, plug-in, bits."""
        sums = _sums(xlog2x(self.n).take(self.counts), self.first_group)
        return np.log2(self.n) - sums.reshape(self.shape) / self.n

    def joint(self, labels: Labels) -> Joint:
        """Count (row, label) and (row, permuted label) pairs."""
        return joint(self, labels)

    @cached_property
    def saturated(self) -> Bool[np.ndarray, "*k"] | np.bool_:
        return saturated(self.entropy, self.singletons, self.n)


def saturated(
    entropy: Float[np.ndarray, "*k"] | np.floating,
    singletons: Int[np.ndarray, "*k"] | np.integer,
    n: int,
) -> Bool[np.ndarray, "*k"] | np.bool_:
    """More than half of the rows are alone, or H(T) is near log2 n."""
    near = (entropy > SATURATED * np.log2(n)) & (n > 1)
    return (singletons > 0.5 * n) | near


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
    *shape, n = hashes.shape
    codings = np.arange(0, hashes.size + 1, n)
    leaders = np.flatnonzero(several)
    return Groups(
        n,
        tuple(shape),
        counts.take(leaders),
        shared,
        number.take(leader.take(shared)),
        np.searchsorted(leaders, codings),
        np.searchsorted(shared, codings),
    )


def _sums(values: np.ndarray, firsts: Int[np.ndarray, " k_plus_1"]) -> np.ndarray:
    """Return the sum of each of k stretches of values, which may be empty."""
    sums = np.zeros(len(firsts) - 1, dtype=np.result_type(values, np.int64))
    some = np.flatnonzero(np.diff(firsts))
    if len(some):
        sums[some] = np.add.reduceat(values, firsts[some], dtype=sums.dtype)
    return sums


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

    values: Integer[np.ndarray, " n"]  # 0..classes-1
    permuted: Integer[np.ndarray, "p n"]
    entropy: float  # H(Y), plug-in, bits
    distinct: int

    @cached_property
    def classes(self) -> int:
        return int(self.values.max()) + 1

    @cached_property
    def entropy_given(self) -> float:
        """H(X|Y) in bits, where all samples differ."""
        n = len(self.values)
        return float(xlog2x(n)[np.bincount(self.values)].sum() / n)

    @cached_property
    def _moved(self) -> dict[torch.device, torch.Tensor]:
        return {}

    def on(self, device: torch.device) -> Integer[torch.Tensor, "p_plus_1 n"]:
        """Return the labels and below them their permutations on a device, moved there once."""
        if device not in self._moved:
            every = np.concatenate([self.values[None], self.permuted]).astype(np.int64)
            self._moved[device] = torch.from_numpy(every).to(device)
        return self._moved[device]


def make_labels(values: Shaped[np.ndarray, " n"], *, permutations: int, seed: int) -> Labels:
    """Return labels renumbered from 0, with a seeded set of permutations for the null."""
    distinct, renumbered = np.unique(values, return_inverse=True)
    smallest = np.min_scalar_type(len(distinct))
    renumbered = renumbered.astype(smallest)
    random = np.random.default_rng(seeds.number(seed, "null"))
    n = len(values)
    check_permutations(permutations, n, smallest.itemsize)
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
    k, m, p = len(groups.first_shared) - 1, len(groups.shared), 1 + len(labels.permuted)
    sizes = np.diff(groups.first_shared)
    y = np.empty((p, m), dtype=labels.values.dtype)
    y[0] = labels.values.take(groups.shared - np.repeat(np.arange(k) * groups.n, sizes))
    np.concatenate([labels.permuted[:, :size] for size in sizes], axis=1, out=y[1:])
    base = groups.shared_group * labels.classes
    sums, distinct = np.zeros((k, p)), np.zeros((k, p), dtype=np.int64)
    step = max(1, BLOCK // max(m, 1))
    for first in range(0, p if m else 0, step):
        block = slice(first, first + step)
        block_counts = _cell_sums(base + y[block], groups.first_group * labels.classes, groups.n)
        sums[:, block], distinct[:, block] = block_counts
    shape = (*groups.shape, p)
    alone = np.asarray(groups.singletons)[..., None]
    return Joint(
        np.log2(groups.n) - sums.reshape(shape) / groups.n, alone + distinct.reshape(shape)
    )


def _cell_sums(
    keys: Int[np.ndarray, "p m"], firsts: Int[np.ndarray, " k_plus_1"], n: int
) -> tuple[Float[np.ndarray, "k p"], Int[np.ndarray, "k p"]]:
    """Return Σ c log2 c and the number of occupied cells of each coding, for each row of keys.

    The cells of a coding lie from its first to that of the next.
    """
    p, m = keys.shape
    cells = int(firsts[-1])
    if p > 1:
        offsets = np.arange(p)[:, None] * cells
        keys, firsts = keys + offsets, np.append(firsts[:-1] + offsets, p * cells)
    keys = keys.ravel()
    if cells > 16 * m:  # many labels (a binned y): the table would be mostly empty
        occupied, counts = np.unique(keys, return_counts=True)
        firsts = np.searchsorted(occupied, firsts)
    else:
        counts = np.bincount(keys, minlength=p * cells)
    sums = _sums(xlog2x(n).take(counts), firsts)
    return sums.reshape(p, -1).T, _sums(counts > 0, firsts).reshape(p, -1).T
