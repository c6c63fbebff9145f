"""Matrix-based Rényi entropy: the spectrum of a kernel matrix, without a density."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import BOTH, OTHER, Estimator
from infoplane.information.core.samples import (
    check_choice,
    check_pairs,
    check_positive,
    check_samples,
    is_discrete,
)
from infoplane.information.kernel.kernels import KERNELS, gram_matrix, kernel_width, label_kernel

MOST = 10_000  # samples in one matrix: 800 MB each
RULED = 10  # batches whose widths are averaged


class Entropies(NamedTuple):
    """The entropies of one batch, in bits: S(A), S(B), S(A,B)."""

    t: float
    y: float
    joint: float


@dataclass(frozen=True)
class Renyi(Estimator):
    """Matrix-based Rényi information.

    Attributes:
        alpha: order; 1 is von Neumann's entropy, 2 needs no eigenvalues.
        kernel: "exp(-d²/2σ²)" (Yu, IPDL) or "exp(-d²/σ²)" (Wickstrøm).
        width: σ, or the rule for it: "silverman", "median" or "alignment"; see ``kernel_width``,
            which returns a width that can be frozen. Aligned to labels it follows them, but the
            null keeps the width of the true ones.
        label_width: the same for continuous y ("silverman" or "median").
        gamma: γ of the first rule.
        batch: samples in one matrix; the mean over as many random batches as there are. None for
            all samples at once.
    """

    alpha: float = 1.01
    kernel: str = KERNELS[0]
    width: float | str = "silverman"
    label_width: float | str = "silverman"
    gamma: float = 5.0
    batch: int | None = None

    name: ClassVar = "renyi"
    takes: ClassVar = BOTH
    cost: ClassVar = "n³ + n² d"
    source: ClassVar = "Sánchez Giraldo, Rao & Príncipe 2015"
    resolutions: ClassVar = ("width",)
    permutations: ClassVar = 2
    bias: ClassVar = OTHER

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return renyi_information(t, y, **self.parameters, seed=seed)

    def tuned(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Renyi:
        """Return the estimator with the width that is aligned to y, if it is.

        Labels in another order would tune it anew, to another measure.
        """
        if self.width != "alignment":
            return self
        rows = list(_batches(len(t), self.batch, seed))
        width = _mean_width(t, y, self.width, rows, kernel=self.kernel, gamma=self.gamma)
        return replace(self, width=width)


def renyi_information(
    t: Float[Tensor, "n ..."],
    y: Tensor,
    *,
    alpha: float = Renyi.alpha,
    kernel: str = Renyi.kernel,
    width: float | str = Renyi.width,
    label_width: float | str = Renyi.label_width,
    gamma: float = Renyi.gamma,
    batch: int | None = Renyi.batch,
    seed: int = 0,
) -> Estimate:
    """Estimate the matrix-based I_α(T;Y) = S(A) + S(B) - S(A∘B / tr A∘B), in bits.

    A = K / tr K for the kernel of T, B for that of Y, and S(A) = log2(Σ λ^α) / (1 - α) of the
    eigenvalues. Not Shannon's information of a density: a measure of its own that the kernel width
    decides, never above log2 of the samples in a matrix; compare only at equal batch and width.

    Args:
        t: activations [n, d]; those of a convolution [n, c, h, w] are compared whole, by the
            Frobenius distance of their tensors (the tensor kernel), which is the Euclidean one of
            their flattened values. They are not standardised here.
        y: labels, integer [n], with the kernel 1 if equal, else 0; or continuous values [n, d'].
        seed: of the batches.
        alpha, kernel, width, label_width, gamma, batch: see ``Renyi``.

    Returns:
        An ``Estimate``; the widths used are in ``resolution``, the ceiling is log2 of the samples
        in a matrix, with labels the entropy of their own matrix; ``drawing_error`` is that of
        the mean over batches.

    Raises:
        InfoplaneError: for more than 10,000 samples in a matrix, a batch of more samples than there
            are or below 2, unknown names, alpha or widths that are not above 0.
        NonFiniteError: where a value is not finite.

    Cost: O(batch³ + batch² d) a batch; memory 4 matrices batch × batch.

    Source: Sánchez Giraldo, Rao & Príncipe 2015 (arXiv:1211.2459); Yu et al. 2020; tensor kernel,
    Wickstrøm et al. 2019 (arXiv:1909.11396).
    """
    check_pairs(t, y)
    check_positive("alpha", alpha)
    check_choice("kernel", kernel, KERNELS)
    rows = list(_batches(len(t), batch, seed))
    options = {"kernel": kernel, "gamma": gamma}
    sigma = _mean_width(t, y, width, rows, **options)
    words = [f"α = {alpha:g}", kernel, _words("σ", sigma, width)]
    label_sigma = math.nan
    if not is_discrete(y):
        label_sigma = _mean_width(y, None, label_width, rows, **options)
        words.append(_words("σ of y", label_sigma, label_width))
    entropies = [_measure(t[i], y[i], alpha, kernel, sigma, label_sigma) for i in rows]
    bits = torch.tensor([m.t + m.y - m.joint for m in entropies], dtype=torch.float64)
    size = len(rows[0])
    highest = sum(m.y for m in entropies) / len(entropies) if is_discrete(y) else math.inf
    return Estimate(
        bits=float(bits.mean()),
        ceiling=min(math.log2(size), highest),
        n=len(t),
        resolution=", ".join([*words, *([f"batches of {size}"] if len(rows) > 1 else [])]),
        estimator="matrix Rényi",
        drawing_error=float(bits.std() / math.sqrt(len(rows))) if len(rows) > 1 else math.nan,
    )


def renyi_entropy(
    t: Float[Tensor, "n ..."],
    *,
    alpha: float = 1.01,
    kernel: str = KERNELS[0],
    width: float | str = "silverman",
    gamma: float = 5.0,
    batch: int | None = None,
    seed: int = 0,
) -> float:
    """Return the matrix-based entropy S_α(T), in bits; arguments as in ``renyi_information``."""
    check_samples(t)
    check_positive("alpha", alpha)
    check_choice("kernel", kernel, KERNELS)
    rows = list(_batches(len(t), batch, seed))
    sigma = _mean_width(t, None, width, rows, kernel=kernel, gamma=gamma)
    entropies = [spectral_entropy(gram_matrix(t[i], sigma, kernel), alpha) for i in rows]
    return sum(entropies) / len(entropies)


def spectral_entropy(k: Float[Tensor, "n n"], alpha: float) -> float:
    """Return S_α of a kernel matrix divided by its trace, in bits; rounding below zero is zero."""
    trace = k.trace()
    if alpha == 2:
        return float(2 * trace.log2() - k.square().sum().log2())
    eigenvalues = torch.linalg.eigvalsh(k) / trace
    rounding = len(k) * torch.finfo(k.dtype).eps * eigenvalues[-1]
    eigenvalues = eigenvalues[eigenvalues > rounding]
    if alpha == 1:
        return float(torch.special.entr(eigenvalues).sum()) / math.log(2)
    return float(eigenvalues.pow(alpha).sum().log2()) / (1 - alpha)


def _measure(
    t: Tensor, y: Tensor, alpha: float, kernel: str, sigma: float, label_sigma: float
) -> Entropies:
    """Return the three entropies of one batch."""
    a = gram_matrix(t, sigma, kernel)
    b = label_kernel(y) if is_discrete(y) else gram_matrix(y, label_sigma, kernel)
    b = b.to(a.device)
    of_t, of_y = (spectral_entropy(k, alpha) for k in (a, b))
    return Entropies(of_t, of_y, spectral_entropy(a.mul_(b), alpha))


def _batches(n: int, batch: int | None, seed: int) -> Iterator[Tensor]:
    """Yield the samples of each batch: full ones only, so that all have one ceiling."""
    size = n if batch is None else batch
    if size > MOST:
        raise InfoplaneError(
            f"a kernel matrix of {size:,} samples was asked for; give batch=1000, say "
            f"({MOST:,} at most), for the mean over batches."
        )
    if not 2 <= size <= n:
        raise InfoplaneError(f"batch is {size} of {n} samples; give 2 or more, not above {n}.")
    order = torch.arange(n)
    if batch is not None:
        order = torch.randperm(n, generator=seeds.generator(seed, "kernel batches"))
    for i in range(n // size):
        yield order[i * size : (i + 1) * size]


def _mean_width(
    t: Tensor, y: Tensor | None, width: float | str, rows: list[Tensor], **options
) -> float:
    """Return the width that was given, or the mean of its rule over the first batches."""
    if not isinstance(width, str):
        check_positive("width", width)
        return width
    widths = [
        kernel_width(t[i], rule=width, y=None if y is None else y[i], **options)
        for i in rows[:RULED]
    ]
    return sum(widths) / len(widths)


def _words(name: str, sigma: float, width: float | str) -> str:
    return f"{name} = {sigma:.6g}" + (f" ({width})" if isinstance(width, str) else "")
