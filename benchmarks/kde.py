"""KDE bounds at 10,000 × 1,024, ten classes, against the dense form."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks.measuring import Row, grown_mebibytes, seconds
from infoplane.information.noisy.kde import kde_information

SAMPLES, WIDTH, CLASSES, VARIANCE = 10_000, 1024, 10, 0.1


def rows() -> Iterator[Row]:
    """Time both bounds of I(X;T̃), I(T̃;Y) and I(X;T̃|Y), after a look that values agree."""
    t, y = layer(SAMPLES)
    bounds = kde_information(t, y, noise_variance=VARIANCE)
    theirs = [_information(t, y, c * VARIANCE) for c in (4, 1)]
    ours = [(bound.x.bits, bound.y.bits) for bound in bounds]
    np.testing.assert_allclose(ours, theirs, atol=2e-2)
    fast = seconds(lambda: kde_information(t, y, noise_variance=VARIANCE))
    small = seconds(lambda: kde_information(t, y, noise_variance=1e-4), repeats=1)
    slow = seconds(lambda: [_information(t, y, c * VARIANCE) for c in (4, 1)], repeats=1)
    work = "KDE bounds, 10,000 × 1,024, ten classes"
    yield Row("bounds", work, fast, "all distances", slow, aim="≥ 3")
    yield Row("bounds-float64", f"{work}, in float64", small, "all distances in float32", slow)
    grown = grown_mebibytes("benchmarks.kde:large")
    aim = 2048 / 3  # it grows with n, and 60,000 may take 2 GiB
    work = "memory of the KDE, 20,000 × 1,024"
    yield Row("memory", work, grown, "(the aim)", aim, unit="MiB", aim="≥ 1")


def layer(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a layer whose classes are clouds of a size that the noise blurs."""
    generator, y = torch.Generator().manual_seed(0), torch.arange(n) % CLASSES
    centres = torch.rand(CLASSES, WIDTH, generator=generator)
    return centres[y] + 0.02 * torch.randn(n, WIDTH, generator=generator), y


def large() -> Callable[[], object]:
    """Prepare a third of MNIST."""
    t, y = layer(20_000)
    return lambda: kde_information(t, y, noise_variance=VARIANCE)


def _information(t: torch.Tensor, y: torch.Tensor, variance: float) -> tuple[float, float]:
    """I(X;T̃) and I(T̃;Y) in bits by one bound: once over all, once over each class."""
    whole = _entropy(t, variance)
    within = sum(float((y == c).float().mean()) * _entropy(t[y == c], variance) for c in y.unique())
    noise = t.shape[1] / 2 * math.log(2 * math.pi * variance)
    return (whole - noise) / math.log(2), (whole - within) / math.log(2)


def _entropy(t: torch.Tensor, variance: float) -> float:
    """Nats, less d/2: log-sum-exp of the n × n distances (ibsgd), in float32 as there."""
    squares = t.square().sum(dim=1, keepdim=True)
    exponents = (squares + squares.T - 2 * (t @ t.T)) / (2 * variance)
    norm = t.shape[1] / 2 * math.log(2 * math.pi * variance)
    return -float((torch.logsumexp(-exponents, dim=1) - math.log(len(t)) - norm).mean())
