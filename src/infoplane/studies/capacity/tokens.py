"""Transformers on random tokens: the bits they memorize, many networks trained as one.

Every token is drawn uniformly from V, so that a sequence of S tokens has S log2 V bits, and all
that a network saves in telling it is memorized. What is memorized grows with the number N of
sequences until it reaches the capacity of the network.

Source: Morris et al. 2025 (arXiv:2505.24832), §3. A token 0 is put before each sequence, so that
the first of its tokens is told as well.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.func import functional_call, vmap
from torch.nn.attention import sdpa_kernel
from torch.nn.functional import cross_entropy

from infoplane import seeds
from infoplane.memorization.label_bits import memorized_bits
from infoplane.networks.transformer import TransformerConfig, attention_kernels, stacked

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
WARM = 0.05  # of the steps, in which the learning rate rises to its full value


@dataclass(frozen=True)
class TokenConfig:
    """Networks of one size, each on its own number of random sequences."""

    network: TransformerConfig = field(default_factory=TransformerConfig)
    sequences: tuple[int, ...] = (64, 256, 1024)
    members: int = 3
    steps: int = 3000
    batch: int = 2048
    """The most sequences of a step; all of them where there are no more."""
    learning_rate: float = 3e-3
    dtype: str = "float32"
    """Of the weights, the products and the optimizer."""

    @property
    def bits(self) -> float:
        """The bits of a sequence, S log2 V."""
        return self.network.length * math.log2(self.network.vocabulary)


def memorized_tokens(config: TokenConfig, *, seed: int, device: str = "cpu") -> pd.DataFrame:
    """Return what networks memorize of random tokens, a row for each number N and member, in bits.

    Members differ in initial weights, order and tokens. ``bits`` is what the network saves in all
    of the bits that there are, and what the study judges: nothing memorized is 0 or less.
    ``positive_bits`` is the published sum over those sequences alone that are told in fewer bits
    than they have, which is above 0 of an untrained network too; ``mixture_bits`` the same by a
    normalised code.

    Cost: at each N, the members are trained side by side.
    """
    rows: list[dict[str, object]] = []
    for n in config.sequences:
        draws = [seeds.generator(seed, "tokens", n, m) for m in range(config.members)]
        shape, vocabulary = (n, config.network.length), config.network.vocabulary
        drawn = [torch.randint(vocabulary, shape, generator=draw) for draw in draws]
        stack = TokenStack(config, torch.stack(drawn), seed, device)
        stack.train()
        rows += stack.rows()
    return pd.DataFrame(rows)


class TokenStack:
    """Members that each learn sequences of their own, trained as one."""

    def __init__(
        self, config: TokenConfig, tokens: Int[Tensor, "k n s"], seed: int, device: str
    ) -> None:
        self.config, self.device, self.seed, self.n = config, device, seed, tokens.shape[1]
        self.tokens = tokens.to(device)
        self.weights, self.network = stacked(
            config.network,
            members=config.members,
            seed=seed,
            device=device,
            dtype=DTYPES[config.dtype],
        )

    def train(self) -> None:
        """Take all steps: Adam, a learning rate that rises, then falls to 0 along a cosine."""
        config, optimizer = self.config, torch.optim.Adam(self.weights.values())
        for step, batch in zip(range(config.steps), self._batches(), strict=False):
            done, risen = step / config.steps, (step + 1) / config.steps / WARM
            rate = min(1.0, risen) * (1 + math.cos(math.pi * done)) / 2
            optimizer.param_groups[0]["lr"] = config.learning_rate * rate
            optimizer.zero_grad()
            self._nats(batch).mean(dim=1).sum().backward()
            optimizer.step()

    def _batches(self) -> Iterator[Int[Tensor, "k b s"]]:
        """Yield batches without end, of each member in an order of its own."""
        if self.n <= self.config.batch:
            yield from itertools.repeat(self.tokens)
        members = range(self.config.members)
        draws = [seeds.generator(self.seed, "batch order", self.n, m) for m in members]
        each = torch.arange(self.config.members)[:, None]
        while True:
            orders = torch.stack([torch.randperm(self.n, generator=draw) for draw in draws])
            for rows in orders.split(self.config.batch, dim=1):
                yield self.tokens[each, rows]

    def _nats(self, tokens: Int[Tensor, "k b s"]) -> Float[Tensor, "k b"]:
        """Return the loss of every sequence by its network, in nats."""

        def of_one(weights: dict[str, Tensor], sequences: Tensor) -> Tensor:
            before = torch.cat([torch.zeros_like(sequences[:, :1]), sequences[:, :-1]], dim=1)
            logits = functional_call(self.network, weights, (before,)).float()
            return cross_entropy(logits.mT, sequences, reduction="none").sum(dim=1)

        with sdpa_kernel(attention_kernels(self.device)):
            return vmap(of_one)(self.weights, tokens)

    @torch.no_grad()
    def nats(self, tokens: Int[Tensor, "k n s"]) -> Float[Tensor, "k n"]:
        """Return the loss of every sequence by its network, in nats, a batch at a time."""
        parts = tokens.split(self.config.batch, dim=1)
        return torch.cat([self._nats(part) for part in parts], dim=1).cpu()

    @torch.no_grad()
    def rows(self) -> list[dict[str, object]]:
        """Return what each member memorizes of its sequences."""
        config, size = self.config, self.config.network
        nats = self.nats(self.tokens)
        uniform = torch.full((self.n,), -config.bits, dtype=torch.float64)
        rows: list[dict[str, object]] = []
        for member, log2_p in enumerate(-nats.double() / math.log(2)):
            found = memorized_bits(log2_p, uniform)
            rows.append(
                {
                    **{"layers": size.layers, "width": size.width, "parameters": size.parameters},
                    **{"dtype": config.dtype, "member": member, "sequences": self.n},
                    **{"data_bits": self.n * config.bits, "bits": float((log2_p - uniform).sum())},
                    **{"positive_bits": found.positive, "mixture_bits": found.mixture},
                }
            )
        return rows
