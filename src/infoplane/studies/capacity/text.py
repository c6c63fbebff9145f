"""Transformers on text: what they memorize of it, and their loss on other text, by how much it is.

Text can be told in part without having seen it, so that memorized is what a network saves beyond a
reference that has seen other text: the network trained on the most. Where the data have as many
bits as the network can memorize, its loss on other text is highest, and falls with more data.

Source: Morris et al. 2025 (arXiv:2505.24832), §2.2 (memorized beyond a reference), §4 (the peak).
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pandas as pd
import torch
from jaxtyping import Int
from torch import Tensor

from infoplane import seeds
from infoplane.language.text import documents
from infoplane.studies.capacity.tokens import TokenConfig, TokenStack

HELD_OUT = 2000  # sequences of text that no network is trained on


def text_losses(config: TokenConfig, *, seed: int, device: str = "cpu") -> pd.DataFrame:
    """Return the loss on the training text and on other text, a row for each size and member.

    Text are the docstrings of Python's library, character by character: the commonest ones, and 0
    for all others. Members differ in initial weights, order and text.

    Returns:
        Columns of ``tables.TEXT_LOSSES``; ``train`` and ``test`` in bits a token.

    Cost: at each size, the members are trained side by side.
    """
    size = config.network
    pool = sequences(size.vocabulary, size.length, seed=seed)
    held_out, pool = pool[:HELD_OUT].to(device), pool[HELD_OUT:]
    rows = []
    for n in config.sequences:
        draws = [seeds.generator(seed, "text", n, m) for m in range(config.members)]
        drawn = [pool[torch.randperm(len(pool), generator=draw)[:n]] for draw in draws]
        stack = TokenStack(config, torch.stack(drawn), seed, device)
        stack.train()
        train = stack.nats(stack.tokens).mean(dim=1)
        test = stack.nats(held_out.expand(config.members, -1, -1)).mean(dim=1)
        for member, pair in enumerate(torch.stack([train, test], dim=1).double()):
            of_train, of_test = (pair / size.length / math.log(2)).tolist()
            rows.append(
                {
                    **{"layers": size.layers, "width": size.width, "parameters": size.parameters},
                    **{"length": size.length, "member": member, "sequences": n},
                    **{"train": of_train, "test": of_test},
                }
            )
    return pd.DataFrame(rows)


def sequences(vocabulary: int, length: int, *, seed: int) -> Int[Tensor, "n s"]:
    """Return the text in sequences of as many characters, in a seeded order."""
    text = "\n".join(documents("docstrings"))
    common = [character for character, _ in Counter(text).most_common(vocabulary - 1)]
    codes = {character: code for code, character in enumerate(common, start=1)}
    whole = torch.tensor([codes.get(character, 0) for character in text])
    cut = whole[: len(whole) // length * length].view(-1, length)
    return cut[torch.randperm(len(cut), generator=seeds.generator(seed, "text order"))]


def descent(losses: pd.DataFrame) -> pd.DataFrame:
    """Return the losses with the bits of the data, those memorized of them, and the capacity.

    ``reference`` is the test loss of the member at the most data, ``data_bits`` what that many
    sequences cost by it, ``bits`` what the network saves of that, ``capacity`` the most that the
    member saves at any other size, ``load`` data_bits / capacity. At the most data the network is
    its own reference, and what it saves is the gap between its two losses: that is no capacity.
    """
    parts = []
    for _, of in losses.groupby("member"):
        of = of.sort_values("sequences")
        reference = of["test"].iloc[-1]
        tokens = of["sequences"] * of["length"]
        bits = tokens * (reference - of["train"])
        table = of.assign(reference=reference, data_bits=tokens * reference, bits=bits)
        capacity = bits.iloc[:-1].max()
        parts.append(table.assign(capacity=capacity, load=table["data_bits"] / capacity))
    return pd.concat(parts, ignore_index=True)


def peaks(points: pd.DataFrame) -> pd.DataFrame:
    """Return where the test loss of each member is highest: its load, and whether it is inside."""
    rows = []
    for member, of in points.groupby("member"):
        place = int(np.argmax(of["test"].to_numpy()))
        inside = 0 < place < len(of) - 1
        rows.append({"member": member, "load": of["load"].iloc[place], "inside": inside})
    return pd.DataFrame(rows)
