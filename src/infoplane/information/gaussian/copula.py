"""Columns made normal by the ranks of their values."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

COLUMNS = 64  # ranked at once


def copula_normalised(t: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Return each column with its values replaced by Gaussian quantiles of their mean ranks."""
    n, out = len(t), torch.empty(t.shape, dtype=torch.float32, device=t.device)
    for start in range(0, t.shape[1], COLUMNS):
        here = t[:, start : start + COLUMNS].mT.contiguous()
        ordered = here.sort(dim=1).values
        below = torch.searchsorted(ordered, here)
        not_above = torch.searchsorted(ordered, here, right=True)
        rank = (below + not_above + 1).double() / 2  # 1..n, ties at their mean
        out[:, start : start + COLUMNS] = torch.special.ndtri(rank / (n + 1)).mT
    return out
