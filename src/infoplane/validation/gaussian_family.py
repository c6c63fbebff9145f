"""Jointly normal T and Y, and their images under maps that lose nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.validation.distribution import BITS, Distribution, normal

Map = Callable[[Tensor], Tensor]


def gaussian(name: str, covariance: Float[Tensor, "d d"], width: int) -> Distribution:
    """Return jointly normal variables, of which the first ``width`` are T and the others Y.

    I(T;Y) = ½ log2(det Σ_T det Σ_Y / det Σ).
    """
    factor = torch.linalg.cholesky(covariance)

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        both = normal(n, len(covariance), generator) @ factor.T
        return both[:, :width], both[:, width:]

    parts = (covariance[:width, :width], covariance[width:, width:])
    apart = sum(torch.logdet(part) for part in parts)
    nats = float(apart - torch.logdet(covariance)) / 2
    return Distribution(name, nats * BITS, "continuous", sample)


def paired(name: str, correlations: list[float]) -> Distribution:
    """Return T and Y whose i-th coordinates have the i-th correlation, and no others."""
    d = len(correlations)
    covariance = torch.eye(2 * d, dtype=torch.float64)
    for i, correlation in enumerate(correlations):
        covariance[i, d + i] = covariance[d + i, i] = correlation
    return gaussian(name, covariance, d)


def correlated(correlation: float) -> Distribution:
    """Return the bivariate normal distribution: I = -½ log2(1 - ρ²)."""
    return paired(f"gaussian 1+1, ρ {correlation:g}", [correlation])


def dense(dimensions: int, correlation: float = 0.5) -> Distribution:
    """Return T and Y in which any two of all coordinates have the same correlation.

    Source: Czyż et al. 2023, "dense".
    """
    off_diagonal = torch.full((2 * dimensions, 2 * dimensions), correlation, dtype=torch.float64)
    covariance = off_diagonal.fill_diagonal_(1.0)
    return gaussian(f"gaussian dense {dimensions}+{dimensions}", covariance, dimensions)


def two_pairs(dimensions: int, strength: float = 2.0) -> Distribution:
    """Return T and Y that share two coordinates, each seen with noise; all others are noise.

    Two coordinates of T and Y are (λ Z_i + noise) / √(1 + λ²), so their correlation is
    λ² / (1 + λ²), whatever the number of dimensions.

    Source: Czyż et al. 2023, "2-pair", λ = 2.
    """
    correlation = strength**2 / (1 + strength**2)
    correlations = [correlation] * 2 + [0.0] * (dimensions - 2)
    return paired(f"gaussian 2-pair {dimensions}+{dimensions}", correlations)


def image(name: str, base: Distribution, of_t: Map, of_y: Map | None = None) -> Distribution:
    """Return a distribution's image under maps that can be undone, which leave I(T;Y) as it is."""

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        t, y = base.sample(n, generator)
        return of_t(t), (of_y or of_t)(y)

    return Distribution(name, base.truth_bits, base.kind, sample, base.atoms)


def normal_cdf(x: Tensor) -> Tensor:
    """Map normal values to uniform ones."""
    return torch.special.ndtr(x)


def half_cube(x: Tensor) -> Tensor:
    """Return sign(x) |x|^(3/2), which lengthens the tails."""
    return x.sign() * x.abs() ** 1.5


def wiggly(x: Tensor) -> Tensor:
    """Return an increasing curve whose slope varies between .16 and 1.84."""
    return x + 0.4 * torch.sin(x) + 0.2 * torch.sin(1.7 * x + 1) + 0.03 * torch.sin(3.3 * x - 2.5)


def spiral(x: Float[Tensor, "n d"], *, plane: tuple[int, int] = (0, 1)) -> Float[Tensor, "n d"]:
    """Turn each point in one plane by its squared distance from the origin, as an angle."""
    angle = x.square().sum(dim=1)
    first, second = x[:, plane[0]], x[:, plane[1]]
    turned = x.clone()
    turned[:, plane[0]] = angle.cos() * first - angle.sin() * second
    turned[:, plane[1]] = angle.sin() * first + angle.cos() * second
    return turned


def spiral_y(y: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Turn in the plane of the second and third coordinates, so that T and Y turn differently."""
    return spiral(y, plane=(1, 2))


def swissroll(x: Float[Tensor, "n 1"]) -> Float[Tensor, "n 2"]:
    """Roll the line, first made uniform, into a plane curve that meets itself nowhere."""
    angle = 1.5 * math.pi * (1 + 2 * normal_cdf(x))
    return torch.cat([angle * angle.cos(), angle * angle.sin()], dim=1) / 21


def gaussian_images() -> list[Distribution]:
    """Return the images of the bivariate normal with ρ .75, and spirals of 2-pair ones."""
    base = correlated(0.75)
    return [
        image("gaussian through normal cdf", base, normal_cdf),
        image("gaussian through half cube", base, half_cube),
        image("gaussian through asinh", base, torch.asinh),
        image("gaussian wiggly", base, wiggly),
        image("gaussian swissroll 2+1", base, swissroll, normal_cdf),
        image("gaussian spiral 3+3", two_pairs(3), spiral, spiral_y),
        image("gaussian spiral 5+5", two_pairs(5), spiral, spiral_y),
    ]


def gaussian_family() -> list[Distribution]:
    """Return the normal distributions and their images."""
    return [
        correlated(0.0),
        correlated(0.75),
        correlated(0.99),
        *(dense(dimensions) for dimensions in (2, 5, 25)),
        *(two_pairs(dimensions) for dimensions in (2, 5, 25)),
        *gaussian_images(),
    ]
