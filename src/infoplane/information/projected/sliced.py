"""Sliced information: the mean over random directions of the information between projections."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import digamma
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.core.estimate import Estimate
from infoplane.information.core.estimator import BOTH, OTHER, Estimator
from infoplane.information.core.samples import (
    check_choice,
    check_pairs,
    check_positive,
    entropy_ceiling,
    flat,
    is_discrete,
    renumbered,
)
from infoplane.information.neighbours.one_dimensional import ksg_on_lines, ross_on_a_line
from infoplane.memory import check_fits

ON_LINES = ("ksg", "gaussian")
BLOCK = 1 << 23  # projected values at once


@dataclass(frozen=True)
class Sliced(Estimator):
    """Information between random projections, on average.

    Attributes:
        slices: pairs of directions.
        one_dimensional: information between projections: "ksg" (with labels Ross's form of it), or
            "gaussian", the closed form of their correlation (with labels, of variances).
        k: neighbours of the first.
    """

    slices: int = 128
    one_dimensional: str = "ksg"
    k: int = 3

    name: ClassVar = "sliced"
    takes: ClassVar = BOTH
    cost: ClassVar = "slices · n log n"
    source: ClassVar = "Goldfeld & Greenewald 2021"
    resolutions: ClassVar = ("slices",)
    permutations: ClassVar = 2
    bias: ClassVar = OTHER

    def estimate(self, t: Tensor, y: Tensor, *, seed: int = 0) -> Estimate:
        return sliced_information(t, y, **self.parameters, seed=seed)


def sliced_information(
    t: Float[Tensor, "n d"],
    y: Tensor,
    *,
    slices: int = Sliced.slices,
    one_dimensional: str = Sliced.one_dimensional,
    k: int = Sliced.k,
    seed: int = 0,
) -> Estimate:
    """Estimate the sliced information SI(T;Y) = E I(θᵀT; φᵀY), in bits.

    θ and φ are uniform on the spheres; labels are not projected: E I(θᵀT; Y). A measure of its own,
    zero only for independent T and Y, but not I(T;Y): below it, and about 1/2d of it for a T of d
    equally good units, so layers of different width are not comparable.

    Args:
        t: activations [n, d].
        y: labels, integer [n], or continuous values [n, d'].
        seed: of the directions.
        slices, one_dimensional, k: see ``Sliced``.

    Returns:
        An ``Estimate``; ``drawing_error`` is that of the mean over directions; the ceiling is
        log2 e · (ψ(n) - ψ(k)), with labels at most (ψ(n) - Σ p ψ(n_y)); for "gaussian" H(Y) with
        labels (which it may pass), else none.

    Raises:
        InfoplaneError: where lengths differ, for fewer than k + 1 samples in all or in a class,
            numbers out of range, or a Gaussian projection that the other decides.
        NonFiniteError: where a value is not finite.

    Cost: O(slices · n (d + log n)).

    Source: Goldfeld & Greenewald 2021 (arXiv:2110.05279); widths, Semenenko & Butakov 2025
    (arXiv:2506.04053).
    """
    check_choice("one_dimensional", one_dimensional, ON_LINES)
    check_positive("slices", slices)
    check_positive("k", k)
    least = k + 1 if one_dimensional == "ksg" else 2
    check_pairs(t, y, least=least)
    labels = _labels(y, least) if is_discrete(y) else None
    on_a_line = flat(t).shape[1] == 1 and (labels is not None or flat(y).shape[1] == 1)
    drawn = 1 if on_a_line else slices  # directions are ±1 there, and all give the same value
    lines = lines_of(t, drawn, seed, "t")
    if labels is not None:
        on_line = ross_on_a_line if one_dimensional == "ksg" else _gaussian_given_label
        nats = [on_line(x, labels, k) for x in lines]
    else:
        on_lines = ksg_on_lines if one_dimensional == "ksg" else _gaussian_on_lines
        nats = [
            on_lines(x, z, k) for x, z in zip(lines, lines_of(y, drawn, seed, "y"), strict=True)
        ]
    bits = np.array(nats) / math.log(2)
    ksg = one_dimensional == "ksg"
    ceiling = _ceiling(len(t), labels, k) if ksg else entropy_ceiling(y)
    error = float(bits.std(ddof=1) / math.sqrt(drawn)) if drawn > 1 else math.nan
    return Estimate(
        bits=float(bits.mean()),
        ceiling=ceiling,
        n=len(t),
        resolution=f"{slices} slices, " + (f"k = {k}" if ksg else "closed form"),
        estimator="sliced KSG" if ksg else "sliced Gaussian",
        drawing_error=0.0 if on_a_line and slices > 1 else error,
    )


def lines_of(t: Tensor, slices: int, seed: int, name: str) -> Iterator[Float[np.ndarray, " n"]]:
    """Yield projections [n], float64, of centred samples on uniform unit directions."""
    rows = flat(t).double()
    rows = rows - rows.mean(dim=0)
    check_fits(
        {f"slices is {slices:,}: so many directions": 8 * slices * rows.shape[1]},
        "give fewer (100 are usual)",
    )
    generator = seeds.generator(seed, f"slices of {name}")
    theta = torch.randn(slices, rows.shape[1], generator=generator, dtype=torch.float64)
    theta = (theta / theta.norm(dim=1, keepdim=True)).to(rows.device)
    for block in theta.split(max(1, BLOCK // len(rows))):
        projected = block @ rows.mT
        grid = projected.abs().amax(dim=1, keepdim=True).clamp_min(1e-300) * 2.0**-44
        yield from (projected / grid).round().mul_(grid).cpu().numpy()  # equal rows stay equal


def _labels(y: Tensor, least: int) -> np.ndarray:
    labels, counts = renumbered(y)
    if int(counts.min()) < least:
        raise InfoplaneError(
            f"a class has {int(counts.min())} samples; give {least} or more of each, or leave out "
            "the class or merge it with another."
        )
    return labels.cpu().numpy()


def _ceiling(n: int, labels: np.ndarray | None, k: int) -> float:
    nats = digamma(n) - digamma(k)
    if labels is not None:
        counts = np.bincount(labels)
        nats = min(nats, digamma(n) - float((counts * digamma(counts)).sum()) / n)
    return float(nats) / math.log(2)


def _gaussian_on_lines(x: np.ndarray, y: np.ndarray, _: int) -> float:
    """Return -½ ln (1 - ρ²), in nats; zero where a line is constant."""
    spread = math.sqrt(x @ x) * math.sqrt(y @ y)
    left = 1 - (float(x @ y) / spread) ** 2 if spread > 0 else 1.0
    return -0.5 * math.log(_left(left))


def _gaussian_given_label(x: np.ndarray, labels: np.ndarray, _: int) -> float:
    """Return ½ ln Var(x) - Σ p ½ ln Var(x|y), in nats; zero where the line is constant."""
    if not x.any():
        return 0.0
    total = x.var()
    parts = [x[labels == label] for label in np.unique(labels)]
    return -0.5 * sum(len(p) / len(x) * math.log(_left(p.var() / total)) for p in parts)


def _left(share: float) -> float:
    """Return the share of a variance that is not explained, or refuse none."""
    if share < 1e-13:
        raise InfoplaneError(
            "a projection of t is decided by y: its Gaussian information is infinite; "
            "give one_dimensional='ksg'."
        )
    return share
