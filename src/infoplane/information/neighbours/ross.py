"""Ross: mutual information of a continuous layer and a discrete label by nearest neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, NoReturn

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import digamma
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import LABELS, Estimator
from infoplane.information.core.flags import of_neighbours
from infoplane.information.core.pca import reduced
from infoplane.information.core.samples import check_lengths
from infoplane.information.neighbours.search import (
    BLOCK,
    IN_CACHE,
    TREE_DIMENSIONS,
    Norm,
    as_points,
    check_k,
    count_within,
    kth_distances,
    max_distances,
)

TIES = 1e-14  # of the largest squared norm: what rounding leaves between distances that are equal


@dataclass(frozen=True)
class Ross(Estimator):
    """Nearest neighbours of a continuous variable and labels.

    Attributes:
        k: neighbours.
        norm: "euclidean" or "max".
        components: principal components of T to which a wide layer is reduced, which can only lose
            information; None leaves it as it is.
    """

    k: int = 3
    norm: Norm = "euclidean"
    components: int | None = None

    name: ClassVar = "ross"
    takes: ClassVar = LABELS
    cost: ClassVar = "n log n up to 10 dimensions, else n² d"
    source: ClassVar = "Ross 2014"
    resolutions: ClassVar = ("k",)

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return ross_mutual_information(t, y, **self.parameters)

    def raised(self, bits: float, t: Tensor, y: Tensor) -> Mapping[str, bool]:
        return of_neighbours(self.estimate, bits, t, y, k=self.k, components=self.components)


def ross_mutual_information(
    t: Float[Tensor, "n ..."],
    y: Int[Tensor, " n"],
    *,
    k: int = Ross.k,
    norm: Norm = Ross.norm,
    components: int | None = Ross.components,
) -> Estimate:
    """Estimate I(T;Y) of continuous T and discrete Y, in bits.

    ψ(n) - ⟨ψ(n_y)⟩ + ⟨ψ(k_i)⟩ - ⟨ψ(m_i)⟩: of the distance to the k-th neighbour among the n_y
    samples of its own class, m_i counts the samples within it, and k_i those of the own class: k,
    or more where distances tie (as in Gao et al. 2017), so that atoms count as they should.

    Args:
        t: activations [n, d].
        y: labels [n].
        k, norm, components: see ``Ross``.

    Returns:
        An ``Estimate``, negative ones kept; its ceiling, ψ(n) - ⟨ψ(n_y)⟩, a little above H(Y), is
        reached where no sample has another class as near as its k-th neighbour.

    Raises:
        InfoplaneError: for a class of fewer than k + 1 samples, lengths that differ, no samples,
            less than one component.
        NonFiniteError: where a value is not finite.

    Cost: up to ten dimensions O(n log n), else one pass over n² distances, O(n² d); memory for a
    few blocks of 2¹⁹ of them.

    Source: Ross 2014 (doi:10.1371/journal.pone.0087357).
    """
    check_k(k, len(y), norm)
    points, reduction = reduced(as_points(t, "t"), components)
    return _estimate(*class_counts(points, y, k, norm), f"k = {k}{reduction}")


def class_counts(
    points: Float[Tensor, "n d"], y: Int[Tensor, " n"], k: int, norm: Norm
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], Int[np.ndarray, " c"]]:
    """Count, within the distance to the k-th neighbour of its own class, the samples around each.

    Returns:
        Those of its own class, those of all, class after class; and the size of each class.
    """
    check_lengths(points, y)
    labels = torch.unique(y.to(points.device), return_inverse=True)[1]
    sizes = torch.bincount(labels)
    if int(sizes.min()) <= k:
        _refuse_small_class(int(sizes.min()), k)
    order = labels.argsort(stable=True)  # each class a range of columns
    points = points[order]
    by_trees = points.shape[1] <= TREE_DIMENSIONS
    in_class, among_all = (_by_trees if by_trees else _by_blocks)(points, sizes.tolist(), k, norm)
    return in_class, among_all, sizes.cpu().numpy()


def _refuse_small_class(size: int, k: int) -> NoReturn:
    if size == 1:
        raise InfoplaneError(
            "a class has 1 sample, and so no neighbour; leave out the class or merge it with "
            "another, or take 'kde-upper'."
        )
    raise InfoplaneError(
        f"a class has {size} samples and k is {k}; give k below that, or leave out the class or "
        "merge it with another."
    )


def _estimate(
    in_class: np.ndarray, among_all: np.ndarray, sizes: np.ndarray, resolution: str
) -> Estimate:
    n = len(in_class)
    ceiling = digamma(n) - np.dot(sizes, digamma(sizes)) / n
    nats = ceiling + np.mean(digamma(in_class) - digamma(among_all))
    return Estimate(
        bits=float(nats) / math.log(2),
        ceiling=float(ceiling) / math.log(2),
        n=n,
        resolution=resolution,
        estimator="Ross",
    )


def _classes(sizes: list[int]) -> Iterator[slice]:
    start = 0
    for size in sizes:
        yield slice(start, start + size)
        start += size


def _by_trees(
    points: Tensor, sizes: list[int], k: int, norm: Norm
) -> tuple[np.ndarray, np.ndarray]:
    """Count in each class and in all."""
    in_class, radii = np.empty(len(points), dtype=np.int64), np.empty(len(points))
    for members in _classes(sizes):
        radii[members] = kth_distances(points[members], k, norm=norm)
        in_class[members] = count_within(points[members], radii[members], norm=norm)
    return in_class, count_within(points, radii, norm=norm)


def _by_blocks(
    points: Tensor, sizes: list[int], k: int, norm: Norm
) -> tuple[np.ndarray, np.ndarray]:
    """Find the k-th of the own class and count in the same row of distances to all samples."""
    n = len(points)
    rows = max(1, (BLOCK if norm == "euclidean" else IN_CACHE) // n)
    if norm == "euclidean":
        points -= points.mean(dim=0)  # our copy; small norms: products round little
    columns = points.T.contiguous() if norm == "max" else points
    norms = torch.linalg.vector_norm(points, dim=1).square()
    equal = TIES * float(norms.max()) if norm == "euclidean" else 0.0
    # results whole from the start: small ones left between freed blocks make the heap grow
    in_class, among_all = torch.empty(2, n, dtype=torch.int64, device=points.device)
    for members in _classes(sizes):
        for start in range(members.start, members.stop, rows):
            here = slice(start, min(start + rows, members.stop))
            if norm == "max":
                distances = max_distances(columns, here)
            else:
                distances = torch.addmm(norms, points[here], points.T, alpha=-2)
                distances = distances.add_(norms[here, None])  # squared
            diagonal = torch.arange(here.stop - here.start)
            distances[diagonal, diagonal + here.start] = math.inf
            same_class = distances[:, members]
            radius = same_class.topk(k, dim=1, largest=False).values[:, -1:].add_(equal)
            in_class[here] = (same_class <= radius).sum(dim=1)
            among_all[here] = (distances <= radius).sum(dim=1)
    return in_class.cpu().numpy(), among_all.cpu().numpy()
