"""The field's own measures of a canary: exposure, and extraction by greedy continuation."""

from __future__ import annotations

import math

import pandas as pd
import torch
from jaxtyping import Float, Int
from scipy.special import log_ndtr
from torch import Tensor

from infoplane import seeds
from infoplane.language.canaries.making import Canaries
from infoplane.language.training import token_bits
from infoplane.networks.transformer import Transformer


def exposures(
    network: Transformer, canaries: Canaries, *, alternatives: int = 63, seed: int = 0
) -> pd.DataFrame:
    """Return the exposure of every canary: how far up it ranks among alternatives to it.

    Args:
        network: the network.
        canaries: seen by it, or not.
        alternatives: other random continuations of the same real text, drawn for each canary.
        seed: of these.

    Returns:
        A row for each canary: ``exposure``, log2 of all continuations less log2 of the canary's
        rank by the network's bits, at most log2(alternatives + 1); and ``exposure_extrapolated``,
        -log2 of the share of a normal distribution of the alternatives' bits that is below its own.

    Cost: a forward pass of all alternatives.

    Source: Carlini et al. 2019 (arXiv:1802.08232), §4.2 by sampling and §4.3, which extrapolates by
    a skew-normal distribution in place of the normal one.
    """
    start, n = canaries.start, len(canaries.blocks)
    own = token_bits(network, canaries.blocks)[:, start - 1 :].sum(dim=1).double()
    draw = seeds.generator(seed, "alternatives")
    rows = []
    for i in range(n):
        others = canaries.blocks[i].repeat(alternatives, 1)
        shape = (alternatives, canaries.tokens)
        drawn = torch.randint(len(canaries.alphabet), shape, generator=draw)
        others[:, start:] = canaries.alphabet[drawn]
        bits = token_bits(network, others)[:, start - 1 :].sum(dim=1).double()
        rank = 1 + int((bits < own[i]).sum())
        z = float((own[i] - bits.mean()) / bits.std().clamp_min(1e-9))
        rows.append(
            {
                "exposure": math.log2(alternatives + 1) - math.log2(rank),
                "exposure_extrapolated": -float(log_ndtr(z)) / math.log(2),
            }
        )
    return pd.DataFrame(rows)


@torch.no_grad()
def extracted(network: Transformer, canaries: Canaries) -> Int[Tensor, " n"]:
    """Return how many random tokens a greedy continuation of the real text gets right in a row.

    Source: Carlini et al. 2021 (arXiv:2012.07805), of a known prefix as in Carlini et al. 2023
    (arXiv:2202.07646).
    """
    device = network.tokens.weight.device
    told = canaries.blocks[:, : canaries.start].to(device)
    for _ in range(canaries.tokens):
        following = network(told)[:, -1].argmax(dim=1, keepdim=True)
        told = torch.cat([told, following], dim=1)
    right = told[:, canaries.start :].cpu() == canaries.blocks[:, canaries.start :]
    return right.long().cumprod(dim=1).sum(dim=1)


@torch.no_grad()
def told_tokens(
    network: Transformer, canaries: Canaries
) -> tuple[Float[Tensor, "n tokens"], Int[Tensor, "n tokens"]]:
    """Return the bits of every random token by the network, and its rank in the alphabet.

    The rank is exact: all tokens of the alphabet are enumerated, after the tokens before it.
    """
    logits = network(canaries.blocks[:, :-1].to(network.tokens.weight.device)).cpu()
    logits = logits[:, canaries.start - 1 :]
    target = canaries.blocks[:, canaries.start :]
    log_p = logits.log_softmax(dim=2).gather(2, target[..., None])[..., 0]
    among = logits[..., canaries.alphabet]
    own = logits.gather(2, target[..., None])
    return -log_p / math.log(2), 1 + (among > own).sum(dim=2)
