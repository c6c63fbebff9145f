"""Finite-sample expressivity: 2n + d weights that fit any labels of n points in d dimensions.

Source: Zhang et al. 2017, Theorem 1 and Lemma 1 (§4, appendix B).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Num
from torch import Tensor

from infoplane.errors import InfoplaneError


@dataclass(frozen=True)
class MemorizingNetwork:
    """A network of depth 2 and width n, c(x) = Σ_j w_j relu(⟨a, x⟩ - b_j), in float64."""

    a: Float[Tensor, " d"]
    b: Float[Tensor, " n"]
    w: Float[Tensor, " n"]

    @property
    def weights(self) -> int:
        """The number of weights, 2n + d."""
        return self.a.numel() + self.b.numel() + self.w.numel()

    def __call__(self, x: Float[Tensor, "m d"]) -> Float[Tensor, " m"]:
        return _hidden(x.double() @ self.a, self.b) @ self.w


def memorizing_network(
    x: Float[Tensor, "n d"], y: Num[Tensor, " n"], *, generator: torch.Generator
) -> MemorizingNetwork:
    """Return the network of Theorem 1 with c(x_i) = y_i for every i, whatever y is.

    The points are projected on a random direction a and sorted, z_1 < z_2 < …; with
    b_1 < z_1 < b_2 < z_2 < … the matrix relu(z_i - b_j) is lower triangular with a positive
    diagonal, so that w follows by substitution. A b_j lies an eighth of the gap above z_(j-1): in
    the middle, an error would not shrink from one point to the next, but be handed on.

    Args:
        x: distinct points.
        y: a real label for each; classes by their numbers.
        generator: of the direction.

    Raises:
        InfoplaneError: where there are not as many labels as points, or two points share a
            projection, as equal points do.

    Cost: O(n² + n d).
    """
    if len(x) != len(y) or not len(x):
        raise InfoplaneError(f"{len(x)} points came with {len(y)} labels; give one for each point.")
    a = torch.randn(x.shape[1], generator=generator, dtype=torch.float64)
    z, order = (x.double() @ a).sort()
    gaps = z.diff()
    if not (gaps > 0).all():
        raise InfoplaneError(
            f"{int((gaps <= 0).sum())} of {len(x)} points equal another one along a random "
            "direction; give distinct points."
        )
    first = z[:1] - (gaps.mean() if len(gaps) else 1.0)
    b = torch.cat([first, z[:-1] + gaps / 8])
    w = torch.linalg.solve_triangular(_hidden(z, b), y.double()[order, None], upper=False)
    return MemorizingNetwork(a, b, w[:, 0])


def _hidden(z: Float[Tensor, " m"], b: Float[Tensor, " n"]) -> Float[Tensor, "m n"]:
    return (z[:, None] - b).clamp(min=0)
