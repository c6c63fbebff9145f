"""Gaussian information: the closed form in log-determinants, of the values or of their ranks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import BOTH, LINEAR, NORMAL, Estimator
from infoplane.information.core.samples import (
    check_pairs,
    check_samples,
    entropy_ceiling,
    flat,
    is_discrete,
    renumbered,
)
from infoplane.information.gaussian.copula import copula_normalised
from infoplane.information.gaussian.normality import not_normal, scores_not_normal

CHUNK = 4096  # samples at once: a block of centred float64 values is all that is held
SINGULAR = 1e-12  # squared share of a unit's spread that is left when the others are known


@dataclass(frozen=True)
class Gaussian(Estimator):
    """The closed form, as if T and Y were Gaussian.

    Attributes:
        noise_variance: σ² of independent Gaussian noise on T, which makes singular cases finite.
        bias_correction: take off the bias of a log-determinant of n Gaussian samples, exactly;
            None for that where it is known, which is without noise.
    """

    noise_variance: float = 0.0
    bias_correction: bool | None = None

    name: ClassVar = "gaussian"
    takes: ClassVar = BOTH
    cost: ClassVar = "n d²"
    source: ClassVar = "Cover & Thomas 2006, 8.5"
    resolutions: ClassVar = ("noise_variance",)
    bias: ClassVar = NORMAL

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return gaussian_information(t, y, **self.parameters)

    def raised(self, bits: float, t: Tensor, y: Tensor) -> Mapping[str, bool]:
        return not_normal(t, y)


def gaussian_information(
    t: Float[Tensor, "n d"],
    y: Tensor,
    *,
    noise_variance: float = Gaussian.noise_variance,
    bias_correction: bool | None = False,
) -> Estimate:
    """Estimate I(T;Y), in bits, as if T and Y were Gaussian.

    Continuous y [n, d']: ½ log2 (|Σ_T| |Σ_Y| / |Σ_TY|), exact for Gaussians. Integer y [n]:
    H(T) - Σ p(y) H(T|y) with one Gaussian for T and one a class; as H(T) of a mixture is below that
    of the Gaussian with its covariance, this is too high, and not bounded by H(Y), where classes
    lie apart. Units that are constant say nothing and are left out.

    Args:
        t: activations [n, d] (further axes are flattened).
        y: labels, integer [n], or continuous values [n, d'].
        noise_variance, bias_correction: see ``Gaussian``.

    Returns:
        An ``Estimate``; for labels the ceiling is H(Y), and a flag says that the value is above
        it: T is no Gaussian then, and it says how far classes lie apart.

    Raises:
        InfoplaneError: where lengths differ, a covariance is singular (fewer samples, in all or
            in a class, than dimensions; units that depend on others), or a correction of noisy
            covariances is asked for.
        NonFiniteError: where a value is not finite.

    Cost: O(n (d + d')²) time; memory (d + d')² and 4,096 rows.

    Source: Cover & Thomas, Elements of Information Theory, 8.5; bias, Misra et al. 2005.
    """
    check_pairs(t, y)
    corrected = not noise_variance if bias_correction is None else bias_correction
    _check_noise(noise_variance, corrected)
    bits = _information(flat(t), y, noise_variance, corrected)
    return _estimate(bits, y, "Gaussian", noise_variance, corrected)


@dataclass(frozen=True)
class GaussianCopula(Estimator):
    """The closed form after each unit was made Gaussian by its ranks.

    Attributes:
        bias_correction: see ``gaussian_copula_information``.
    """

    bias_correction: bool = True

    name: ClassVar = "gaussian-copula"
    takes: ClassVar = BOTH
    cost: ClassVar = "n d² + n d log n"
    source: ClassVar = "Ince et al. 2017"
    atoms: ClassVar = False
    bias: ClassVar = LINEAR

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return gaussian_copula_information(t, y, **self.parameters)

    def raised(self, bits: float, t: Tensor, y: Tensor) -> Mapping[str, bool]:
        return scores_not_normal(t, y)


def gaussian_copula_information(
    t: Float[Tensor, "n d"], y: Tensor, *, bias_correction: bool = GaussianCopula.bias_correction
) -> Estimate:
    """Estimate I(T;Y), in bits, from ranks: each unit made Gaussian, then the closed form.

    Value → Φ⁻¹(rank / (n + 1)), ties at their mean rank; so invariant to increasing maps of each
    unit of T and of continuous Y. In expectation a lower bound for continuous Y without ties, as
    the Gaussian copula has the least information among those of its correlations.

    Arguments, errors, ceiling and the discrete case as in ``gaussian_information``.

    Cost: O(n d log n) more time than that, and one float32 copy of T and Y.

    Source: GCMI, Ince et al. 2017 (doi:10.1002/hbm.23471).
    """
    check_pairs(t, y)
    ranked = y if is_discrete(y) else copula_normalised(flat(y))
    bits = _information(copula_normalised(flat(t)), ranked, 0.0, bias_correction)
    return _estimate(bits, y, "Gaussian copula", 0.0, bias_correction)


def gaussian_entropy(
    t: Float[Tensor, "n d"], *, noise_variance: float = 0.0, bias_correction: bool = False
) -> float:
    """Return the differential entropy ½ log2 ((2πe)^d |Σ + σ²I|) of a Gaussian like T, in bits.

    Arguments and errors as in ``gaussian_information``; a constant unit is an error here.
    """
    check_samples(t)
    _check_noise(noise_variance, bias_correction)
    d = flat(t).shape[1]
    nats = _half_log_det(_covariance(flat(t)), len(t), noise_variance, bias_correction, "t")
    return nats / math.log(2) + d / 2 * math.log2(2 * math.pi * math.e)


def _information(t: Tensor, y: Tensor, noise_variance: float, corrected: bool) -> float:
    """Return I(T;Y) in bits."""
    t = t[:, t.amax(dim=0) > t.amin(dim=0)]
    if t.shape[1] == 0:
        return 0.0
    information_nats = _given_label if is_discrete(y) else _with_values
    return information_nats(t, y, noise_variance, corrected) / math.log(2)


def _with_values(t: Tensor, y: Tensor, noise_variance: float, corrected: bool) -> float:
    """Return ½ ln (|Σ_T| |Σ_Y| / |Σ_TY|), in nats."""
    y = flat(y)
    y = y[:, y.amax(dim=0) > y.amin(dim=0)].to(t.device)
    if y.shape[1] == 0:
        return 0.0
    n, d = t.shape
    joint = _covariance(t, y)
    joint[range(d), range(d)] += noise_variance
    return (
        _half_log_det(joint[:d, :d], n, 0.0, corrected, "t")
        + _half_log_det(joint[d:, d:], n, 0.0, corrected, "y")
        - _half_log_det(joint, n, 0.0, corrected, "t and y together")
    )


def _given_label(t: Tensor, y: Tensor, noise_variance: float, corrected: bool) -> float:
    """Return H(T) - Σ p(y) H(T|y), in nats."""
    labels, counts = renumbered(y)
    nats = _half_log_det(_covariance(t), len(t), noise_variance, corrected, "t")
    for label, count in enumerate(counts.tolist()):
        in_class = t[(labels == label).to(t.device)]
        name = f"t in class {int(y.flatten()[labels == label][0])}"
        within = _half_log_det(_covariance(in_class), count, noise_variance, corrected, name)
        nats -= count / len(t) * within
    return nats


def _covariance(*parts: Tensor) -> Float[Tensor, "d d"]:
    """Return the covariance of columns side by side, with n - 1, in float64 and by blocks."""
    n, d = len(parts[0]), sum(p.shape[1] for p in parts)
    total = torch.zeros(d, d, dtype=torch.float64, device=parts[0].device)
    mean = torch.cat([p.mean(dim=0, dtype=torch.float64) for p in parts])
    for start in range(0, n, CHUNK):
        block = torch.cat([p[start : start + CHUNK].double() for p in parts], dim=1) - mean
        total.addmm_(block.mT, block)
    return total / max(n - 1, 1)


def _half_log_det(
    covariance: Tensor, n: int, noise_variance: float, corrected: bool, name: str
) -> float:
    """Return ½ ln |Σ + σ²I|, in nats, less its bias where that is asked for."""
    d = len(covariance)
    variance = covariance.diagonal() + noise_variance
    scale = variance.clamp_min(torch.finfo(torch.float64).tiny).sqrt()
    correlation = covariance / scale[:, None] / scale
    correlation.diagonal().copy_(variance / scale**2)
    factor, failed = torch.linalg.cholesky_ex(correlation)
    left = factor.diagonal().square()
    if int(failed) or not float(left.min()) > SINGULAR:
        raise InfoplaneError(
            f"the covariance of {name} is singular ({n} samples, {d} dimensions): Gaussian "
            "information is not finite; give more samples, fewer units, noise (noise_variance of "
            "'gaussian'), or use one of: mesner-shalizi, renyi, infonce, or decoder for labels."
        )
    nats = float(left.log().sum() / 2 + scale.log().sum())
    return nats - _bias(n, d) if corrected else nats


def _bias(n: int, d: int) -> float:
    """Return E[½ ln |S|] - ½ ln |Σ| for the covariance S of n Gaussian samples, in nats."""
    halves = (n - torch.arange(1, d + 1, dtype=torch.float64)) / 2
    return float(torch.digamma(halves).sum() + d * math.log(2 / (n - 1))) / 2


def _check_noise(noise_variance: float, corrected: bool) -> None:
    if not (noise_variance >= 0 and math.isfinite(noise_variance)):
        raise InfoplaneError(
            f"noise_variance is {noise_variance}; give a finite number, 0 or more."
        )
    if noise_variance and corrected:
        raise InfoplaneError(
            f"the bias is not known with noise_variance {noise_variance:g}; give one of the two."
        )


def _estimate(
    bits: float, y: Tensor, name: str, noise_variance: float, corrected: bool
) -> Estimate:
    words = ["closed form"]
    words += [f"σ² = {noise_variance:g}"] if noise_variance else []
    words += ["bias-corrected"] if corrected else []
    ceiling = entropy_ceiling(y)
    return Estimate(
        bits=bits,
        ceiling=ceiling,
        n=len(y),
        resolution=", ".join(words),
        estimator=name,
    )
