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


CONVERGENCE = (
    Published("InfoNCE", dimensions=1, n=10_000, nats=1.9859, sd=0.0098),
    Published("MINE", dimensions=1, n=10_000, nats=2.006, sd=0.045),
)
