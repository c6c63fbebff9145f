"""Information of a layer with Gaussian noise, by drawing from the mixture that it is."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import SATURATED, Estimate
from infoplane.information.core.samples import check_positive, class_numbers, finite_rows

ROWS = 128  # samples whose noise is drawn, and held against all centres, at once
ESTIMATOR = "mixture, Monte Carlo"


class MixtureInformation(NamedTuple):
    """Each quantity of T̃ = T + noise, its ``drawing_error`` that of the noise."""

    entropy: Estimate  # h(T̃), differential
    x: Estimate  # I(X;T̃)
    y: Estimate  # I(T̃;Y)
    x_given_y: Estimate  # I(X;T̃|Y)


def mixture_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    noise_variance: float = 0.1,
    draws: int = 4,
    seed: int = 0,
) -> MixtureInformation:
    """Estimate the information of T̃ = T + Z, Z ~ N(0, σ²), in bits, as exactly as it is drawn.

    T̃ is a mixture p̂ with a Gaussian φ at each sample: I(X;T̃) = E log φ(Z) / p̂(T̃),
    I(T̃;Y) = E log p̂(T̃|Y) / p̂(T̃), both over the same draws, and I(X;T̃|Y) the rest.

    Args:
        t: activations [n, d], free of noise.
        y: labels [n].
        noise_variance: σ².
        draws: of noise, for each sample; 2 or more.
        seed: of the draws.

    Returns:
        Four estimates without bias for the mixture; ceilings as those of the KDE bounds.

    Raises:
        InfoplaneError: for a variance that is not above 0, fewer than two draws, lengths that
            differ, no samples.
        NonFiniteError: where a value is not finite.

    Cost: O(draws n² d) in float64; memory 128 n and a copy of t.

    Source: Goldfeld et al. 2019 (arXiv:1810.05728), the sample propagation estimator.
    """
    check_positive("noise_variance", noise_variance)
    if draws < 2:
        raise InfoplaneError(f"draws is {draws}; give 2 or more, so that their error is known.")
    points = finite_rows(t.detach(), "t").double()
    points = points - points.mean(dim=0)
    labels = class_numbers(points, y)
    order = labels.argsort(stable=True)
    points, place = points[order], order.argsort()  # each class a range
    of_x, of_y = _Mean(points), _Mean(points)
    for draw in range(draws):
        x, given_y = _log_ratios(points, place, labels, noise_variance, (seed, draw))
        of_x.add(x)
        of_y.add(x - given_y)
    of_rest = of_x.bits - of_y.bits
    n, d = points.shape
    sizes = torch.bincount(labels).double()[labels]
    noise_bits = d / 2 * math.log2(2 * math.pi * math.e * noise_variance)
    given_y = float(torch.log2(sizes).mean())

    saturated = (
        of_x.bits > SATURATED * math.log2(n) > 0
    )  # I(T;Y) is near H(Y) then, whatever the labels

    def estimate(bits: float, ceiling: float, error: float) -> Estimate:
        return Estimate(
            bits=bits,
            ceiling=ceiling,
            n=n,
            resolution=f"σ² = {noise_variance:g}",
            estimator=ESTIMATOR,
            saturated=saturated,
            drawing_error=error,
        )

    return MixtureInformation(
        entropy=estimate(of_x.bits + noise_bits, math.log2(n) + noise_bits, of_x.error),
        x=estimate(of_x.bits, math.log2(n), of_x.error),
        y=estimate(of_y.bits, math.log2(n) - given_y, of_y.error),
        x_given_y=estimate(of_rest, given_y, math.hypot(of_x.error, of_y.error)),
    )


def mixture_entropy(
    centres: Float[Tensor, "n d"], *, noise_variance: float = 0.1, draws: int = 4, seed: int = 0
) -> float:
    """Estimate the differential entropy of the mixture of N(centre, σ²), in bits.

    For I(X;T) of a network that is noisy before the layer too: h(T) of all means that were seen,
    less the mean over inputs of h(T|x) of those seen at one. Arguments and errors as above.
    """
    alone = torch.zeros(len(centres), dtype=torch.int64)
    information = mixture_information(
        centres, alone, noise_variance=noise_variance, draws=draws, seed=seed
    )
    return information.entropy.bits


class _Mean:
    """Mean over samples and draws, and what drawing leaves uncertain of it."""

    def __init__(self, points: Tensor) -> None:
        self.sum = points.new_zeros(len(points))
        self.squares = points.new_zeros(len(points))
        self.draws = 0

    def add(self, nats: Tensor) -> None:
        self.sum += nats
        self.squares += nats.square()
        self.draws += 1

    @property
    def bits(self) -> float:
        return float(self.sum.mean()) / self.draws / math.log(2)

    @property
    def error(self) -> float:
        """Every sample is drawn for: only the variance between its draws counts."""
        within = (self.squares - self.sum.square() / self.draws).clamp_min(0) / (self.draws - 1)
        return math.sqrt(float(within.mean()) / len(within) / self.draws) / math.log(2)


def _log_ratios(
    points: Tensor, place: Tensor, labels: Tensor, variance: float, draw: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Return log φ(z) / p̂(t + z) and log φ(z) / p̂(t + z | y) for one draw of z at each sample.

    ``points`` are sorted by class, ``place`` is where each sample is there: the draws keep to the
    samples in their own order.
    """
    n, norms = len(points), points.square().sum(dim=1)
    sizes = torch.bincount(labels)
    ends, log_sizes = [0, *sizes.cumsum(0).tolist()], sizes.double().log()
    x, given_y = torch.empty_like(norms), torch.empty_like(norms)
    for start in range(0, n, ROWS):
        here = slice(start, min(start + ROWS, n))
        generator = seeds.generator(draw[0], "mixture noise", draw[1], start)
        centres = points[place[here]]
        noise = torch.randn(centres.shape, generator=generator, dtype=torch.float64)
        noise = noise.to(points.device) * math.sqrt(variance)
        drawn = centres + noise
        norm_difference = drawn.square().sum(dim=1) - noise.square().sum(
            dim=1
        )  # relative to log φ(z)
        exponents = torch.addmm(norms, drawn, points.T, alpha=-2).add_(norm_difference[:, None])
        exponents.div_(-2 * variance)
        largest = exponents.amax(dim=1, keepdim=True)
        kernel = exponents.sub_(largest).exp_()
        x[here] = math.log(n) - largest[:, 0] - kernel.sum(dim=1).log()
        in_class = _sums_in_class(kernel, labels[here], ends)
        given_y[here] = log_sizes[labels[here]] - largest[:, 0] - in_class.log()
    return x, given_y


def _sums_in_class(kernel: Tensor, labels: Tensor, ends: list[int]) -> Tensor:
    """Return the sum of each row over the columns of its class, of which each is a range."""
    sums = torch.empty_like(kernel[:, 0])
    for label in labels.unique().tolist():
        rows = (labels == label).nonzero()[:, 0]
        sums[rows] = kernel[rows, ends[label] : ends[label + 1]].sum(dim=1)
    return sums
