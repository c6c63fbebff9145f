"""Continuous T and Y that are not normal: heavy tails, and noise with edges."""

from __future__ import annotations

import math

import torch
from scipy.special import digamma, gammaln
from torch import Tensor

from infoplane.validation.distribution import BITS, Distribution, normal, uniform


def student(dimensions: int, df: int) -> Distribution:
    """Return halves of one Student vector: uncorrelated, and dependent by their shared scale.

    With ν degrees of freedom, T = Z_T √(ν/W) and Y = Z_Y √(ν/W), W ~ χ²(ν); the information is
    h(T) + h(Y) - h(T,Y) of the entropies of Student vectors.

    Source: Czyż et al. 2023, "student-identity".
    """

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        squares = normal(n, df, generator).square().sum(dim=1, keepdim=True)
        both = normal(n, 2 * dimensions, generator) * (df / squares).sqrt()
        return both[:, :dimensions], both[:, dimensions:]

    nats = 2 * _student_entropy(dimensions, df) - _student_entropy(2 * dimensions, df)
    name = f"student {dimensions}+{dimensions}, {df} df"
    return Distribution(name, nats * BITS, "continuous", sample)


def _student_entropy(d: int, df: int) -> float:
    """Return the entropy of a standard Student vector, in nats."""
    half, tail = df / 2, (df + d) / 2
    volume = gammaln(half) - gammaln(tail) + d / 2 * math.log(df * math.pi)
    return float(volume + tail * (digamma(tail) - digamma(half)))


def uniform_noise(noise: float) -> Distribution:
    """Return T ~ U(0, 1) and Y = T + U(-ε, ε).

    I = ε - ln 2ε for ε ≤ ½, and 1/4ε for more, in nats.

    Source: Czyż et al. 2023, "additive".
    """

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        t = uniform(n, 1, generator)
        return t, t + noise * (2 * uniform(n, 1, generator) - 1)

    nats = noise - math.log(2 * noise) if noise <= 0.5 else 1 / (4 * noise)
    return Distribution(f"uniform, noise {noise:g}", nats * BITS, "continuous", sample)


def continuous_family() -> list[Distribution]:
    """Return Student vectors and uniform noise."""
    return [
        *(student(dimensions, df) for dimensions, df in ((1, 1), (1, 2), (2, 2), (3, 2))),
        uniform_noise(0.1),
        uniform_noise(0.75),
    ]
