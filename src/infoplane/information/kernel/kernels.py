"""Gaussian kernels of samples and of labels, and the rules that choose their width."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.core.samples import (
    check_choice,
    check_pairs,
    check_positive,
    check_samples,
    flat,
    is_discrete,
)

KERNELS = ("exp(-d²/2σ²)", "exp(-d²/σ²)")
RULES = ("silverman", "median", "alignment")
LOOKED_AT = 1000  # samples, evenly spaced, whose distances a rule looks at
TRIED = torch.logspace(-2, 1, 61, dtype=torch.float64)  # widths, in mean distances


def kernel_width(
    t: Float[Tensor, "n ..."],
    *,
    rule: str,
    y: Tensor | None = None,
    kernel: str = KERNELS[0],
    gamma: float = 5.0,
) -> float:
    """Return the width σ that a rule gives for some samples: pass it on to freeze it.

    "silverman": γ n^(-1/(4 + d)), which knows no scale but that of standardised units (γ = 5, Yu
    et al.; IPDL has √d). "median": the median distance between samples. "alignment": of 61 widths
    from 1/100 to 10 mean distances that with the greatest ⟨K, K_Y⟩ / (‖K‖ ‖K_Y‖) (Wickstrøm et al.,
    whose range starts at 0.3 in units of T): tuned to the labels, so on random labels it follows
    them; freeze the width of one checkpoint, or of the true labels. The last two look at up to
    1,000 samples, evenly spaced, and give 1 where all are equal and any width does.

    Args:
        t: activations [n, d], or tensors [n, c, h, w].
        rule: one of the three.
        y: labels, integer [n], which "alignment" needs.
        kernel: convention of the width.
        gamma: γ of the first rule.

    Raises:
        InfoplaneError: for unknown names, gamma not above 0, or alignment without integer labels.
        NonFiniteError: where a value is not finite.
    """
    check_choice("kernel", kernel, KERNELS)
    check_choice("width", rule, RULES)
    check_positive("gamma", gamma)
    if rule == "silverman":
        check_samples(t)
        return float(gamma * len(t) ** (-1 / (4 + flat(t).shape[1])))
    if rule == "alignment":
        if y is None or not is_discrete(y):
            raise InfoplaneError("the width 'alignment' needs labels; give integer y, or 'median'.")
        check_pairs(t, y)
    check_samples(t)
    some = torch.linspace(0, len(t) - 1, min(LOOKED_AT, len(t)), dtype=torch.float64).long()
    squared = squared_distances(t[some])
    above = torch.triu_indices(len(some), len(some), offset=1, device=squared.device)
    distances = squared[above[0], above[1]].sqrt()
    distances[distances < 1e-7 * distances.max()] = 0  # equal samples, but for rounding
    if not distances.any():
        return 1.0
    if rule == "alignment":
        assert y is not None
        widths = TRIED * float(distances.mean())
        return _aligned(squared, label_kernel(y[some]).to(squared.device), widths, kernel)
    middle = float(distances.median())
    return middle if middle > 0 else float(distances[distances > 0].median())


def _aligned(squared: Tensor, labels: Tensor, widths: Tensor, kernel: str) -> float:
    """Return the width whose kernel is most aligned with that of the labels."""
    scores = []
    for sigma in widths.tolist():
        k = _gaussian(squared.clone(), sigma, kernel)
        scores.append(float((k * labels).sum() / k.norm()))
    return float(widths[int(torch.tensor(scores).argmax())])


def gram_matrix(t: Float[Tensor, "n ..."], sigma: float, kernel: str) -> Float[Tensor, "n n"]:
    """Return the Gaussian kernel between samples, float64."""
    return _gaussian(squared_distances(t), sigma, kernel)


def label_kernel(y: Int[Tensor, " n"]) -> Float[Tensor, "n n"]:
    """Return 1 where labels are equal, else 0."""
    y = y.flatten()
    return (y[:, None] == y).double()


def squared_distances(t: Float[Tensor, "n ..."]) -> Float[Tensor, "n n"]:
    """Return squared distances between samples (of tensors: Frobenius), float64, exactly 0 to self.

    Samples are centred first: small norms keep the differences exact to rounding.
    """
    rows = flat(t).double()
    rows = rows - rows.mean(dim=0)
    norms = rows.square().sum(dim=1)
    squared = torch.addmm(norms, rows, rows.mT, alpha=-2).add_(norms[:, None]).clamp_min_(0)
    squared.fill_diagonal_(0)
    return squared


def _gaussian(squared: Tensor, sigma: float, kernel: str) -> Tensor:
    """Return the kernel of squared distances, in their place."""
    scale = 2 * sigma**2 if kernel == KERNELS[0] else sigma**2
    return squared.div_(-scale).exp_()
