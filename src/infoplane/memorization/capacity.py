"""Classical capacity: how many labels linear classifiers hold, in bits a weight.

N points in general position in d dimensions can be labelled in two classes in 2^N ways, and
C(N, d) = 2 Σ_{k<d} C(N-1, k) of these are those of a hyperplane through the origin. Half of them
are at N = 2d: Cover's capacity of 2 bits a weight.

Source: Cover 1965 (doi:10.1109/PGEC.1965.264137), equations 2 and 8; Gardner 1988 for the 2 again.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from jaxtyping import Float
from scipy.optimize import linprog

from infoplane.errors import InfoplaneError

CHI_SQUARED = 1 / (2 * math.log(2))  # bits a weight that N → ∞ random labels leave: E χ²_d / 2d
NEWTON_STEPS = 100
CONVERGED = 1e-10  # nats, of half the squared Newton decrement

Points = Float[np.ndarray, "n d"]
Signs = Float[np.ndarray, " n"]


def dichotomies(n: int, d: int) -> int:
    """Return C(n, d), the labelings of n points in general position that a hyperplane has.

    Raises:
        InfoplaneError: for less than one point or dimension.
    """
    if n < 1 or d < 1:
        raise InfoplaneError(f"n is {n} and d is {d}; give 1 or more of both.")
    return 2 * sum(math.comb(n - 1, k) for k in range(min(d, n)))


def separable_share(n: int, d: int) -> float:
    """Return the share of all labelings of n points that a hyperplane has, C(n, d) / 2^n.

    Example:
        >>> [round(separable_share(n, 60), 3) for n in (108, 120, 132)]
        [0.877, 0.5, 0.147]
    """
    return float(Fraction(dichotomies(n, d), 2**n))


def is_separable(x: Points, y: Signs) -> bool:
    """Return whether a hyperplane through the origin has all points on the side of their labels.

    By a linear program: is there a w with y_i ⟨w, x_i⟩ ≥ 1 for every i?

    Args:
        x: points.
        y: 1 or -1 for each.
    """
    of_each = -y[:, None] * x
    found = linprog(np.zeros(x.shape[1]), A_ub=of_each, b_ub=-np.ones(len(y)), bounds=(None, None))
    return found.status == 0


def logistic_bits(x: Points, y: Signs) -> float:
    """Return the bits that logistic regression memorizes of random labels: N + Σ log2 p(y_i).

    The likelihood at its maximum, by Newton's method; where the points are separable it has none,
    and all N bits are memorized in the limit. Each bit saved over one bit a label is memorized, as
    there is nothing to learn.

    Args:
        x: points.
        y: 1 or -1 for each.

    Raises:
        InfoplaneError: where Newton's method does not converge.

    Cost: O(N d²) a step, of about ten.
    """
    if is_separable(x, y):
        return float(len(y))
    signed, w = y[:, None] * x, np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        margin = signed @ w
        wrong = 1 / (1 + np.exp(margin))  # [n]
        gradient = signed.T @ wrong
        hessian = (signed * (wrong * (1 - wrong))[:, None]).T @ signed
        step = np.linalg.solve(hessian, gradient)
        if gradient @ step / 2 < CONVERGED:
            return len(y) - float(np.logaddexp(0, -margin).sum()) / math.log(2)
        w = w + _damped(signed, w, step, float(gradient @ step))
    raise InfoplaneError(
        f"Newton's method has not converged in {NEWTON_STEPS} steps on {len(y)} points; give more "
        "points, or none that are nearly separable."
    )


def _damped(signed: Points, w: Float[np.ndarray, " d"], step: Float[np.ndarray, " d"],
            slope: float) -> Float[np.ndarray, " d"]:  # fmt: skip
    """Return the step, halved until the likelihood rises by a tenth of what its slope promises."""
    before, size = np.logaddexp(0, -signed @ w).sum(), 1.0
    while np.logaddexp(0, -signed @ (w + size * step)).sum() > before - 0.1 * size * slope:
        size /= 2
    return size * step
