"""Published rows of estimators on normal data, measured again by their own protocol, in nats.

Their entries are tuned with the truth in hand (the best k of each cell), on data turned at random:
not to be compared with a fixed k on aligned coordinates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from scipy.stats import ortho_group
from torch import Tensor

from infoplane import seeds as seeding
from infoplane.errors import InfoplaneError
from infoplane.validation.distribution import BITS, normal
from infoplane.validation.published_rows import CONVERGENCE, KSG_PUBLISHED, Published

KNearest = Callable[[Tensor, Tensor, int], float]  # (t, y, k) -> bits
Critic = Callable[[Tensor, Tensor, Tensor, Tensor, int], float]  # see convergence_rows

KS = (1, 2, 3, 5, 10, 20)
DIMENSIONS = (1, 2, 3)
HELD_OUT = 100_000
FIRST_SEED = 42  # of print


def rotated_normal(
    nats: float, dimensions: int, n: int, seed: int, *, even: bool = False
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
    """Draw T and Y that share ``nats``, split over pairs of coordinates, each turned.

    The split is uniform over the simplex, or even; the turns are random orthogonal matrices. They
    are those of print, seed by seed, since ten random splits are too few to stand for all.
    """
    random = np.random.RandomState(seed)  # as numpy.random.seed(seed), but of its own
    split = np.ones(dimensions) if even else random.exponential(size=dimensions)
    parts = torch.from_numpy(nats * split / split.sum())
    draw = seeding.generator(seed, f"published normal, {nats:g} nats", dimensions, n)
    turns = [_turn(dimensions, random) for _ in range(2)]
    t, y = paired_normal(parts[None], n, draw)
    return t @ turns[0].T, y @ turns[1].T


def paired_normal(
    nats: Float[Tensor, "1 d"], n: int, generator: torch.Generator
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
    """Draw T and Y whose i-th coordinates share so many nats: ρ² = 1 - exp(-2 I)."""
    squared = -torch.expm1(-2 * nats)
    t, noise = (normal(n, nats.shape[1], generator) for _ in range(2))
    return t, squared.sqrt() * t + (1 - squared).sqrt() * noise


def ksg_rows(
    ksg: KNearest,
    *,
    true_nats: Sequence[float] = tuple(KSG_PUBLISHED),
    ks: Sequence[int] = KS,
    n: int = 10_000,
    seeds: int = 10,
) -> pd.DataFrame:
    """Measure the published row of KSG on normal data: means over 1 to 3 dimensions and seeds.

    In each row the k of the least mean absolute error is shown, as in print.

    Args:
        ksg: a function ``(t, y, k) -> bits``.
        true_nats: of 2, 5 and 8.
        ks: values of k tried.
        n: samples; published: 10,000.
        seeds: splits and turns for each dimension; those of print are 10.

    Returns:
        Columns ``true, published, estimate, error, tolerance, spread, k, holds``, in nats, where
        error is estimate - published, spread the standard deviation over dimensions and seeds.

    Raises:
        InfoplaneError: where a true value has no published row.

    Cost: dimensions × seeds × ks estimates a row, 180 by default; k = 1 is the best in each.
    """
    rows = []
    for true in true_nats:
        if true not in KSG_PUBLISHED:
            raise InfoplaneError(
                f"no row is published here for {true:g} nats; give some of "
                f"{', '.join(f'{nats:g}' for nats in KSG_PUBLISHED)}."
            )
        estimates = np.array(
            [_each_k(ksg, true, d, seed, ks, n) for d in DIMENSIONS for seed in _seeds(seeds)]
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

    The split is even, and both sides are turned. Published entries were trained for 10,000 steps of
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
        nats = [_score(critics[entry.estimator], entry, held_out, s) for s in _seeds(seeds)]
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


def _seeds(number: int) -> range:
    return range(FIRST_SEED, FIRST_SEED + number)


def _each_k(
    ksg: KNearest, true: float, dimensions: int, seed: int, ks: Sequence[int], n: int
) -> list[float]:
    """Estimate the same samples with each k, in nats."""
    t, y = rotated_normal(true, dimensions, n, seed)
    return [ksg(t, y, k) / BITS for k in ks]


def _score(critic: Critic, entry: Published, held_out: int, seed: int) -> float:
    """Train and score one critic, in nats."""
    n, d = entry.n, entry.dimensions
    t, y = rotated_normal(2.0 * d, d, n + held_out, seed, even=True)
    return critic(t[:n], y[:n], t[n:], y[n:], seed) / BITS


def _turn(dimensions: int, random: np.random.RandomState) -> Float[Tensor, "d d"]:
    if dimensions == 1:
        return torch.ones(1, 1, dtype=torch.float64)
    return torch.from_numpy(ortho_group.rvs(dimensions, random_state=random))
