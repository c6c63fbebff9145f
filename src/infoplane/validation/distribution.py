"""What an estimator is held to: something to sample, whose mutual information is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

Kind = Literal["continuous", "discrete"]
Sampler = Callable[[int, torch.Generator], tuple[Tensor, Tensor]]

BITS = 1 / math.log(2)  # in a nat


@dataclass(frozen=True)
class Distribution:
    """A joint distribution of T and Y with its exact mutual information.

    ``sample(n, generator)`` draws ``t``, float64 [n, d], and ``y``: float64 [n, d'] where ``kind``
    is "continuous", int64 [n] where it is "discrete". ``atoms`` says that values of ``t``, or of a
    continuous ``y``, repeat exactly: estimators made for densities do not apply.
    """

    name: str
    truth_bits: float
    kind: Kind
    sample: Sampler
    atoms: bool = False


def normal(n: int, dimensions: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
    """Draw standard normal values in double precision."""
    return torch.randn(n, dimensions, generator=generator, dtype=torch.float64)


def uniform(n: int, dimensions: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
    """Draw values uniform over [0, 1) in double precision."""
    return torch.rand(n, dimensions, generator=generator, dtype=torch.float64)


def binary_entropy(p: float) -> float:
    """Return H_b(p) in bits."""
    return -sum(q * math.log2(q) for q in (p, 1 - p) if q > 0)
