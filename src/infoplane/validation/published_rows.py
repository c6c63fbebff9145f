"""What is in print of KSG, InfoNCE and MINE on normal data, in nats: tables of ``mutinfo``.

Source: the evaluation of I. Butakov et al. (VanessB/mutinfo): the table of low
dimensions at n = 10,000, and the table of convergence.
"""

from __future__ import annotations

from dataclasses import dataclass

KSG_PUBLISHED = {2.0: (1.95, 0.05), 5.0: (4.17, 0.25), 8.0: (5.66, 0.5)}  # true: (value, tolerance)


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
