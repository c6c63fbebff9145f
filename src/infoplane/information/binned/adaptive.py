"""Bins that follow a layer as it is: equally many of its distinct values in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.information.binned.rules import check_number, keep_non_finite


@dataclass(frozen=True)
class AdaptiveBins:
    """Entropy-based adaptive bins (EBAB): equally many distinct values in each, ``low`` apart.

    With u the sorted distinct values of the whole layer other than ``low``, bin k starts at
    u[⌊k |u| / number⌋], k = 0..number-1, and the largest value has a bin of its own, as in the
    published code. So all saturated units share one cell, and an increasing map of the layer that
    keeps ``low`` changes nothing. Values below ``low``, which the published code cannot take, are
    binned like those above.

    Args:
        number: of bins, 30 in the paper.
        low: the value kept apart: 0 for ReLU and its kin; None for tanh and the like.

    Cost: a sort of the layer; memory about three times its own.

    Source: Chelombiev, Houghton & O'Donnell 2019 (arXiv:1902.09037).
    """

    number: int = 30
    low: float | None = 0.0
    whole_layer: ClassVar[bool] = True
    fusable: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number(self.number)

    @property
    def resolution(self) -> str:
        apart = "" if self.low is None else f", {self.low:g} kept apart"
        return f"{self.number} adaptive bins (EBAB){apart}"

    def codes(self, t: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        values = t.contiguous()
        codes = torch.bucketize(values, self._edges(values), right=True, out_int32=True)
        codes = keep_non_finite(codes.to(torch.float32), t)
        return codes if self.low is None else codes.masked_fill_(t == self.low, 0.0)

    def _edges(self, t: Tensor) -> Float[Tensor, " edges"]:
        """Return where bins start, and the largest value."""
        u = distinct_values(t)
        u = u if self.low is None else u[u != self.low]
        starts = np.arange(self.number) * len(u) // self.number
        return torch.from_numpy(np.append(u[starts], u[-1:]) if len(u) else u).to(t.device)


def distinct_values(t: Tensor) -> np.ndarray:
    """Return the sorted distinct values, with one copy of them in memory beside the result."""
    ordered = np.sort(t.flatten().cpu().numpy())
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
