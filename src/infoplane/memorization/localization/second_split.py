"""Second-split forgetting: how soon an example is forgotten in training on others."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from infoplane.errors import InfoplaneError


def second_split_forgetting(correct: Bool[Tensor, "e n"]) -> Int[Tensor, " n"]:
    """Return the epoch of a second training after which an example is never right again.

    A network is trained on one split of the data and then on another, without the first. Row 0 is
    after the first training, row e after e epochs of the second. 0 where the network is never right
    of the example; the number of rows where it is right at the end: never forgotten. Lower for
    mislabeled examples. In epochs; it has no error of its own but the spread over networks.

    Args:
        correct: whether the prediction is the seen label [e, n].

    Raises:
        InfoplaneError: where there is no row.

    Source: Maini et al. 2022 (arXiv:2210.15031), definition 2 (the first epoch after which an
    example is forgotten forever).

    Example:
        >>> import torch
        >>> rows = [[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 0, 0]]  # after 0, 1 and 2 epochs
        >>> second_split_forgetting(torch.tensor(rows, dtype=torch.bool)).tolist()
        [3, 3, 1, 0]
    """
    if not len(correct):
        raise InfoplaneError("correct has no row; give one for each epoch, the first before any.")
    numbers = torch.arange(1, len(correct) + 1)[:, None]
    return (correct * numbers).amax(dim=0)
