"""Whether samples are as normal as Gaussian information takes them to be: Mardia's kurtosis."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.information.gaussian.copula import copula_normalised

NOT_NORMAL = "not normal"
"""The fourth moments of T and Y are not those of normal values, which the closed form is for."""

LEAST = 0.001  # of the kurtosis: less moves the information little
ERRORS = 3.5
REAL = 1e-6  # of the largest singular value: below it a direction is constant


def not_normal(t: Float[Tensor, "n d"], y: Tensor) -> dict[str, bool]:
    """Return the flag, of values together, of labels for T and for T within the classes."""
    t, y = t.double().cpu(), y.cpu()
    if y.is_floating_point():
        return {NOT_NORMAL: _off([torch.cat([t, y.double()], dim=1)])}
    return {NOT_NORMAL: _off([t]) or _off([t[y == label] for label in y.unique()])}


def scores_not_normal(t: Float[Tensor, "n d"], y: Tensor) -> dict[str, bool]:
    """Return the flag for the normal scores of T and of values of Y."""
    scores = copula_normalised(y) if y.is_floating_point() else y
    return not_normal(copula_normalised(t), scores)


def _off(groups: list[Float[Tensor, "_ d"]]) -> bool:
    """Whether the mean fourth power of the Mahalanobis norm is not that of normal samples.

    In a group of n it is d (d + 2) (n - 1) / (n + 1) in expectation, with variance 8 d (d + 2) / n.
    Groups of up to d + 1 samples are left out.

    Source: Mardia 1970.
    """
    observed = expected = variance = 0.0
    for rows in groups:
        white = _whitened(rows)
        n, d = white.shape
        if d and n > d + 1:
            observed += n**2 * float(white.square().sum(dim=1).square().sum())
            expected += n * d * (d + 2) * (n - 1) / (n + 1)
            variance += n * 8 * d * (d + 2)
    return abs(observed - expected) > max(LEAST * expected, ERRORS * math.sqrt(variance))


def _whitened(rows: Float[Tensor, "n d"]) -> Float[Tensor, "n k"]:
    """Return rows centred, with orthonormal columns for the directions in which they vary."""
    left, values, _ = torch.linalg.svd(rows - rows.mean(dim=0), full_matrices=False)
    return left[:, values > REAL * values.max()] if len(values) else left
