"""Critics f(t, y): small networks that score pairs, initialised by their own generator."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

CRITICS = ("separable", "joint")


class MultilayerPerceptron(nn.Module):
    """ReLU layers of the given widths, He-initialised without touching the global generator."""

    def __init__(self, widths: list[int], generator: torch.Generator) -> None:
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for fan_in, fan_out in pairwise(widths):
            scale = math.sqrt(2 / max(fan_in, 1))
            self.weights.append(torch.randn(fan_in, fan_out, generator=generator) * scale)
            self.biases.append(torch.zeros(fan_out))

    def forward(self, x: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch out"]:
        return self.rest(x @ self.weights[0] + self.biases[0])

    def rest(self, first: Float[Tensor, "*batch h"]) -> Float[Tensor, "*batch out"]:
        """Return the output, given the first layer's values before its ReLU."""
        x = first
        for weight, bias in zip(list(self.weights)[1:], list(self.biases)[1:], strict=True):
            x = x.relu() @ weight + bias
        return x


class SeparableCritic(nn.Module):
    """f(t, y) = g(t)·h(y) / √r, of two networks: all pairs of a batch are one product.

    Source: CPC, van den Oord et al. 2018.
    """

    def __init__(self, d: int, d_y: int, hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        self.g = MultilayerPerceptron([d, hidden, hidden, hidden], generator)
        self.h = MultilayerPerceptron([d_y, hidden, hidden, hidden], generator)
        self.scale = hidden**-0.5

    def pairs(self, t: Tensor, y: Tensor) -> Float[Tensor, " n"]:
        """Score each t with its y."""
        return (self.g(t) * self.h(y)).sum(dim=1) * self.scale

    def all_pairs(self, t: Tensor, y: Tensor) -> Float[Tensor, "n m"]:
        """Score each t with every y."""
        return self.g(t) @ self.h(y).mT * self.scale


class JointCritic(nn.Module):
    """f(t, y) = one network of both side by side. Source: MINE, Belghazi et al. 2018."""

    def __init__(self, d: int, d_y: int, hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        self.d = d
        self.f = MultilayerPerceptron([d + d_y, hidden, hidden, 1], generator)

    def pairs(self, t: Tensor, y: Tensor) -> Float[Tensor, " n"]:
        """Score each t with its y."""
        return self.f(torch.cat([t, y], dim=1))[:, 0]

    def all_pairs(self, t: Tensor, y: Tensor) -> Float[Tensor, "n m"]:
        """Score each t with every y; the first layer is a sum of both, so it is done but once."""
        weight, bias = self.f.weights[0], self.f.biases[0]
        first = (t @ weight[: self.d])[:, None] + (y @ weight[self.d :] + bias)
        return self.f.rest(first)[..., 0]


Critic = SeparableCritic | JointCritic


def make_critic(
    name: str, d: int, d_y: int, *, hidden: int, generator: torch.Generator
) -> SeparableCritic | JointCritic:
    """Return a critic of two hidden layers for T of d and Y of d_y dimensions."""
    kind = SeparableCritic if name == "separable" else JointCritic
    return kind(d, d_y, hidden, generator)
