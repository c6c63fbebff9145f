"""Soft entropy: how evenly the directions of a layer spread over random points of the sphere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.optimize import root_scalar
from scipy.special import logsumexp
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.binned.corrections import plug_in_entropy
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import LABELS, OTHER, Estimator
from infoplane.information.core.samples import class_numbers, finite_rows

BLOCK = 1 << 22  # values handled at once
MOST_REFERENCES = 10_000
ANGLES = (np.arange(1 << 16) + 0.5) * (np.pi / (1 << 16))  # fine enough for MOST_REFERENCES


@dataclass(frozen=True)
class SoftEntropy(Estimator):
    """How evenly directions spread over random points of the sphere.

    Attributes:
        references: number m of random directions.
        temperature: ε; without it, that of ``sphere_temperature``.
    """

    references: int = 100
    temperature: float | None = None

    name: ClassVar = "soft-entropy"
    takes: ClassVar = LABELS
    cost: ClassVar = "n d · directions"
    source: ClassVar = "Conklin 2025"
    resolutions: ClassVar = ("temperature", "references")
    extrapolates: ClassVar = True
    bias: ClassVar = OTHER

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return soft_information(t, y, **self.parameters, seed=seed)


def soft_entropy(
    t: Float[Tensor, "n d"],
    *,
    references: int = SoftEntropy.references,
    temperature: float | None = SoftEntropy.temperature,
    seed: int = 0,
) -> float:
    """Estimate the soft entropy of a layer, in bits; divided by log2 m it is Conklin's efficiency.

    Each row is shared out over m random directions w_j, s_j = softmax(⟨t/|t|, w_j⟩/ε), and the
    entropy is that of the mean of s over the rows. Norms are ignored; a row of zeros has no
    direction and is shared out evenly.

    Args:
        t: activations [n, d].
        seed: of the directions.
        references, temperature: see ``SoftEntropy``.

    Returns:
        Bits, at most log2 m.

    Raises:
        InfoplaneError: without samples, for fewer than 2 units or directions, or ε not above 0.
        NonFiniteError: where an activation is not finite.

    Cost: O(n m d) time; memory 32 MiB beside the samples.

    Source: Conklin 2025 (arXiv:2505.23960).
    """
    rows = finite_rows(t, "t")
    one_class = torch.zeros(len(rows), dtype=torch.int64, device=rows.device)
    shares = _class_sums(rows, one_class, references, temperature, seed)[0]
    return entropy_bits(shares / len(rows))


def soft_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    references: int = SoftEntropy.references,
    temperature: float | None = SoftEntropy.temperature,
    seed: int = 0,
) -> Estimate:
    """Estimate I(T;Y) = H(T) - Σ p(y) H(T|y) in bits, each H a soft entropy on the same directions.

    It is the Jensen–Shannon divergence of the classes' mean shares, so it is never below zero nor
    above H(Y). Smoothing makes it a fraction of the information: compare at one ε, m and width.

    Arguments, errors, cost and source as of ``soft_entropy``, and labels ``y`` [n].
    """
    rows = finite_rows(t, "t")
    classes = class_numbers(rows, y)
    counts = torch.bincount(classes)
    sums = _class_sums(rows, classes, references, temperature, seed)
    h_t_given_y = sum(
        int(c) / len(rows) * entropy_bits(s / c) for c, s in zip(counts, sums, strict=True)
    )
    epsilon = temperature_of(temperature, references, rows.shape[1])
    return Estimate(
        bits=entropy_bits(sums.sum(dim=0) / len(rows)) - h_t_given_y,
        ceiling=min(float(plug_in_entropy(counts.cpu().numpy())), math.log2(references)),
        n=len(rows),
        resolution=f"m = {references} directions, ε = {epsilon:.4g}",
        estimator="soft entropy",
    )


@lru_cache(maxsize=64)
def sphere_temperature(references: int, d: int) -> float:
    """Return the ε at which a soft cell holds about 1/m of the sphere of d dimensions.

    KL(vMF(1/ε) ‖ uniform) = ln m, exactly; about 1/√(2 d ln m) in many dimensions. (The package
    soft-entropy solves a lower bound of it for its "find_eps".)
    """
    if d < 2:
        raise InfoplaneError(
            f"t has {d} unit, and soft entropy needs 2 or more, or a temperature; one unit suits "
            "ross, kde-upper or bins."
        )
    start = math.log(2 * d * math.log(references)) / 2

    def excess(log_kappa: float) -> float:
        return _divergence(math.exp(log_kappa), d) - math.log(references)

    solution = root_scalar(excess, bracket=(start - 5, start + 20), xtol=1e-12)
    return math.exp(-solution.root)


def _divergence(kappa: float, d: int) -> float:
    """Return KL(vMF(κ) ‖ uniform) = κ E[x] - ln M(κ), x being the cosine to the centre, in nats."""
    uniform = (d - 2) * np.log(np.sin(ANGLES))
    tilted = uniform + kappa * (np.cos(ANGLES) - 1)
    log_m = logsumexp(tilted) - logsumexp(uniform)
    mean = np.exp(tilted - logsumexp(tilted)) @ (np.cos(ANGLES) - 1)
    return float(kappa * mean - log_m)


def temperature_of(temperature: float | None, references: int, d: int) -> float:
    """Return ε for so many directions and units, checked."""
    if not 2 <= references <= MOST_REFERENCES:
        raise InfoplaneError(
            f"references is {references}; give 2 to {MOST_REFERENCES:,} directions (100 is usual)."
        )
    if temperature is None:
        return sphere_temperature(references, d)
    if not 0 < temperature < math.inf:
        raise InfoplaneError(f"temperature is {temperature}; give one above 0, or none.")
    return temperature


def _class_sums(
    rows: Float[Tensor, "n d"],
    classes: Int[Tensor, " n"],
    references: int,
    temperature: float | None,
    seed: int,
) -> Float[Tensor, "c m"]:
    """Return the shares that the rows of each class give to each direction, summed."""
    n, d = rows.shape
    epsilon = temperature_of(temperature, references, d)
    directions = directions_of(references, d, seed).to(rows.device)
    sums = directions.new_zeros(int(classes.max()) + 1, references)
    step = max(1, BLOCK // max(d, references))
    for start in range(0, n, step):
        shares = shares_of(rows[start : start + step].double(), directions, epsilon)
        sums.index_add_(0, classes[start : start + step], shares)
    return sums


def directions_of(references: int, d: int, seed: int) -> Float[Tensor, "m d"]:
    """Return m random directions of d dimensions, in float64."""
    generator = seeds.generator(seed, "soft entropy references", references, d)
    random = torch.randn(references, d, generator=generator, dtype=torch.float64)
    return torch.nn.functional.normalize(random, dim=1)


def shares_of(
    rows: Float[Tensor, "b d"], directions: Float[Tensor, "m d"], epsilon: float
) -> Float[Tensor, "b m"]:
    """Return how each row is shared out over the directions, in the precision of both."""
    largest = rows.abs().amax(dim=1, keepdim=True)  # else squares of the tiny are zero
    unit = torch.nn.functional.normalize(rows / largest.where(largest > 0, 1.0), dim=1)
    return torch.softmax(unit @ directions.T / epsilon, dim=1)


def entropy_bits(p: Float[Tensor, " m"]) -> float:
    """Return -Σ p log2 p."""
    return float(torch.special.entr(p).sum()) / math.log(2)
