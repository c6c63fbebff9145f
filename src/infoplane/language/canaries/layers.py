"""What every layer of a language model has learned of text, and memorized of canaries, in bits.

A canary's random token is drawn from an alphabet of A tokens whatever came before it, so that a
network that has not seen it knows nothing of it: I(T;Ỹ) = 0, and log2 A bits are left. What a
decoder that was fitted elsewhere reads of it, log2 A - CE, is memorized.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from infoplane.language.canaries.decoders import (
    States,
    linear_map,
    mapped_logits,
    of_text,
    states_at,
)
from infoplane.language.canaries.making import Canaries
from infoplane.language.canaries.scoring import by_ranks, chosen, strongest, tempered
from infoplane.names import MAPPED_CANARIES, RANKS, STRONGEST
from infoplane.networks.transformer import Transformer

FOLDS = 4
POSITIONS = 4096  # of held-out text, at most, that learned bits are measured on


def memorized_tokens(
    network: Transformer,
    canaries: Canaries,
    seen: Bool[Tensor, " n"],
    text: Int[Tensor, "m l"],
) -> pd.DataFrame:
    """Measure what each layer of a network has memorized of every token of every canary.

    Args:
        network: the network.
        canaries: seen by it, or not.
        seen: which of them it was trained on.
        text: real blocks that decoders are fitted on; no canary is among them.

    Returns:
        A row for each canary, position, layer and decoder: ``canary, times`` (0: not seen),
        ``position`` (of the random tokens, from 1), ``layer, depth, decoder, bits``. Bits are
        log2 q(y|t) + log2 A; their mean is usable information, a lower bound of I(T;Ỹ). Decoders
        are those of ``names.TOKEN_DECODERS``, ``STRONGEST``, chosen on other canaries, and
        ``RANKS``, a second way: the rank of the token alone, in what the strongest says.

    Cost: a forward pass of text and canaries; of each layer O(m l (n + d) d).

    Source: V-information, Xu et al. 2020 (arXiv:2002.10689); as cross-fitted as
    ``usable_information``: what a canary is scored by is chosen and fitted on other canaries and on
    text.
    """
    bank = states_at(network, text)
    asked = states_at(network, canaries.blocks, first=canaries.start - 1)
    place = torch.arange(len(canaries.blocks)).repeat_interleave(canaries.tokens)
    times = (canaries.times * seen)[place]
    fold = _folds(canaries.times * seen)[place]
    y, alphabet = canaries.labels.flatten(), canaries.alphabet
    frames = []
    for depth, layer in enumerate(network.layers):
        logits = _logits(network, depth, bank, asked, times, fold)
        bits = _scored({name: told[:, alphabet] for name, told in logits.items()}, y, times, fold)
        known = {
            **{"canary": place.numpy(), "times": times.numpy()},
            "position": (torch.arange(len(y)) % canaries.tokens + 1).numpy(),
            **{"layer": layer, "depth": depth},
        }
        frames += [
            pd.DataFrame({**known, "decoder": name, "bits": values.numpy()})
            for name, values in bits.items()
        ]
    return pd.concat(frames, ignore_index=True)


def _logits(
    network: Transformer,
    depth: int,
    bank: States,
    asked: States,
    times: Int[Tensor, " n"],
    fold: Int[Tensor, " n"],
) -> dict[str, Tensor]:
    """Return what every decoder says of the canaries' next tokens, from one layer."""
    by_others = _by_other_canaries(network, depth, bank, asked, times, fold)
    return of_text(network, depth, bank, asked.layers[depth]) | {MAPPED_CANARIES: by_others}


def _by_other_canaries(
    network: Transformer,
    depth: int,
    bank: States,
    asked: States,
    times: Int[Tensor, " n"],
    fold: Int[Tensor, " n"],
) -> Tensor:
    """Decode by a map that is fitted on text and, as heavily, on canaries of the other folds.

    Those that were seen are decoded by a map of others that were seen, the control by one of the
    control: what the procedure itself adds, both have.
    """
    t, last = asked.layers[depth], asked.layers[-1]
    logits = torch.empty(len(t), network.config.vocabulary)
    for group in (times == 0, times > 0):
        for i in fold.unique():
            fit, score = group & (fold != i), group & (fold == i)
            if not score.any():
                continue
            x = torch.cat([bank.layers[depth], t[fit]])
            weight = torch.ones(len(x))
            weight[len(bank.next) :] = len(bank.next) / max(1, int(fit.sum()))
            map_ = linear_map(x, torch.cat([bank.layers[-1], last[fit]]), weight)
            logits[score] = mapped_logits(network, t[score], map_)
    return logits


