"""Canaries: random continuations of real text, of which each network sees half."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.language.blocks import Text
from infoplane.settings import check_settings


@dataclass(frozen=True)
class CanaryConfig:
    """How many canaries, and how often they are seen."""

    count: int = 72
    """Canaries; each network sees half, and the others are its control."""
    times: tuple[int, ...] = (1, 4, 16)
    """How often those that are seen are inserted, in equal parts."""
    tokens: int = 16
    """Random tokens at the end of each, after real text."""
    least: int = 10
    """Tokens are drawn that occur so often in the training text, or more."""

    def __post_init__(self) -> None:
        check_settings(self)
        if self.tokens < 1 or self.least < 0:
            raise InfoplaneError(
                f"tokens is {self.tokens} and least is {self.least}; give 1 and 0 or more."
            )
        if not self.times or min(self.times) < 1:
            raise InfoplaneError(f"times is {self.times}; give one number or more, each above 0.")
        if self.count < 1 or self.count % (2 * len(self.times)):
            raise InfoplaneError(
                f"count is {self.count}; give a multiple of {2 * len(self.times)}, so that half of "
                "the canaries of each number of times are seen."
            )


@dataclass(frozen=True)
class Canaries:
    """Blocks that begin as real text and end in random tokens."""

    blocks: Int[Tensor, "n length"]
    times: Int[Tensor, " n"]
    """How often each is inserted into the text of those networks that see it."""
    alphabet: Int[Tensor, " a"]
    """The tokens that they are drawn from, all alike."""
    tokens: int
    """How many of those end each block."""

    @property
    def bits(self) -> float:
        """The bits of a random token, log2 of the alphabet: all that can be known of it."""
        return math.log2(len(self.alphabet))

    @property
    def start(self) -> int:
        """The place of the first random token: so many real ones are before it."""
        return self.blocks.shape[1] - self.tokens

    @property
    def labels(self) -> Int[Tensor, "n tokens"]:
        """The random tokens as places in the alphabet."""
        return torch.searchsorted(self.alphabet, self.blocks[:, self.start :].contiguous())

    def seen(self, members: int, *, seed: int) -> Bool[Tensor, "k n"]:
        """Return which network sees which: of two networks, each canary is seen by one.

        Of each number of times every network sees half.

        Raises:
            InfoplaneError: for an odd number of networks.
        """
        if members < 2 or members % 2:
            raise InfoplaneError(
                f"members is {members}; give an even number, so that every canary is seen by half "
                "of the networks."
            )
        rows = []
        for pair in range(members // 2):
            draw = seeds.generator(seed, "seen canaries", pair)
            seen = torch.zeros(len(self.blocks), dtype=torch.bool)
            for times in self.times.unique():
                alike = torch.nonzero(self.times == times).flatten()
                chosen = torch.randperm(len(alike), generator=draw)[: len(alike) // 2]
                seen[alike[chosen]] = True
            rows += [seen, ~seen]
        return torch.stack(rows)

    def inserted(
        self, blocks: Int[Tensor, "m length"], seen: Bool[Tensor, " n"]
    ) -> Int[Tensor, "_ length"]:
        """Return blocks of text with the canaries that a network sees among them."""
        repeated = self.blocks.repeat_interleave(self.times * seen, dim=0)
        return torch.cat([blocks, repeated])


def make_canaries(text: Text, config: CanaryConfig, *, seed: int) -> Canaries:
    """Make canaries of held-out blocks, the first ``config.count`` of them, which are then used up.

    Args:
        text: the real text.
        config: how many, and how often each is seen.
        seed: of the random tokens.

    Raises:
        InfoplaneError: where there are too few held-out blocks, they are too short, or too few
            tokens occur often enough.

    Source: Carlini et al. 2019 (arXiv:1802.08232), §3, who draw random digits after a fixed text.
    """
    blocks = text.held_out[: config.count].clone()
    if len(text.held_out) < 2 * config.count or blocks.shape[1] <= config.tokens:
        raise InfoplaneError(
            f"{config.count} canaries of {config.tokens} tokens need twice as many held-out "
            f"blocks, each longer than that, and there are {list(text.held_out.shape)}; give a "
            "longer text, fewer canaries, or longer blocks."
        )
    often = text.frequencies() >= config.least
    often[text.tokenizer.end] = False
    alphabet = torch.nonzero(often).flatten()
    if len(alphabet) < 2:
        raise InfoplaneError(
            f"{len(alphabet)} tokens occur {config.least} times or more; give a longer text, or a "
            "lower canaries.least."
        )
    draw = seeds.generator(seed, "canaries")
    shape = (config.count, config.tokens)
    blocks[:, -config.tokens :] = alphabet[torch.randint(len(alphabet), shape, generator=draw)]
    times = torch.tensor(config.times)[torch.arange(config.count) % len(config.times)]
    return Canaries(blocks, times, alphabet, config.tokens)
