"""Published rows of estimators on normal data, measured again by their own protocol, in nats.

The rows are those of the tables of Butakov et al. (``mutinfo``). Their entries are tuned with the
truth in hand (the best k of each cell), and their data turned at random, which is what an estimator
with a fixed k on aligned coordinates must not be compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from infoplane import seeds as seeding
from infoplane.errors import InfoplaneError
from infoplane.validation.distribution import BITS, normal, uniform

KNearest = Callable[[Tensor, Tensor, int], float]  # (t, y, k) -> bits
Critic = Callable[[Tensor, Tensor, Tensor, Tensor, int], float]
# (t and y to train on, t and y to score, seed) -> bits

KSG_PUBLISHED = {2.0: (1.95, 0.05), 5.0: (4.17, 0.25), 8.0: (5.66, 0.5)}  # true: (value, tolerance)
KS = (1, 2, 3, 5, 10, 20)
DIMENSIONS = (1, 2, 3)
HELD_OUT = 100_000


@dataclass(frozen=True)
class Published:
    """One published entry of a critic trained on ``n`` samples of 2 nats a dimension."""

    estimator: str
    dimensions: int
    n: int
    nats: float
    sd: float


CONVERGENCE = tuple(
    Published(estimator, dimensions, n, nats, sd)
    for estimator, dimensions, entries in (
        ("InfoNCE", 1, ((100, 0.30, 0.50), (316, 1.55, 0.12), (1000, 1.900, 0.046),
                        (3162, 1.984, 0.012), (10_000, 1.9859, 0.0098))),
        ("InfoNCE", 2, ((1000, 3.675, 0.054), (3162, 3.810, 0.035), (10_000, 3.847, 0.010))),
        ("InfoNCE", 4, ((1000, 4.98, 0.25), (3162, 5.866, 0.019), (10_000, 5.950, 0.011))),
        ("MINE", 1, ((100, 1.63, 0.27), (316, 1.93, 0.22), (1000, 1.96, 0.19),
                     (3162, 1.969, 0.076), (10_000, 2.006, 0.045))),
        ("MINE", 2, ((1000, 3.87, 0.28), (3162, 3.86, 0.23), (10_000, 3.87, 0.15))),
        ("MINE", 8, ((10_000, 9.7, 1.5),)),
    )
    for n, nats, sd in entries
)  # fmt: skip


def rotated_normal(
    nats: float, dimensions: int, n: int, generator: torch.Generator
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
    """Draw T and Y that share ``nats``, split at random over pairs of coordinates, each turned.

    The split is uniform over the simplex; the turns are random orthogonal matrices.
    """
    split = -torch.log1p(-uniform(1, dimensions, generator))
    t, y = paired_normal(nats * split / split.sum(), n, generator)
    return t @ orthogonal(dimensions, generator), y @ orthogonal(dimensions, generator)


def paired_normal(
    nats: Float[Tensor, "1 d"], n: int, generator: torch.Generator
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
    """Draw T and Y whose i-th coordinates share so many nats: ρ² = 1 - exp(-2 I)."""
    squared = -torch.expm1(-2 * nats)
    t, noise = (normal(n, nats.shape[1], generator) for _ in range(2))
    return t, squared.sqrt() * t + (1 - squared).sqrt() * noise


def orthogonal(dimensions: int, generator: torch.Generator) -> Float[Tensor, "d d"]:
    """Draw an orthogonal matrix, uniformly (QR of a normal one, with signs of R's diagonal)."""
    q, r = torch.linalg.qr(normal(dimensions, dimensions, generator))
    return q * r.diagonal().sign()


def ksg_rows(
    ksg: KNearest,
    *,
    true_nats: Sequence[float] = tuple(KSG_PUBLISHED),
    ks: Sequence[int] = KS,
    n: int = 10_000,
    seeds: int = 4,
) -> pd.DataFrame:
    """Measure the published row of KSG on normal data: means over 1 to 3 dimensions and seeds.

    In each row the k of the least mean absolute error is shown, as in print.

    Args:
        ksg: a function ``(t, y, k) -> bits``.
        true_nats: of 2, 5 and 8.
        ks: values of k tried.
        n: samples; published: 10,000.
        seeds: splits and turns for each dimension; published: 10.

    Returns:
        Columns ``true, published, estimate, error, tolerance, spread, k, holds``, in nats, where
        error is estimate - published, spread the standard deviation over dimensions and seeds.

    Raises:
        InfoplaneError: where a true value has no published row.

    Cost: dimensions × seeds × ks estimates a row, 72 by default.
    """
    rows = []
    for true in true_nats:
        if true not in KSG_PUBLISHED:
            raise InfoplaneError(
                f"no row is published here for {true:g} nats; give some of "
                f"{', '.join(f'{known:g}' for known in KSG_PUBLISHED)}."
            )
        estimates = np.array(
            [_each_k(ksg, true, d, seed, ks, n) for d in DIMENSIONS for seed in range(seeds)]
        )  # [dimensions × seeds, ks]
        best = int(np.abs(estimates - true).mean(axis=0).argmin())
        published, tolerance = KSG_PUBLISHED[true]
        error = float(estimates[:, best].mean()) - published
        rows.append(
            {
                "true": true,
                "published": published,
                "estimate": published + error,
                "error": error,
                "tolerance": tolerance,
                "spread": float(estimates[:, best].std(ddof=1)),
                "k": ks[best],
                "holds": abs(error) <= tolerance,
            }
        )
    return pd.DataFrame(rows)


def convergence_rows(
    critics: dict[str, Critic],
    *,
    published: Sequence[Published] = CONVERGENCE,
    held_out: int = HELD_OUT,
    seeds: int = 3,
) -> pd.DataFrame:
    """Measure the published rows of trained critics: normal data, 2 nats in each dimension.

    The split is even and nothing is turned. Published entries were trained for 10,000 steps of
    batch 512 with Adam at 1e-3, scored on 100,000 held-out samples, over 10 seeds, with the best
    hidden width of 16 to 128.

    Args:
        critics: by the name "InfoNCE" or "MINE", functions
            ``(t, y, t_held_out, y_held_out, seed) -> bits``; entries of others are left out.
        published: the entries measured.
        held_out: samples to score on.
        seeds: samples drawn for each entry.

    Returns:
        Columns ``estimator, dimensions, n, true, published, sd, estimate, spread, holds``, in
        nats; it holds within two published standard deviations.
    """
    rows = []
    for entry in published:
        if entry.estimator not in critics:
            continue
        critic = critics[entry.estimator]
        nats = [_score(critic, entry, held_out, seed) for seed in range(seeds)]
        estimate = float(np.mean(nats))
        rows.append(
            {
                "estimator": entry.estimator,
                "dimensions": entry.dimensions,
                "n": entry.n,
                "true": 2.0 * entry.dimensions,
                "published": entry.nats,
                "sd": entry.sd,
                "estimate": estimate,
                "spread": float(np.std(nats, ddof=1)) if seeds > 1 else float("nan"),
                "holds": abs(estimate - entry.nats) <= 2 * entry.sd,
            }
        )
    return pd.DataFrame(rows)


def _each_k(
    ksg: KNearest, true: float, dimensions: int, seed: int, ks: Sequence[int], n: int
) -> list[float]:
    """Estimate the same samples with each k, in nats."""
    generator = seeding.generator(seed, f"published KSG, {true:g} nats", dimensions)
    t, y = rotated_normal(true, dimensions, n, generator)
    return [ksg(t, y, k) / BITS for k in ks]


def _score(critic: Critic, entry: Published, held_out: int, seed: int) -> float:
    """Train and score one critic, in nats."""
    generator = seeding.generator(seed, "published convergence", entry.dimensions, entry.n)
    nats = torch.full((1, entry.dimensions), 2.0, dtype=torch.float64)
    t, y = paired_normal(nats, entry.n + held_out, generator)
    return critic(t[: entry.n], y[: entry.n], t[entry.n :], y[entry.n :], seed) / BITS
