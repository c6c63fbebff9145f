"""Mutual information of values on a line, by nearest neighbours; ties, as atoms, allowed."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import digamma

from infoplane.information.neighbours.search import count_within, kth_distances

Line = Float[np.ndarray, " n"]


def ksg_on_lines(x: Line, y: Line, k: int) -> float:
    """Return I(X;Y) of two lines, in nats: KSG 1, with the k-th neighbour in the greater distance.

    ψ(k) + ψ(n) - ⟨ψ(n_x + 1) + ψ(n_y + 1)⟩ with the neighbours strictly nearer on each line; where
    the k-th coincides with the sample, the coincident ones take the place of k and are counted.

    Cost: O(n log n). Source: Kraskov et al. 2004; ties, Gao et al. 2017.
    """
    both = torch.from_numpy(np.column_stack([x, y]))
    radius = kth_distances(both, k)
    numbers = np.where(radius == 0, count_within(both, 0 * radius), k)
    counts = digamma(neighbours(x, radius) + 1) + digamma(neighbours(y, radius) + 1)
    return float(np.mean(digamma(numbers) + digamma(len(x)) - counts))


def ross_on_a_line(x: Line, labels: Int[np.ndarray, " n"], k: int) -> float:
    """Return I(X;Y) of a line and a label, in nats: neighbours in the class, counted in all.

    ψ(n) + ψ(k) - ⟨ψ(m)⟩ - Σ (n_y / n) ψ(n_y); ties as in ``ksg_on_lines``.

    Cost: O(n log n). Source: Ross 2014; ties, Gao et al. 2017.
    """
    total, radius = len(x) * digamma(len(x)), np.empty(len(x))
    numbers = np.full(len(x), k)
    for label in np.unique(labels):
        at = labels == label
        in_class = x[at]
        radius[at] = kth_distances(torch.from_numpy(in_class)[:, None], k)
        numbers[at] = np.where(radius[at] == 0, neighbours(in_class, radius[at]), k)
        total -= len(in_class) * digamma(len(in_class))
    inside = neighbours(x, radius) + 1
    return float((total + (digamma(numbers) - digamma(inside)).sum()) / len(x))


def neighbours(x: Line, radius: Line) -> Int[np.ndarray, " n"]:
    """Count the others strictly nearer than a radius to each value; for a radius of 0, the equal.

    Strict to the last bit: what decides is the rounded difference itself.
    """
    reach = np.where(radius > 0, np.nextafter(radius, 0), 0.0)
    return count_within(torch.from_numpy(x)[:, None], reach)
