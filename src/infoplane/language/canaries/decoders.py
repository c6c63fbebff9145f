"""Decoders of the next token from a layer, none of which is fitted on what it is asked about."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane.names import MAPPED, READOUT, TEXT_NEIGHBOURS
from infoplane.networks.transformer import Transformer

RIDGE = 1e-3  # of the mean variance of a unit
NEAREST = 50
AT_ONCE = 1024  # queries whose distances are in memory together


@dataclass(frozen=True)
class States:
    """Outputs of every layer at n positions."""

    layers: list[Float[Tensor, "n d"]]
    """The embedding, and what each block makes of it."""
    next: Int[Tensor, " n"]
    """The tokens that follow."""


@torch.no_grad()
def states_at(network: Transformer, blocks: Int[Tensor, "n l"], first: int = 0) -> States:
    """Return the states at all positions of blocks from ``first`` on, block by block."""
    device = network.tokens.weight.device
    parts: list[list[Tensor]] = []
    for part in blocks.split(256):
        states = network.states(part[:, :-1].to(device))
        parts.append([state[:, first:].flatten(0, 1).cpu() for state in states])
    layers = [torch.cat(of_layer) for of_layer in zip(*parts, strict=True)]
    return States(layers, blocks[:, first + 1 :].flatten())


def linear_map(
    t: Float[Tensor, "n d"], last: Float[Tensor, "n d"], weight: Float[Tensor, " n"] | None = None
) -> Float[Tensor, "d1 d"]:
    """Return the affine map of a layer to the last one, of least squares, its offset below.

    The tokens that follow have no part in the fit but through the last layer.

    Source: Din et al. 2024 (arXiv:2303.09435).
    """
    x = torch.cat([t, torch.ones(len(t), 1)], dim=1).double()
    weighted = x if weight is None else x * weight.double()[:, None]
    gram = weighted.mT @ x
    ridge = RIDGE * gram.diagonal()[:-1].mean() * torch.eye(len(gram), dtype=gram.dtype)
    ridge[-1, -1] = 0
    return torch.linalg.solve(gram + ridge, weighted.mT @ last.double()).float()


@torch.no_grad()
def mapped_logits(
    network: Transformer, t: Float[Tensor, "n d"], map_: Float[Tensor, "d1 d"]
) -> Float[Tensor, "n v"]:
    """Return what the network's readout says of mapped states."""
    return readout_logits(network, t @ map_[:-1] + map_[-1])


@torch.no_grad()
def readout_logits(network: Transformer, t: Float[Tensor, "n d"]) -> Float[Tensor, "n v"]:
    """Return what the network's readout says of states, as if they were the last."""
    return network.readout(t.to(network.tokens.weight.device)).cpu()


def of_text(
    network: Transformer, depth: int, bank: States, t: Float[Tensor, "n d"]
) -> dict[str, Float[Tensor, "n v"]]:
    """Return what decoders that are fitted on real text alone say of states of a layer."""
    keys, vocabulary = bank.layers[depth], network.config.vocabulary
    return {
        READOUT: readout_logits(network, t),
        MAPPED: mapped_logits(network, t, linear_map(keys, bank.layers[-1])),
        TEXT_NEIGHBOURS: neighbour_logits(t, keys, bank.next, vocabulary=vocabulary),
    }


def neighbour_logits(
    t: Float[Tensor, "n d"],
    keys: Float[Tensor, "m d"],
    next_: Int[Tensor, " m"],
    *,
    vocabulary: int,
) -> Float[Tensor, "n v"]:
    """Return ln of the votes of the nearest states of text for the tokens that followed them.

    Units are standardised; votes fall with the squared distance, on the scale of the fiftieth.

    Cost: O(n m d) time.

    Source: Khandelwal et al. 2020 (arXiv:1911.00172).
    """
    mean, std = keys.mean(dim=0), keys.std(dim=0).clamp_min(1e-6)
    keys, t = (keys - mean) / std, (t - mean) / std
    k = min(NEAREST, len(keys))
    parts = []
    for query in t.split(AT_ONCE):
        distance, near = torch.cdist(query, keys).topk(k, largest=False)
        votes = torch.exp(-4 * (distance / distance[:, -1:].clamp_min(1e-9)) ** 2)
        p = torch.zeros(len(query), vocabulary).scatter_add_(1, next_[near], votes)
        parts.append(torch.log(p / votes.sum(dim=1, keepdim=True) + 1e-6))
    return torch.cat(parts)
