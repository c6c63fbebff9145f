"""The 12-bit task, and networks whose layers have information known by construction."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.data import twelve_bit
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import ACTIVATIONS, build_mlp
from infoplane.validation.discrete_family import table_bits
from infoplane.validation.distribution import BITS, Distribution, normal

PATTERNS = 4096


def shuffled_patterns(n: int, generator: torch.Generator) -> Int[Tensor, " n"]:
    """Return numbers of patterns in random order, all of them before any comes again.

    With n = 4,096 the samples are the whole population, so that a plug-in estimate is exact.
    """
    rounds = -(-n // PATTERNS)
    orders = [torch.randperm(PATTERNS, generator=generator) for _ in range(rounds)]
    return torch.cat(orders)[:n] if orders else torch.empty(0, dtype=torch.int64)


def twelve_bit_task() -> Distribution:
    """Return the patterns of the 12-bit task as T and its labels as Y: I(T;Y) = H(Y)."""
    y = twelve_bit.labels()
    return _of_patterns("12-bit task", twelve_bit.patterns().double(), y)


def twelve_bit_stochastic() -> Distribution:
    """Return the 12-bit task with labels drawn from p(y|x), such that I(T;Y) is .99 bits."""
    patterns, p = twelve_bit.patterns().double(), twelve_bit.label_probabilities()
    chance = torch.from_numpy(p)

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        i = torch.randint(PATTERNS, (n,), generator=generator)
        drawn = torch.rand(n, generator=generator, dtype=torch.float64) < chance[i]
        return patterns[i], drawn.long()

    bits = twelve_bit.label_information(p)
    return Distribution("12-bit task, stochastic", bits, "discrete", sample, atoms=True)


def quantised_network(
    bits: int, widths: tuple[int, ...], activation: str = "tanh"
) -> Float[Tensor, "4096 d"]:
    """Return the last layer of a random network that reads the 4,096 patterns.

    After every layer each activation is rounded to one of 2^b levels, equally far apart over the
    range of the layer.
    """
    config = NetworkConfig(widths=widths, initialisation="xavier")
    network = build_mlp(config, inputs=12, classes=2, seed=0)
    h = 2 * twelve_bit.patterns().T[None].double() - 1  # [1, 12, 4096]
    with torch.no_grad():
        for i in range(1, len(widths) + 1):
            layer = network.get_submodule(f"layer{i}").double()
            h = torch.matmul(layer.weight, h)  # pyright: ignore[reportArgumentType]
            h = quantise(ACTIVATIONS[activation]()(h), bits)
    return h[0].T.contiguous()


def quantise(h: Tensor, bits: int) -> Tensor:
    """Round to 2^b levels, equally far apart from the least to the greatest value."""
    low, steps = h.min(), 2**bits - 1
    width = (h.max() - low) / steps
    return low + ((h - low) / width).round() * width


def quantised_label(bits: int, widths: tuple[int, ...], activation: str) -> Distribution:
    """Return such a layer with the labels of the 12-bit task: I(T;Y), by enumeration."""
    name = f"{bits}-bit {activation} net {_shape(widths)}, I(T;Y)"
    return _of_patterns(name, quantised_network(bits, widths, activation), twelve_bit.labels())


def quantised_input(bits: int, widths: tuple[int, ...], activation: str) -> Distribution:
    """Return such a layer with the number of its input as Y: I(X;T) = H(T), by enumeration."""
    name = f"{bits}-bit {activation} net {_shape(widths)}, I(X;T)"
    t = quantised_network(bits, widths, activation)
    return _of_patterns(name, t, torch.arange(PATTERNS))


def linear_network(widths: tuple[int, ...], noise_variance: float) -> Distribution:
    """Return a deep linear network's output with noise as T, and its normal input X as Y.

    I(X;T) = ½ log2 det(1 + W Σ Wᵀ/σ²), where W is the product of the layers' weights. Neighbouring
    inputs have correlation ½.

    Source: Saxe et al. 2018, appendix.
    """
    config = NetworkConfig(widths=widths[1:], activation="linear", initialisation="xavier")
    network = build_mlp(config, inputs=widths[0], classes=2, seed=0)
    weight = torch.eye(widths[0], dtype=torch.float64)
    for i in range(1, len(widths)):
        layer = network.get_submodule(f"layer{i}")
        weight = layer.weight[0].detach().double() @ weight  # pyright: ignore
    order = torch.arange(widths[0])
    covariance = 0.5 ** (order[:, None] - order).abs().double()
    factor = torch.linalg.cholesky(covariance)

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = normal(n, widths[0], generator) @ factor.T
        noise = noise_variance**0.5 * normal(n, widths[-1], generator)
        return x @ weight.T + noise, x

    signal = weight @ covariance @ weight.T / noise_variance
    nats = float(torch.logdet(torch.eye(widths[-1], dtype=torch.float64) + signal)) / 2
    name = f"linear net {_shape(widths)}, σ² {noise_variance:g}"
    return Distribution(name, nats * BITS, "continuous", sample)


def network_family() -> list[Distribution]:
    """Return the 12-bit task, quantised and linear networks."""
    return [
        twelve_bit_task(),
        twelve_bit_stochastic(),
        quantised_label(2, (10, 7), "tanh"),
        quantised_label(4, (10, 5), "relu"),
        quantised_input(2, (10, 7), "tanh"),
        quantised_input(4, (10, 5), "relu"),
        linear_network((3, 2), 0.1),
        linear_network((10, 5, 2), 0.1),
        linear_network((10, 10), 1.0),
    ]


def _of_patterns(name: str, t: Float[Tensor, "4096 d"], y: Int[Tensor, " 4096"]) -> Distribution:
    """Return T and Y that are both functions of the pattern, with I(T;Y) by counting."""
    _, cell = torch.unique(t, dim=0, return_inverse=True)
    counts = torch.zeros(int(cell.max()) + 1, int(y.max()) + 1, dtype=torch.float64)
    counts.index_put_((cell, y), torch.ones(PATTERNS, dtype=torch.float64), accumulate=True)

    def sample(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        i = shuffled_patterns(n, generator)
        return t[i], y[i]

    return Distribution(name, table_bits(counts / PATTERNS), "discrete", sample, atoms=True)


def _shape(widths: tuple[int, ...]) -> str:
    return "-".join(map(str, widths))
