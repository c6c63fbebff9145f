"""The 12-bit task of Shwartz-Ziv & Tishby (2017), from its rule."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.errors import InfoplaneError

SHA256 = "77732f16f85e91b49d3997196b56163b3bd362d8cf631468a8de3f986e88359f"
THRESHOLD = 7.63  # any value in (7.56278, 7.70130] gives the same labels
STOCHASTIC_INFORMATION = 0.99  # I(X;Y) of the stochastic labels, bits

# The twelve points of the sphere are the vertices of an icosahedron; row v: neighbours of vertex v.
NEIGHBOURS = (
    (1, 3, 5, 10, 11), (0, 2, 3, 4, 11), (1, 3, 4, 8, 9), (0, 1, 2, 8, 10),
    (1, 2, 6, 9, 11), (0, 6, 7, 10, 11), (4, 5, 7, 9, 11), (5, 6, 8, 9, 10),
    (2, 3, 7, 9, 10), (2, 4, 6, 7, 8), (0, 3, 5, 7, 8), (0, 1, 4, 5, 6),
)  # fmt: skip


def patterns() -> Float[Tensor, "4096 12"]:
    """Return all patterns of twelve bits; row n is n in binary, most significant bit first."""
    return ((torch.arange(4096)[:, None] >> torch.arange(11, -1, -1)) & 1).float()


def gram() -> Float[np.ndarray, "12 12"]:
    """Return the cosines of vertices: 1/√5 (neighbours), -1 (antipodes), -1/√5 (others)."""
    cosines = np.full((12, 12), -1 / math.sqrt(5))
    for vertex, neighbours in enumerate(NEIGHBOURS):
        cosines[vertex, neighbours] = 1 / math.sqrt(5)
        cosines[vertex, vertex] = 1.0
    near = cosines > 0
    within_two = near @ near  # vertices, their neighbours, and the neighbours of those
    return np.where(within_two, cosines, -1.0)


def rotation_invariant() -> Float[np.ndarray, 4096]:
    """Return f(x) = Σ x_i + √(xᵀ G x): the spherical power of each pattern at degrees 0 and 1."""
    x = patterns().numpy().astype(np.float64)
    length = np.einsum("ni,ij,nj->n", x, gram(), x).clip(min=0)
    return x.sum(axis=1) + np.sqrt(length)


def labels() -> Int[Tensor, 4096]:
    """Return the deterministic labels y(x) = [f(x) ≥ θ].

    Raises:
        InfoplaneError: where they are not the published ones.
    """
    y = rotation_invariant() >= THRESHOLD
    return check_published(torch.from_numpy(y.astype(np.int64)))


def check_published(y: Int[Tensor, 4096]) -> Int[Tensor, 4096]:
    """Return the labels if their SHA-256, as bytes, is that of the public data file."""
    digest = hashlib.sha256(y.numpy().astype(np.uint8).tobytes()).hexdigest()
    if digest != SHA256:
        raise InfoplaneError(
            f"the labels of the 12-bit task have SHA-256 {digest}, not {SHA256}; floating point on "
            "this machine breaks the rule: please report it."
        )
    return y


def label_probabilities(gamma: float | None = None) -> Float[np.ndarray, 4096]:
    """Return p(y=1|x) = 1 / (1 + exp(-γ (f(x) - θ))), with γ such that I(X;Y) is 0.99 bits.

    Source: Shwartz-Ziv & Tishby 2017, §3.1; θ is the threshold of the deterministic labels.
    """
    distance = rotation_invariant() - THRESHOLD
    return _sigmoid((_gamma(distance) if gamma is None else gamma) * distance)


def _gamma(distance: Float[np.ndarray, 4096]) -> float:
    """Find γ by bisection on its logarithm: I(X;Y) grows with γ."""
    low, high = 1e-3, 1e6
    gamma = math.sqrt(low * high)
    for _ in range(200):
        gamma = math.sqrt(low * high)
        enough = label_information(_sigmoid(gamma * distance)) > STOCHASTIC_INFORMATION
        low, high = (low, gamma) if enough else (gamma, high)
    return gamma


def label_information(p: Float[np.ndarray, " n"]) -> float:
    """Return I(X;Y) in bits of binary labels with p(y=1|x), for equally likely x."""
    return float(_binary_entropy(p.mean()) - _binary_entropy(p).mean())


def stochastic_labels(generator: torch.Generator) -> Int[Tensor, 4096]:
    """Draw one label for each pattern from p(y|x)."""
    p = torch.from_numpy(label_probabilities())
    return (torch.rand(len(p), generator=generator, dtype=torch.float64) < p).long()


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(z / 2))


def _binary_entropy(p: np.ndarray | np.floating) -> np.ndarray | np.floating:
    p = np.clip(p, 1e-300, 1)
    q = np.clip(1 - p, 1e-300, 1)
    return -(p * np.log2(p) + q * np.log2(q))
