"""Mesner–Shalizi: mutual information by nearest neighbours where values may tie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import digamma
from torch import Tensor

from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import BOTH, Estimator
from infoplane.information.core.flags import of_neighbours
from infoplane.information.core.pca import reduced
from infoplane.information.core.samples import check_lengths
from infoplane.information.neighbours import ross
from infoplane.information.neighbours.search import (
    TREE_DIMENSIONS,
    as_points,
    check_k,
    count_within,
    distance_blocks,
    kth_distances,
    unit_scale,
)


@dataclass(frozen=True)
class MesnerShalizi(Estimator):
    """Nearest neighbours where values may tie, as those of ReLU units.

    Attributes:
        k: neighbours.
        components: principal components of T to which a wide layer is reduced, which can only lose
            information; None leaves it as it is.
    """

    k: int = 5
    components: int | None = None

    name: ClassVar = "mesner-shalizi"
    takes: ClassVar = BOTH
    cost: ClassVar = "n log n up to 10 dimensions, else n² d"
    source: ClassVar = "Mesner & Shalizi 2021"
    resolutions: ClassVar = ("k",)
    permutations: ClassVar = 5

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return mesner_shalizi_mutual_information(t, y, **self.parameters)

    def raised(self, bits: float, t: Tensor, y: Tensor) -> Mapping[str, bool]:
        return of_neighbours(self.estimate, bits, t, y, k=self.k, components=self.components)


def mesner_shalizi_mutual_information(
    t: Float[Tensor, "n ..."],
    y: Int[Tensor, " n"] | Float[Tensor, "n ..."],
    *,
    k: int = MesnerShalizi.k,
    components: int | None = MesnerShalizi.components,
) -> Estimate:
    """Estimate I(T;Y) of continuous, discrete or mixed T and Y, such as ReLU units, in bits.

    ψ(n) + ⟨ψ(k_i) - ψ(n_t) - ψ(n_y)⟩: of the distance to the k-th neighbour (max norm), k_i, n_t
    and n_y count the samples at most as far in T and Y together, in T and in Y, ties with them. T
    and values of Y are brought to one scale first.

    Args:
        t: samples [n, d], or [n].
        y: labels [n] as integers, or values [n, c], or [n], as floats.
        k, components: see ``MesnerShalizi``.

    Returns:
        An ``Estimate``, negative ones kept (the paper sets them to zero). The ceiling is
        ψ(n) - ψ(k), or ψ(n) - ⟨ψ(n_y - 1)⟩, about H(Y), for labels; atoms may pass the first.

    Labels of different classes are infinitely far apart, instead of 1 as in the paper, so that the
    scale of T does not matter.

    Raises:
        InfoplaneError: for a class of fewer than k + 1 samples, lengths that differ, no more than
            k samples, less than one component.
        NonFiniteError: where a value is not finite.

    Cost: O(n log n) up to ten dimensions in all (as many neighbours tie, more), else O(n² d);
    memory for a few blocks of 2¹⁹ distances.

    Source: Mesner & Shalizi 2021 (arXiv:1912.03387), without Z; Gao et al. 2017.
    """
    points = as_points(t, "t")
    check_lengths(points, y)
    check_k(k, len(points))
    points, reduction = reduced(points, components)
    points = unit_scale(points)
    if y.is_floating_point():
        k_i, n_t, n_y = _counts(points, unit_scale(as_points(y, "y")), k)
        ceiling = digamma(len(points)) - digamma(k)
    else:
        k_i, n_t, sizes = ross.class_counts(points, y, k, "max")
        n_y = np.repeat(sizes - 1, sizes)
        ceiling = digamma(len(points)) - digamma(n_y).mean()
    nats = digamma(len(points)) + np.mean(digamma(k_i) - digamma(n_t) - digamma(n_y))
    return Estimate(
        bits=float(nats) / math.log(2),
        ceiling=float(ceiling) / math.log(2),
        n=len(points),
        resolution=f"k = {k}{reduction}",
        estimator="Mesner–Shalizi",
    )


def _counts(t: Tensor, y: Tensor, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return k_i, n_t and n_y of continuous or mixed Y."""
    joint = torch.cat([t, y], dim=1)
    if joint.shape[1] <= TREE_DIMENSIONS:
        radii = kth_distances(joint, k)
        k_i, n_t, n_y = (count_within(points, radii) for points in (joint, t, y))
        return k_i, n_t, n_y
    counts = []
    for (_, to_t), (_, to_y) in zip(distance_blocks(t), distance_blocks(y), strict=True):
        together = torch.maximum(to_t, to_y)
        radius = together.topk(k, dim=1, largest=False).values[:, -1:]
        counts.append(torch.stack([(d <= radius).sum(dim=1) for d in (together, to_t, to_y)]))
    k_i, n_t, n_y = torch.cat(counts, dim=1).cpu().numpy()
    return k_i, n_t, n_y
