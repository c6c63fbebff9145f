"""What a linear decoder reads in a layer of the tokens around a position: no soft entropy in it."""

from __future__ import annotations

import pandas as pd
import torch
from jaxtyping import Int
from torch import Tensor, nn

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.information.decoders.usable import usable_information
from infoplane.language.plane import HiddenStates, layers_of
from infoplane.names import LINEAR
from infoplane.settings import check_number

OFFSETS = (-1, 0, 1)
"""The token before the last one, the last one, and the next."""


def decoded_tokens(
    model: nn.Module,
    tokens: Int[Tensor, "t l"],
    *,
    hidden_states: HiddenStates,
    offsets: tuple[int, ...] = OFFSETS,
    frequent: int = 32,
    positions: int = 4000,
    decoder: str = LINEAR,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure the usable information on single tokens near a position, in bits.

    Of the positions those are asked whose token there is one of the most frequent: a decoder of all
    tokens would need more samples than there are. Unlike soft entropy it is 0 in expectation where
    nothing is to be known, at any number of samples, and needs no null.

    Args:
        model: any network.
        tokens: of texts of one length.
        hidden_states: as of ``language_plane``.
        offsets: of the token that is decoded: 0 is the last one that was read, 1 the next.
        frequent: tokens that are told apart.
        positions: at most so many, drawn at random, the same of every layer.
        decoder: as of ``usable_information``; its halves share no text.
        seed: of the positions and of the decoder.

    Returns:
        A row for each layer and offset: ``depth, offset, decoder, bits, ceiling, n``.

    Raises:
        InfoplaneError: where the texts are too short for the offsets.

    Cost: a forward pass, and for each layer and offset that of two decoders.

    Source: V-information, Xu et al. 2020 (arXiv:2002.10689).
    """
    check_number("frequent", frequent, least=2)
    first, last = max(0, -min(offsets)), tokens.shape[1] - max(0, *offsets)
    if last - first < 1:
        raise InfoplaneError(
            f"the texts have {tokens.shape[1]} tokens; give {first + 1 + max(0, *offsets)} or more "
            f"for tokens at {', '.join(map(str, offsets))}."
        )
    asked = {
        offset: _asked(tokens[:, first + offset : last + offset], frequent, positions, seed)
        for offset in offsets
    }
    layers = _at(model, tokens, hidden_states, asked, first)
    rows = []
    for depth, of_layer in enumerate(layers):
        for offset, t in of_layer.items():
            text, _, labels = asked[offset]
            told = usable_information(t, labels, decoder=decoder, groups=text, seed=seed)
            place = {"depth": depth, "offset": offset, "decoder": decoder}
            rows.append({**place, "bits": told.bits, "ceiling": told.ceiling, "n": told.n})
    return pd.DataFrame(rows)


Asked = tuple[Int[Tensor, " n"], Int[Tensor, " n"], Int[Tensor, " n"]]
"""Texts, places in them, and labels."""


def _asked(near: Int[Tensor, "t p"], frequent: int, positions: int, seed: int) -> Asked:
    """Return positions whose token is one of the most frequent, and which it is."""
    values, counts = near.unique(return_counts=True)
    chosen = values[counts.argsort(descending=True, stable=True)[:frequent]].sort().values
    text, place = torch.isin(near, chosen).nonzero(as_tuple=True)
    draw = seeds.generator(seed, "decoded positions")
    some = torch.randperm(len(text), generator=draw)[:positions].sort().values
    text, place = text[some], place[some]
    return text, place, torch.searchsorted(chosen, near[text, place])


def _at(
    model: nn.Module,
    tokens: Int[Tensor, "t l"],
    hidden_states: HiddenStates,
    asked: dict[int, Asked],
    first: int,
) -> list[dict[int, Tensor]]:
    """Return of each layer its outputs at the positions of each offset."""
    parts: list[dict[int, list[Tensor]]] = []
    for batch, layers in layers_of(model, tokens, hidden_states=hidden_states):
        parts = parts or [{offset: [] for offset in asked} for _ in layers]
        for offset, (text, place, _) in asked.items():
            here = (text >= batch.start) & (text < batch.stop)
            rows, columns = text[here] - batch.start, place[here] + first
            for part, layer in zip(parts, layers, strict=True):
                part[offset].append(layer[rows, columns].float().cpu())
    return [{offset: torch.cat(rows) for offset, rows in part.items()} for part in parts]
