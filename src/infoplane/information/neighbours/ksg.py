"""KSG: mutual information of two continuous variables by nearest neighbours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import digamma
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import SATURATED, Estimate
from infoplane.information.core.estimator import VALUES, Estimator
from infoplane.information.core.flags import of_neighbours
from infoplane.information.core.pca import reduced
from infoplane.information.core.samples import check_lengths
from infoplane.information.neighbours.search import (
    TREE_DIMENSIONS,
    Norm,
    as_points,
    check_k,
    count_within,
    distance_blocks,
    kth_distances,
    nearest,
    unit_scale,
)


@dataclass(frozen=True)
class KSG(Estimator):
    """Nearest neighbours of two continuous variables.

    Attributes:
        k: neighbours.
        version: 1 or 2 of the paper.
        norm: distance within T and within Y; between the two it is always the larger.
        components: principal components of T to which a wide layer is reduced, which can only lose
            information; None leaves it as it is.
    """

    k: int = 3
    version: Literal[1, 2] = 1
    norm: Norm = "max"
    components: int | None = None

    name: ClassVar = "ksg"
    takes: ClassVar = VALUES
    cost: ClassVar = "n log n up to 10 dimensions, else n² d"
    source: ClassVar = "Kraskov, Stögbauer & Grassberger 2004"
    resolutions: ClassVar = ("k",)
    atoms: ClassVar = False
    widest: ClassVar = 32

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return ksg_mutual_information(t, y, **self.parameters)

    def raised(self, bits: float, t: Tensor, y: Tensor) -> Mapping[str, bool]:
        return of_neighbours(self.estimate, bits, t, y, k=self.k, components=self.components)


def ksg_mutual_information(
    t: Float[Tensor, "n ..."],
    y: Float[Tensor, "n ..."],
    *,
    k: int = KSG.k,
    version: Literal[1, 2] = KSG.version,
    norm: Norm = KSG.norm,
    components: int | None = KSG.components,
) -> Estimate:
    """Estimate I(T;Y) of continuous T and Y, in bits.

    1: ψ(k) + ψ(n) - ⟨ψ(n_t + 1) + ψ(n_y + 1)⟩, with n_t, n_y the samples strictly nearer in each
    marginal than the k-th neighbour, max norm over T and Y together;
    2: ψ(k) - 1/k + ψ(n) - ⟨ψ(n_t) + ψ(n_y)⟩, with those at most as far in each marginal as the
    farthest of the k neighbours is there. T and Y are brought to one scale, their columns are not.

    Args:
        t: samples [n, d].
        y: samples [n, c], or [n].
        k, version, norm, components: see ``KSG``.

    Returns:
        An ``Estimate``, negative ones kept; its ceiling is ψ(n) - ψ(k), less 1/k in version 2,
        the value where each neighbourhood is the same in T, in Y and in both. ``saturated`` within
        5 % of it: the value then says more of n than of T.

    Raises:
        InfoplaneError: for k + 1 equal pairs (t, y), lengths that differ, fewer than k + 1 samples,
            less than one component.
        NonFiniteError: where a value is not finite.

    Cost: O(n log n) up to ten dimensions in all, else O(n² (d + c)); memory: a few blocks of 2¹⁹.

    Source: Kraskov, Stögbauer & Grassberger 2004 (eqs. 8 and 9).
    """
    points_t, points_y = as_points(t, "t"), as_points(y, "y")
    check_lengths(points_t, points_y)
    check_k(k, len(points_t), norm)
    if version not in (1, 2):
        raise InfoplaneError(f"version of KSG is {version}; give 1 or 2.")
    points_t, reduction = reduced(points_t, components)
    points_t, points_y = unit_scale(points_t), unit_scale(points_y)
    few = points_t.shape[1] + points_y.shape[1] <= TREE_DIMENSIONS
    by_trees = few and (norm == "max" or points_t.shape[1] == points_y.shape[1] == 1)
    counts = _by_trees if by_trees else _by_blocks
    n_t, n_y = counts(points_t, points_y, k, version, norm)
    return _estimate(n_t, n_y, k, version, reduction)


def _estimate(n_t: np.ndarray, n_y: np.ndarray, k: int, version: int, reduction: str) -> Estimate:
    n = len(n_t)
    top, inner = (digamma(k), 1) if version == 1 else (digamma(k) - 1 / k, 0)
    nats = top + digamma(n) - np.mean(digamma(n_t + inner) + digamma(n_y + inner))
    ceiling = float(top + digamma(n) - 2 * digamma(k)) / math.log(2)
    bits = float(nats) / math.log(2)
    return Estimate(
        bits=bits,
        ceiling=ceiling,
        n=n,
        resolution=f"k = {k}{reduction}",
        estimator=f"KSG {version}",
        saturated=bits > SATURATED * ceiling,
    )


def _by_trees(t: Tensor, y: Tensor, k: int, version: int, _: Norm) -> tuple[np.ndarray, np.ndarray]:
    """Count with strips or a tree for the neighbours, a sorted line or a tree for each marginal."""
    joint = torch.cat([t, y], dim=1)
    if version == 1:
        radii = kth_distances(joint, k)
        _refuse_equals(radii, k)
        n_t, n_y = (count_within(p, radii, strict=True) for p in (t, y))
        return n_t, n_y
    distances, numbers = nearest(joint, k)
    _refuse_equals(distances[:, -1], k)
    n_t, n_y = (count_within(p, _farthest(p, numbers)) for p in (t, y))
    return n_t, n_y


def _farthest(points: Tensor, numbers: np.ndarray) -> np.ndarray:
    """Return the largest distance of each sample to its neighbours within one marginal."""
    array = points.cpu().numpy()
    return np.abs(array[numbers] - array[:, None]).max(axis=(1, 2))


def _by_blocks(
    t: Tensor, y: Tensor, k: int, version: int, norm: Norm
) -> tuple[np.ndarray, np.ndarray]:
    """Find and count in the same blocks of distances, so that rounding cannot part the two."""
    n_t, n_y = [], []
    for (_, to_t), (_, to_y) in zip(
        distance_blocks(t, norm), distance_blocks(y, norm), strict=True
    ):
        joint = torch.maximum(to_t, to_y)
        neighbours = joint.topk(k, dim=1, largest=False)
        radius = neighbours.values[:, -1:]
        _refuse_equals(radius.cpu().numpy(), k)
        for marginal, counts in ((to_t, n_t), (to_y, n_y)):
            if version == 1:
                counts.append((marginal < radius).sum(dim=1))
            else:
                farthest = marginal.gather(1, neighbours.indices).amax(dim=1, keepdim=True)
                counts.append((marginal <= farthest).sum(dim=1))
    return torch.cat(n_t).cpu().numpy(), torch.cat(n_y).cpu().numpy()


def _refuse_equals(radius: np.ndarray, k: int) -> None:
    if not radius.all():
        raise InfoplaneError(
            f"more than {k} pairs (t, y) are equal, and KSG needs continuous ones; use "
            "Mesner–Shalizi, which counts ties."
        )
