"""I(T;Y) by soft entropy of samples that come in batches: many layers, many labels, each null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import ndtr
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.samples import finite_rows
from infoplane.information.projected.soft_entropy import (
    BLOCK,
    SoftEntropy,
    directions_of,
    entropy_bits,
    shares_of,
    temperature_of,
)
from infoplane.information.projected.soft_null import NullEntropies, row_entropies

KEPT = 1 << 15  # rows of each layer that its null is drawn from


class SoftInformation(NamedTuple):
    """What a layer tells of one set of labels, all in bits, each with its null.

    ``whole`` = ``shared`` + what labels that occur once seem to tell. The latter is the same for
    any labels that occur once, whatever the layer knows: of it nothing is above the null.
    """

    whole: Estimate
    shared: Estimate  # Σ p(y) (H(T) - H(T|y)) over the labels that occur at least twice
    once: float  # share of the samples whose label occurs once


class StreamedSoftEntropy:
    """Soft entropy and I(T;Y) of layers whose samples come in batches, in order.

    Args:
        labels: sets of labels by name, whole numbers [n] of all samples that will come: they are
            known before the network is run, as tokens are.
        units: of each layer by name.
        references: number m of random directions.
        temperature: ε; without it that of ``sphere_temperature``.
        directions: by layer [m, d], instead of random ones; they are brought to length 1.
        seed: of the directions, and of the rows the null is drawn from.
        device: where the activations come from, and sums are kept.

    Raises:
        InfoplaneError: without labels or layers, for sets of different lengths, and as
            ``soft_information``.

    The null is what shuffled labels give on average at the same label counts. It needs no
    shuffling: the class of a shuffled label that occurs c times is a random sample of c rows, so
    one curve of mean entropy against c answers for all sets of labels. ``null_std`` takes classes
    for independent, but for the mean entropy of single rows, which all shuffles share; ``p_value``
    is of a normal distribution.

    Memory: 4 m bytes for each layer, set and label that occurs at least twice, and 32,768 rows
    a layer; nothing for labels that occur once, or for units. Time: O(n m (d + sets)) a layer.

    Source: Conklin 2025 (arXiv:2505.23960), Conklin et al. 2026 (arXiv:2604.07569), which has no
    null.

    Example:
        >>> import torch
        >>> t, y = torch.randn(600, 16, generator=torch.manual_seed(0)), torch.arange(600) % 3
        >>> streamed = StreamedSoftEntropy({"y": y}, {"layer": 16})
        >>> for batch in t.split(200):
        ...     streamed.update({"layer": batch})
        >>> streamed.results()["layer", "y"].whole.inside_null
        True
    """

    def __init__(
        self,
        labels: Mapping[str, Int[Tensor, " n"] | Int[np.ndarray, " n"]],
        units: Mapping[str, int],
        *,
        references: int = SoftEntropy.references,
        temperature: float | None = SoftEntropy.temperature,
        directions: Mapping[str, Float[Tensor, "m d"]] | None = None,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        if not labels or not units:
            raise InfoplaneError("there are no labels or no layers; give one of each at least.")
        self._sets = {name: _LabelSet(name, values, device) for name, values in labels.items()}
        lengths = {name: each.n for name, each in self._sets.items()}
        if len(set(lengths.values())) > 1:
            raise InfoplaneError(f"sets of labels are of {lengths} samples; give as many of each.")
        self.n, self.seen = next(iter(lengths.values())), 0
        draw = seeds.generator(seed, "soft entropy null", self.n)
        kept = torch.randperm(self.n, generator=draw)[:KEPT].sort().values.to(device)
        self._layers = {
            name: _Layer(
                d,
                temperature_of(temperature, references, d),
                directions_of(references, d, seed) if directions is None else directions[name],
                self._sets,
                kept,
            )
            for name, d in units.items()
        }

    def update(self, activations: Mapping[str, Float[Tensor, "b d"]]) -> None:
        """Take the next b samples of every layer.

        Raises:
            InfoplaneError: where a layer is missing or of another width, layers have different
                numbers of samples, or more come than there are labels.
            NonFiniteError: where an activation is not finite.
        """
        if activations.keys() != self._layers.keys():
            raise InfoplaneError(
                f"activations of {', '.join(activations)} came; give those of "
                f"{', '.join(self._layers)}."
            )
        numbers = {len(rows) for rows in activations.values()}
        end = self.seen + max(numbers)
        if len(numbers) > 1 or end > self.n:
            raise InfoplaneError(
                f"{sorted(numbers)} samples came after {self.seen} of {self.n}; give as many of "
                "each layer, and a label for each."
            )
        for name, rows in activations.items():
            self._layers[name].update(finite_rows(rows, name), self.seen, self._sets)
        self.seen = end

    def results(self) -> dict[tuple[str, str], SoftInformation]:
        """Return what each layer tells of each set of labels, by their names.

        Raises:
            InfoplaneError: before all samples have come.
        """
        if self.seen != self.n:
            raise InfoplaneError(
                f"{self.seen} of {self.n} samples have come; give all that have labels."
            )
        return {
            (layer, name): told
            for layer, sums in self._layers.items()
            for name, told in sums.results(self._sets).items()
        }

    def entropies(self) -> dict[str, float]:
        """Return the soft entropy of each layer over the samples so far, in bits."""
        return {name: sums.entropy(self.seen) for name, sums in self._layers.items()}


class _LabelSet:
    """Labels by number: those that occur once are -1, the others count from 0."""

    def __init__(self, name: str, values: Tensor | np.ndarray, device: torch.device | str) -> None:
        labels = torch.as_tensor(values)
        if labels.ndim != 1 or len(labels) == 0 or labels.is_floating_point():
            raise InfoplaneError(
                f"labels {name!r} have shape {list(labels.shape)} and type {labels.dtype}; give "
                "whole numbers [n]."
            )
        _, classes, counts = labels.cpu().unique(return_inverse=True, return_counts=True)
        repeated = counts > 1
        places = torch.where(repeated, repeated.cumsum(0) - 1, -1)
        self.n = len(labels)
        self.places = places[classes].to(device)
        self.counts = counts[repeated].to(device)
        self.once = int((~repeated).sum())
        self.largest = int(counts.max())
        p = counts.double() / self.n
        self.entropy = entropy_bits(p)


class _Layer:
    """The sums of one layer: over all samples, over each label, and over those that occur once."""

    def __init__(
        self,
        d: int,
        epsilon: float,
        directions: Float[Tensor, "m d"],
        sets: Mapping[str, _LabelSet],
        kept: Int[Tensor, " k"],
    ) -> None:
        self.d, self.epsilon, self.kept = d, epsilon, kept
        self.directions = torch.nn.functional.normalize(directions, dim=1).float().to(kept.device)
        m = len(directions)
        self.total = torch.zeros(m, dtype=torch.float64, device=kept.device)
        self.row_entropy = 0.0  # summed over all samples, in bits
        self.once_entropy = dict.fromkeys(sets, 0.0)  # and over those whose label occurs once
        self.sums = {
            name: torch.zeros(len(labels.counts), m, device=kept.device)
            for name, labels in sets.items()
        }
        self.rows = torch.empty(len(kept), m, device=kept.device)

    def update(self, rows: Float[Tensor, "b d"], first: int, sets: Mapping[str, _LabelSet]) -> None:
        if rows.shape[1] != self.d:
            raise InfoplaneError(
                f"a layer of {self.d} units came with {rows.shape[1]}; give the same layer."
            )
        step = max(1, BLOCK // max(self.d, len(self.directions)))
        for start in range(0, len(rows), step):
            block = rows[start : start + step].to(self.directions.device).float()
            self._add(shares_of(block, self.directions, self.epsilon), first + start, sets)

    def _add(self, shares: Float[Tensor, "b m"], first: int, sets: Mapping[str, _LabelSet]) -> None:
        end = first + len(shares)
        self.total += shares.sum(dim=0, dtype=torch.float64)
        entropies = row_entropies(shares)
        self.row_entropy += float(entropies.sum())
        for name, labels in sets.items():
            places = labels.places[first:end]
            repeated = places >= 0
            self.sums[name].index_add_(0, places[repeated], shares[repeated])
            self.once_entropy[name] += float(entropies[~repeated].sum())
        low, high = torch.searchsorted(self.kept, torch.tensor([first, end], device=shares.device))
        self.rows[low:high] = shares[self.kept[low:high] - first]

    def entropy(self, seen: int) -> float:
        return entropy_bits(self.total / max(seen, 1))

    def results(self, sets: Mapping[str, _LabelSet]) -> dict[str, SoftInformation]:
        n = next(iter(sets.values())).n
        largest = max(labels.largest for labels in sets.values())
        null = NullEntropies(self.rows, self.entropy(n), self.row_entropy / n, n, largest)
        return {name: self._information(name, labels, null) for name, labels in sets.items()}

    def _information(self, name: str, labels: _LabelSet, null: NullEntropies) -> SoftInformation:
        n, h = labels.n, self.entropy(labels.n)
        weights = labels.counts.double() / n
        means = self.sums[name] / labels.counts[:, None]
        shared = float((weights * (h - row_entropies(means))).sum())
        by_once = (labels.once * h - self.once_entropy[name]) / n
        ceiling = min(labels.entropy, math.log2(len(self.directions)))
        whole = null.information(labels.counts, labels.once)
        return SoftInformation(
            self._estimate(shared + by_once, *whole, n, ceiling),
            self._estimate(shared, *null.information(labels.counts, 0), n, ceiling),
            labels.once / n,
        )

    def _estimate(
        self, bits: float, chance: float, variance: float, n: int, ceiling: float
    ) -> Estimate:
        std = math.sqrt(variance)
        return Estimate(
            bits=bits,
            ceiling=ceiling,
            n=n,
            resolution=f"m = {len(self.directions)} directions, ε = {self.epsilon:.4g}",
            estimator="soft entropy",
            null_mean=chance,
            null_std=std,
            p_value=float(ndtr(-(bits - chance) / max(std, 1e-12))),
        )