def _scored(
    logits: dict[str, Tensor], y: Int[Tensor, " n"], times: Int[Tensor, " n"], fold: Tensor
) -> dict[str, Tensor]:
    """Return the bits of each token by each decoder, calibrated on canaries seen as often."""
    names = (*logits, STRONGEST, RANKS)
    bits = {name: torch.empty(len(y), dtype=torch.float64) for name in names}
    for each in times.unique():
        rows = times == each
        a = next(iter(logits.values())).shape[1]
        prior = torch.full((a,), -math.log2(a))
        own = {name: told[rows] for name, told in logits.items()}
        scored = {name: tempered(told, y[rows], fold[rows], prior) for name, told in own.items()}
        for name, values in scored.items():
            bits[name][rows] = values.bits
        bits[STRONGEST][rows] = strongest(scored, fold[rows])
        choice = chosen(scored, fold[rows])
        of_chosen = torch.stack(list(own.values()))[choice, torch.arange(len(choice))]
        bits[RANKS][rows] = by_ranks(of_chosen, y[rows], fold[rows])
    return bits


def _folds(kinds: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
    """Deal canaries to folds in turn, kind by kind; those of all kinds are in every fold."""
    fold = torch.empty(len(kinds), dtype=torch.int64)
    for kind in kinds.unique():
        alike = torch.nonzero(kinds == kind).flatten()
        fold[alike] = torch.arange(len(alike)) % FOLDS
    return fold


class Learned(NamedTuple):
    """What each layer knows of the next token of text that the network has not seen, in bits."""

    means: pd.DataFrame
    """A row for each layer and decoder: ``layer, depth, decoder, bits, prior_bits, n``."""
    positions: pd.DataFrame
    """A row for each position and layer, by the strongest decoder: ``block, position`` (of the
    token that is told: so many are before it), ``token, layer, depth, bits``."""


def learned_tokens(
    network: Transformer,
    text: Int[Tensor, "m l"],
    held_out: Int[Tensor, "h l"],
    frequencies: Int[Tensor, " v"],
) -> Learned:
    """Measure what each layer knows of the next token of text that the network has not seen.

    Args:
        network: the network.
        text: real blocks that decoders are fitted on.
        held_out: blocks of other documents, of which up to 4,096 positions are asked about.
        frequencies: of every token in the training text, which make the prior.

    Returns:
        Bits that a decoder saves of those that the prior costs, usable information.

    Cost: as of ``memorized_tokens``.
    """
    bank, asked = states_at(network, text), states_at(network, held_out)
    each = held_out.shape[1] - 1
    count = len(asked.next)
    rows = torch.linspace(0, count - 1, min(count, POSITIONS)).long()
    fold, y = (rows // each) % FOLDS, asked.next[rows]
    counts = frequencies.double() + 1
    prior = torch.log2(counts / counts.sum())
    block, place = rows // each, rows % each
    at = {"block": block.numpy(), "position": (place + 1).numpy(), "token": y.numpy()}
    found, by_position = [], []
    for depth, layer in enumerate(network.layers):
        logits = of_text(network, depth, bank, asked.layers[depth][rows])
        scored = {name: tempered(each, y, fold, prior) for name, each in logits.items()}
        bits = {name: values.bits for name, values in scored.items()}
        bits[STRONGEST] = strongest(scored, fold)
        of_layer = {"layer": layer, "depth": depth}
        by_position.append(pd.DataFrame({**at, **of_layer, "bits": bits[STRONGEST].numpy()}))
        found += [
            {
                **{**of_layer, "decoder": name, "bits": float(values.mean())},
                **{"prior_bits": -float(prior[y].mean()), "n": len(y)},
            }
            for name, values in bits.items()
        ]
    return Learned(pd.DataFrame(found), pd.concat(by_position, ignore_index=True))
