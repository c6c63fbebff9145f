"""Outcomes of networks on subsets, drawn at random from known chances."""

from __future__ import annotations

import numpy as np

from infoplane.memorization.ensembles.outcomes import Outcomes

CLASSES = 4


def halves(networks: int, n: int, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of examples [n/2, 2], and memberships [K, n] that have one of each."""
    pairs = draw.permutation(n).reshape(-1, 2)
    side = draw.integers(2, size=(networks // 2, n // 2)).repeat(2, axis=0)
    side[1::2] = 1 - side[1::2]
    seen = np.zeros((networks, n), bool)
    for k, of_network in enumerate(side):
        seen[k, pairs[np.arange(n // 2), of_network]] = True
    return pairs, seen


def drawn(
    seen: np.ndarray, inside: np.ndarray, outside: np.ndarray, draw: np.random.Generator
) -> Outcomes:
    """Return outcomes that are right with chances [n] for who saw the example, and who did not."""
    chance = np.where(seen, inside, outside)
    correct = draw.random(seen.shape) < chance
    prediction = np.where(correct, 0, draw.integers(1, CLASSES, seen.shape))
    p = np.clip(chance + draw.normal(0, 0.05, seen.shape), 0.01, 0.99)
    return Outcomes(seen, correct, prediction, np.log2(p).astype(np.float32))


def at_random(networks: int = 40, n: int = 30, seed: int = 0) -> tuple[Outcomes, np.ndarray]:
    """Return outcomes of random chances on halves, and the pairs of examples."""
    draw = np.random.default_rng(seed)
    pairs, seen = halves(networks, n, draw)
    inside, outside = draw.uniform(0.6, 1, n), draw.uniform(0.1, 0.9, n)
    return drawn(seen, inside, outside, draw), pairs
