"""Pointwise sliced information: what random projections of each sample say of its label."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import LABELS, OTHER, Estimator
from infoplane.information.core.samples import (
    check_pairs,
    check_positive,
    flat,
    is_discrete,
    label_entropy,
    renumbered,
)
from infoplane.information.projected.sliced import lines_of

NARROWEST = 1e-12  # variance of a class, as a share of that of all


@dataclass(frozen=True)
class PointwiseSliced(Estimator):
    """What random projections of each sample say of its label, on average.

    Attributes:
        slices: directions θ, uniform on the sphere.
    """

    slices: int = 500

    name: ClassVar = "pointwise-sliced"
    takes: ClassVar = LABELS
    cost: ClassVar = "slices · n (d + classes)"
    source: ClassVar = "Wongso et al. 2023"
    resolutions: ClassVar = ("slices",)
    extrapolates: ClassVar = True
    bias: ClassVar = OTHER

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return pointwise_sliced_information(t, y, **self.parameters, seed=seed)


def pointwise_sliced(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    slices: int = PointwiseSliced.slices,
    seed: int = 0,
) -> Float[Tensor, " n"]:
    """Return psmi(t, y) = mean over θ of log2 p(θᵀt | y) / Σ p(y') p(θᵀt | y'), in bits, [n].

    p(·|y) is the Gaussian with the mean and variance of θᵀT in class y. Low values are samples that
    lie where others' labels are usual, as memorized ones do; no value exceeds log2 1/p(y).

    Args:
        t: activations [n, d].
        y: labels, integer [n].
        seed: of the directions.
        slices: see ``PointwiseSliced``.

    Raises:
        InfoplaneError: where lengths differ, y is not discrete, a class has one sample, or slices
            is not above 0.
        NonFiniteError: where an activation is not finite.

    Cost: O(slices · n (d + classes)).

    Source: Wongso et al. 2023 (arXiv:2306.08278).
    """
    check_pairs(t, y)
    check_positive("slices", slices)
    if not is_discrete(y):
        raise InfoplaneError(f"y is {y.dtype}; give integer labels, or sliced_information.")
    label_tensor, count_tensor = renumbered(y)
    labels, counts = label_tensor.cpu().numpy(), count_tensor.cpu().numpy()
    if counts.min() < 2:
        raise InfoplaneError("a class has 1 sample; give 2 or more of each: one has no variance.")
    total = np.zeros(len(labels))
    drawn = 1 if flat(t).shape[1] == 1 else slices  # directions are ±1 there: all give the same
    for x in lines_of(t, drawn, seed, "t"):
        total += _pointwise(x, labels, counts)
    return torch.from_numpy(total / drawn / math.log(2))


def pointwise_sliced_information(
    t: Float[Tensor, "n d"],
    y: Int[Tensor, " n"],
    *,
    slices: int = PointwiseSliced.slices,
    seed: int = 0,
) -> Estimate:
    """Estimate the mean of ``pointwise_sliced`` over samples, in bits; its ceiling is H(Y)."""
    pointwise = pointwise_sliced(t, y, slices=slices, seed=seed)
    return Estimate(
        bits=float(pointwise.mean()),
        ceiling=label_entropy(renumbered(y)[1]),
        n=len(t),
        resolution=f"{slices} slices",
        estimator="pointwise sliced",
        drawing_error=float(pointwise.std() / math.sqrt(len(pointwise))),
    )


def _pointwise(x: np.ndarray, labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return ln p(x|y) / p(x) of each sample on one line, in nats."""
    mean = np.bincount(labels, x) / counts
    variance = np.bincount(labels, np.square(x - mean[labels])) / counts
    variance = np.maximum(variance, max(NARROWEST * x.var(), np.finfo(float).tiny))
    z = (x - mean[:, None]) / np.sqrt(variance)[:, None]  # [classes, n]
    log_p = -0.5 * (np.square(z) + np.log(variance)[:, None])
    of_label = log_p[labels, np.arange(len(x))]
    log_p += np.log(counts / len(x))[:, None]
    most = log_p.max(axis=0)
    return of_label - most - np.log(np.exp(log_p - most).sum(axis=0))
