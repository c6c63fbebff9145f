"""Information of a coded layer: H(T), I(X;T), I(T;Y), I(X;T|Y), each with its null and ceiling."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from infoplane.information.counting import (
    Groups,
    Joint,
    Labels,
    group_rows,
    joint,
    joint_null,
)
from infoplane.information.estimate import Estimate

PLUG_IN = "bins"
MILLER_MADOW = "bins, Miller–Madow"


class Measured(NamedTuple):
    """One quantity of a layer by its name, e.g. ``("I(T;Y)", Estimate(...))``."""

    quantity: str
    estimate: Estimate


def binned_information(
    hashes: Int[np.ndarray, " n"],
    labels: Mapping[str, Labels],
    *,
    resolution: str,
    conditional: str = "Y",
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
    groups = group_rows(hashes)
    values = _Values(groups, resolution)
    for estimator in (PLUG_IN, MILLER_MADOW):
        entropy = values.entropy(estimator)
        yield Measured("H(T)", entropy)
        yield Measured("I(X;T)", entropy)
    for name, label in labels.items():
        observed, null = joint(groups, label), joint_null(groups, label)
        for estimator in (PLUG_IN, MILLER_MADOW):
            yield Measured(f"I(T;{name})", values.label(estimator, label, observed, null))
            if name == conditional:
                given = values.given_label(estimator, label, observed, null)
                yield Measured(f"I(X;T|{name})", given)


class _Values:
    """The entropies of one coding, with and without correction, as estimates."""

    def __init__(self, groups: Groups, resolution: str) -> None:
        self.groups = groups
        self.resolution = resolution

    def entropy(self, estimator: str) -> Estimate:
        n, cell = self.groups.n, self._cell(estimator)
        bits = self.groups.entropy + cell * (self.groups.distinct - 1)
        return self._estimate(estimator, bits, math.log2(n) + cell * (n - 1))

    def label(self, estimator: str, label: Labels, observed: Joint, null: Joint) -> Estimate:
        bits, nulls = (self._label_bits(estimator, label, j) for j in (observed, null))
        ceiling = label.entropy + self._cell(estimator) * (label.distinct - 1)
        return self._estimate(estimator, bits[0], ceiling, nulls)

    def given_label(self, estimator: str, label: Labels, observed: Joint, null: Joint) -> Estimate:
        whole = self.entropy(estimator).bits
        bits, nulls = (whole - self._label_bits(estimator, label, j) for j in (observed, null))
        counts = np.bincount(label.values)
        ceiling = float((counts * np.log2(np.maximum(counts, 1))).sum() / self.groups.n)
        ceiling += self._cell(estimator) * (self.groups.n - label.distinct)
        return self._estimate(estimator, bits[0], ceiling, nulls)

    def _label_bits(self, estimator: str, label: Labels, pairs: Joint) -> np.ndarray:
        """I(T;Y) = H(T) + H(Y) - H(T,Y), for each joint."""
        bits = self.groups.entropy + label.entropy - pairs.entropy
        cells = self.groups.distinct + label.distinct - pairs.distinct - 1
        return bits + self._cell(estimator) * cells

    def _cell(self, estimator: str) -> float:
        """The correction for each occupied cell, in bits: none, or Miller–Madow's 1/2n nats."""
        return 1 / (2 * self.groups.n * math.log(2)) if estimator == MILLER_MADOW else 0.0

    def _estimate(
        self, estimator: str, bits: float, ceiling: float, nulls: np.ndarray | None = None
    ) -> Estimate:
        nulls = None if nulls is None or len(nulls) < 2 else nulls
        return Estimate(
            bits=float(bits),
            ceiling=ceiling,
            n=self.groups.n,
            resolution=self.resolution,
            estimator=estimator,
            saturated=bool(self.groups.saturated),
            null_mean=float(nulls.mean()) if nulls is not None else math.nan,
            null_std=float(nulls.std(ddof=1)) if nulls is not None else math.nan,
        )
