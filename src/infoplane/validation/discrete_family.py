"""Discrete T, discrete Y, or values of which some repeat exactly."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import digamma, gammaln
from torch import Tensor

from infoplane import seeds
from infoplane.validation.distribution import BITS, Distribution, normal, uniform


def joint_table(rows: int, columns: int) -> Distribution:
    """Return row and column of a cell drawn from a fixed random table of probabilities."""
    p = table_probabilities(rows, columns)

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        cell = torch.multinomial(p.flatten(), n, replacement=True, generator=generator)
        return (cell // columns).double()[:, None], cell % columns

    return Distribution(f"table {rows}×{columns}", table_bits(p), "discrete", sample, atoms=True)


def table_probabilities(rows: int, columns: int) -> Float[Tensor, "rows columns"]:
    """Return the fixed random table, a draw from the flat Dirichlet distribution."""
    generator = seeds.generator(0, "validation: joint table", rows, columns)
    weights = -torch.log1p(-uniform(rows, columns, generator))  # exponential: Dirichlet(1)
    return weights / weights.sum()


def table_bits(p: Float[Tensor, "rows columns"]) -> float:
    """Return the mutual information of row and column, in bits."""
    apart = p.sum(dim=1, keepdim=True) * p.sum(dim=0, keepdim=True)
    return float(torch.special.xlogy(p, p / apart).nan_to_num().sum()) * BITS


def overlapping_intervals(classes: int) -> Distribution:
    """Return Y uniform over m classes and T ~ U(Y, Y + 2): neighbours overlap by half.

    I = ln m - (m - 1)/m ln 2 nats.

    Source: Gao et al. 2017, "discrete–continuous mixture".
    """

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        y = torch.randint(classes, (n,), generator=generator)
        return y[:, None] + 2 * uniform(n, 1, generator), y

    nats = math.log(classes) - (classes - 1) / classes * math.log(2)
    return Distribution(f"intervals, {classes} classes", nats * BITS, "discrete", sample)


def zero_inflated_poisson(zero: float) -> Distribution:
    """Return T ~ Exp(1) and the count Y: 0 with probability p, else Poisson(T).

    ``y`` is real-valued with atoms. The (1 - p) .3012 nats of Gao et al. 2017 hold for p = 0 only:
    a zero may be of either kind, which the value here accounts for.
    """

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        t = -torch.log1p(-uniform(n, 1, generator))
        count = torch.poisson(t, generator=generator)
        return t, count * (uniform(n, 1, generator) >= zero)

    nats = _zero_inflated_poisson_nats(zero)
    name = f"zero-inflated Poisson, p {zero:g}"
    return Distribution(name, nats * BITS, "continuous", sample, atoms=True)


def _zero_inflated_poisson_nats(p: float) -> float:
    """Sum E ln p(y|t)/p(y) over y: the counts as a series, the zeros in closed form.

    p(y) = (1-p) 2^-(y+1) for y ≥ 1, where T given y is Gamma(y+1) of rate 2;
    p(0|t) = q = p + (1-p) e^-t, and e^-T is uniform.
    """
    y = np.arange(1, 200)
    log_t, t = digamma(y + 1) - math.log(2), (y + 1) / 2  # means given y
    log_ratio = y * log_t - t - gammaln(y + 1) + (y + 1) * math.log(2)
    counts = (1 - p) * float((0.5 ** (y + 1) * log_ratio).sum())
    zero = (1 + p) / 2  # p(0)
    at_p = p**2 / 2 * math.log(p) if p > 0 else 0.0
    integral = (-0.25 - at_p + p**2 / 4) / (1 - p)  # of q ln q over e^-t
    return counts + integral - zero * math.log(zero)


def class_mixture(classes: int, distance: float, dimensions: int) -> Distribution:
    """Return equally likely classes Y, each a normal cloud T of unit variance.

    The means stand on a line, ``distance`` standard deviations apart, so that I(T;Y) is that of T
    along the line; the line has a random direction. Two classes in one dimension are the two-point
    mixture.
    """
    generator = seeds.generator(0, "validation: direction of classes", dimensions)
    direction = torch.randn(dimensions, generator=generator, dtype=torch.float64)
    direction /= direction.norm()
    means = distance * (torch.arange(classes, dtype=torch.float64) - (classes - 1) / 2)

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        y = torch.randint(classes, (n,), generator=generator)
        noise = torch.randn(n, dimensions, generator=generator, dtype=torch.float64)
        return means[y, None] * direction + noise, y

    name = f"{classes} classes {distance:g} sd apart, {dimensions}-d"
    bits = _mixture_nats(means.numpy()) * BITS
    return Distribution(name, bits, "discrete", sample)


def far_clusters(classes: int, spread: float = 1e-3) -> Distribution:
    """Return equally likely classes Y, each a tight normal cloud T at a unit vector of its own.

    They are 1.4 apart and the cloud's standard deviation is ``spread``, so that T tells Y whatever
    a kernel width or a temperature between the two: I(T;Y) = log2 m, of any order α as well.
    """

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        y = torch.randint(classes, (n,), generator=generator)
        corners = torch.eye(classes, dtype=torch.float64)
        return corners[y] + spread * normal(n, classes, generator), y

    name = f"{classes} clusters far apart, {classes}-d"
    return Distribution(name, math.log2(classes), "discrete", sample)


def _mixture_nats(means: Float[np.ndarray, " c"]) -> float:
    """Return h(T) - h(T|Y) of unit normals about means, by the trapezoidal rule.

    The rule converges geometrically for such a smooth, decaying integrand.
    """
    step = 0.01
    t = np.arange(means.min() - 12, means.max() + 12, step)
    log_kernels = -((t[:, None] - means) ** 2) / 2 - math.log(2 * math.pi) / 2
    log_p = np.logaddexp.reduce(log_kernels, axis=1) - math.log(len(means))
    entropy = -step * float((np.exp(log_p) * log_p).sum())
    return entropy - math.log(2 * math.pi * math.e) / 2


def discrete_family() -> list[Distribution]:
    """Return tables, classes and counts."""
    return [
        joint_table(6, 4),
        joint_table(30, 10),
        *(overlapping_intervals(classes) for classes in (2, 5, 10)),
        *(zero_inflated_poisson(zero) for zero in (0.0, 0.15, 0.5)),
        *(class_mixture(2, distance, 1) for distance in (0.5, 1, 2, 4, 8)),
        *(class_mixture(10, distance, 1) for distance in (1, 2, 4)),
        *(class_mixture(10, distance, 10) for distance in (1, 2, 4)),
        far_clusters(4),
    ]
