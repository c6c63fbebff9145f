"""Networks with Gaussian weights, each at its own price of a bit of weights, trained as one.

Each is trained for Σ_i E_q[-log p(y_i|x_i,w)] + β KL(q ‖ p): the information Lagrangian of Achille
& Soatto (2018), eq. 3, with the divergence from a prior in the place of I(w;D), which it bounds.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from infoplane import seeds
from infoplane.data.split import Split, balanced_subset
from infoplane.memorization.weight_information import Prior, weight_bits
from infoplane.networks.config import NetworkConfig
from infoplane.networks.mlp import build_mlp
from infoplane.networks.stochastic import StochasticMLP
from infoplane.tables import LABEL_PRICES, table

TRUE, RANDOM = "true", "random"
LOW = 0.01  # the price that a rising one begins at
HELD, REACHED = 0.2, 0.6  # shares of the steps: until where it is held there, and is its own
FALLS = 0.7  # share of the steps after which the learning rate falls to 0
DRAWS = 8  # of the weights, for the mean loss


@dataclass(frozen=True)
class Variation:
    """How a sweep differs from the first: its start, length, data, network or prior."""

    name: str
    kinds: tuple[str, ...] = (TRUE, RANDOM)
    rising: bool = True
    """Whether the price rises to its own while the labels are learned, or is there at once."""
    longer: int = 1
    wider: int = 1
    examples: float = 1.0
    """Share of the examples."""
    prior: Prior = "gaussian"


@dataclass(frozen=True)
class SweepConfig:
    """A sweep of prices, for one set of examples."""

    prices: tuple[float, ...]
    widths: tuple[int, ...]
    draws: int = 3
    steps: int = 1500
    learning_rate: float = 0.01


class Priced(NamedTuple):
    """One network of a sweep."""

    labels: str
    draw: int
    price: float


def label_prices(
    train: Split,
    test: Split,
    config: SweepConfig,
    variation: Variation,
    *,
    seed: int,
    device: str = "cpu",
) -> pd.DataFrame:
    """Return what networks keep of true and of random labels at each price, a row a network.

    Random labels are drawn anew, uniformly, for each draw.

    Args:
        train: examples with true labels; inputs of any shape.
        test: on which the mean weights are asked.
        config: prices, network and steps.
        variation: how this sweep differs.
        seed: of all that is random.
        device: where to train.

    Returns:
        ``LABEL_PRICES``.

    Cost: prices × draws × kinds networks side by side, full batch, two products a layer.
    """
    sweep = _Sweep(train, test, config, variation, seed, device)
    sweep.train()
    return table(sweep.rows(), LABEL_PRICES)


class _Sweep:
    """All networks of one variation."""

    def __init__(
        self,
        train: Split,
        test: Split,
        config: SweepConfig,
        variation: Variation,
        seed: int,
        device: str,
    ) -> None:
        n = round(len(train) * variation.examples)
        train = balanced_subset(train, n, seeds.generator(seed, "priced examples"))
        self.config, self.variation, self.n = config, variation, n
        draws = range(config.draws)
        self.networks = [
            Priced(*one) for one in itertools.product(variation.kinds, draws, config.prices)
        ]
        self.inputs, self.test_inputs = (s.inputs.flatten(1).to(device) for s in (train, test))
        self.classes, self.test_labels = train.classes, test.labels.to(device)
        kinds = {
            TRUE: [train.labels for _ in draws],
            RANDOM: [self._random(seed, d) for d in draws],
        }
        self.labels = torch.stack([kinds[one.labels][one.draw] for one in self.networks]).to(device)
        self.prices = torch.tensor([one.price for one in self.networks], device=device)
        self.model = self._model(seed).to(device)

    def _random(self, seed: int, draw: int) -> Int[Tensor, " n"]:
        drawn = seeds.generator(seed, "labels without meaning", draw)
        return torch.randint(self.classes, (self.n,), generator=drawn)

    def _model(self, seed: int) -> StochasticMLP:
        """Begin with weights as noisy as they are large: next to nothing is told by them."""
        widths = tuple(width * self.variation.wider for width in self.config.widths)
        stack = build_mlp(
            NetworkConfig(widths=widths, activation="relu"),
            inputs=self.inputs.shape[1],
            classes=self.classes,
            seed=seed,
            members=len(self.networks),
        )
        return StochasticMLP(stack, spread=1.0, seed=seed)

    def train(self) -> None:
        """Take all steps by Adam, whose learning rate falls to 0 over the last of them."""
        steps = self.config.steps * self.variation.longer
        optimizer = torch.optim.Adam(self.model.parameters(), fused=True)
        for step in range(steps):
            done = step / steps
            rate = min(1.0, (1 - done) / (1 - FALLS))
            optimizer.param_groups[0]["lr"] = self.config.learning_rate * rate
            optimizer.zero_grad()
            cost = self._loss_bits() + self.prices_at(done) * self._weight_bits()
            (cost / self.n).sum().backward()
            optimizer.step()

    def prices_at(self, done: float) -> Float[Tensor, " k"]:
        """Return the price of each network where a share of the steps is done."""
        if not self.variation.rising:
            return self.prices
        risen = min(1.0, max(0.0, (done - HELD) / (REACHED - HELD)))
        low = self.prices.clamp(max=LOW)
        return low * (self.prices / low) ** risen

    def _loss_bits(self) -> Float[Tensor, " k"]:
        nats = functional.cross_entropy(self.model(self.inputs), self.labels, reduction="none")
        return nats.sum(dim=1) / math.log(2)

    def _weight_bits(self) -> Float[Tensor, " k"]:
        return weight_bits(self.model.posteriors(), self.variation.prior)

    @torch.no_grad()
    def rows(self) -> list[dict[str, object]]:
        """Return a row for each network."""
        loss = torch.stack([self._loss_bits() for _ in range(DRAWS)]).mean(dim=0)
        told = {"weight_bits": self._weight_bits()}
        told["kept_bits"] = self.n * math.log2(self.classes) - loss
        for name, inputs, labels in (
            ("accuracy", self.inputs, self.labels),
            ("test_accuracy", self.test_inputs, self.test_labels),
        ):
            predicted = self.model(inputs, draw=False).argmax(dim=1)
            told[name] = (predicted == labels).float().mean(dim=1)
        values = {name: column.tolist() for name, column in told.items()}
        parameters = sum(mean[0].numel() for mean, _ in self.model.posteriors())
        return [
            {
                **{"variation": self.variation.name, **one._asdict(), "examples": self.n},
                **{"parameters": parameters, "label_bits": self.n * math.log2(self.classes)},
                **{name: column[k] for name, column in values.items()},
            }
            for k, one in enumerate(self.networks)
        ]
