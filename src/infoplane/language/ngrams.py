"""N-grams of texts as labels: the last tokens before a layer's output, and the next ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor
from torch.nn.functional import pad

from infoplane.errors import InfoplaneError
from infoplane.settings import check_number


@dataclass(frozen=True)
class Ngrams:
    """Labels of the positions at which every n-gram asked for is whole."""

    positions: Bool[Tensor, "t l"]
    """Which tokens of which text they are of; labels are in this order, text by text."""
    before: dict[int, Int[Tensor, " n"]]
    """By order k: the k tokens that end at the position, which the network has seen."""
    after: dict[int, Int[Tensor, " n"]]
    """By order k: the k tokens that follow, which it has not."""


def ngrams(
    tokens: Int[Tensor, "t l"],
    mask: Bool[Tensor, "t l"] | None = None,
    *,
    orders: Iterable[int] = (1, 2, 3),
) -> Ngrams:
    """Number the n-grams around each position of some texts, equal ones alike.

    Args:
        tokens: of texts, padded to one length.
        mask: which are tokens of a text and no padding; all, unless given.
        orders: the lengths k of the n-grams.

    Raises:
        InfoplaneError: for an order below 1, or where no text is long enough: 2 k tokens.

    Cost: O(t l log(t l)) time for each order.

    Source: the labels of Conklin et al. 2026 (arXiv:2604.07569), who restrict all orders to the
    same positions, as here.

    Example:
        >>> told = ngrams(torch.tensor([[7, 8, 7, 8, 9]]), orders=[1, 2])
        >>> told.positions.tolist()
        [[False, True, True, False, False]]
        >>> told.before[1].tolist(), told.after[2].tolist()
        ([1, 0], [0, 1])
    """
    if not isinstance(orders, Iterable) or not list(orders):
        raise InfoplaneError(f"the orders of the n-grams are {orders!r:.60}; give some, as (1, 2).")
    lengths = sorted({check_number("an order of the n-grams", k, least=1) for k in orders})
    most = lengths[-1]
    present = torch.ones_like(tokens, dtype=torch.bool) if mask is None else mask.bool()
    if tokens.shape[1] < 2 * most:
        raise InfoplaneError(
            f"the texts have {tokens.shape[1]} tokens; give {2 * most} or more for n-grams of "
            f"{most} before and after."
        )
    windows = present.unfold(1, 2 * most, 1).all(dim=2)  # [t, l - 2 most + 1]
    positions = pad(windows, (most - 1, most))
    if not positions.any():
        raise InfoplaneError(
            f"no text has {2 * most} tokens in a row; give longer ones, or lower orders."
        )
    compact = tokens.unique(return_inverse=True)[1]
    text, place = positions.nonzero(as_tuple=True)
    before, after = {}, {}
    seen, next_ = compact[text, place], compact[text, place + 1]
    for k in range(1, most + 1):
        if k > 1:
            seen = _paired(compact[text, place - k + 1], seen)
            next_ = _paired(next_, compact[text, place + k])
        if k in lengths:
            before[k] = seen.unique(return_inverse=True)[1]
            after[k] = next_.unique(return_inverse=True)[1]
    return Ngrams(positions, before, after)


def occurrences(
    text: Int[Tensor, "n l"], blocks: Int[Tensor, "m k"], *, order: int
) -> Int[Tensor, "m k"]:
    """Return how often the n-gram that ends at each token of some blocks occurs in a text.

    -1 where it would begin before the block. N-grams across the ends of blocks are none.

    Args:
        text: blocks in which they are counted.
        blocks: whose n-grams are asked about.
        order: their length.

    Raises:
        InfoplaneError: for an order below 1, or above the length of the blocks.

    Cost: O(n l log(n l)) time.

    Example:
        >>> text = torch.tensor([[7, 8, 7, 8, 9]])
        >>> occurrences(text, torch.tensor([[8, 7, 8, 8]]), order=2).tolist()
        [[-1, 1, 2, 0]]
    """
    check_number("order", order, least=1)
    if order > min(text.shape[1], blocks.shape[1]):
        raise InfoplaneError(
            f"order is {order}, and the blocks have {text.shape[1]} and {blocks.shape[1]} tokens; "
            "give an order of no more than that."
        )
    windows = [each.unfold(1, order, 1).flatten(0, 1) for each in (text, blocks)]  # [_, order]
    first, *others = torch.cat(windows).unbind(dim=1)
    numbers = first.unique(return_inverse=True)[1]
    for token in others:
        numbers = _paired(numbers, token)
    known, asked = numbers.split([len(each) for each in windows])
    counts = torch.bincount(known, minlength=int(numbers.max()) + 1)[asked]
    return pad(counts.view(len(blocks), -1), (order - 1, 0), value=-1)


def _paired(first: Int[Tensor, " n"], second: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
    """Number pairs; numbers stay below n, so that those of long n-grams fit."""
    return (first * (int(second.max()) + 1) + second).unique(return_inverse=True)[1]
