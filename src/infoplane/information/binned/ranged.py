"""Bins over the range that a layer or each unit has, and exact codes of quantised networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.errors import InfoplaneError
from infoplane.information.binned.adaptive import distinct_values
from infoplane.information.binned.rules import check_number, check_per, keep_non_finite

BLOCK = 1 << 20  # values scaled at once in float64


@dataclass(frozen=True)
class RangedBins:
    """A fixed number of equal bins from the least to the greatest value measured.

    One range for the whole layer (``per="layer"``) or one for each unit (``per="unit"``); the
    greatest value belongs to the last bin, and a unit that never changes has one code. Invariant to
    scaling and shifting the layer, or each unit. An outlier widens all bins.

    Source: Kawaguchi et al. 2023 (layer; their greatest value has a further bin of its own);
    Lorenzen, Igel & Nielsen 2022 (layer and neuron).
    """

    number: int
    per: Literal["layer", "unit"] = "layer"
    whole_layer: ClassVar[bool] = True
    fusable: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number(self.number)
        check_per(self.per)

    @property
    def resolution(self) -> str:
        return f"{self.number} equal bins over the range of each {self.per}"

    def codes(self, t: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        codes = torch.empty_like(t, dtype=torch.float32)
        if t.numel() == 0:
            return codes
        finite = t.nan_to_num(nan=0.0) if not torch.isfinite(t).all() else t
        low, high = torch.aminmax(finite) if self.per == "layer" else torch.aminmax(finite, dim=0)
        low, high = low.double(), high.double()
        span = torch.where(high > low, high - low, 1.0)
        rows = max(1, BLOCK // t.shape[1])
        for start in range(0, len(t), rows):
            share = (finite[start : start + rows].double() - low).div_(span)
            codes[start : start + rows] = (
                share.mul_(self.number).floor_().clamp_(0, self.number - 1)
            )
        return keep_non_finite(codes, t)


@dataclass(frozen=True)
class ExactCodes:
    """Each value its own code, for a network quantised to ``bits``: nothing is binned.

    The entropy of the coded layer is then that of the layer on the samples measured. ``codes``
    refuses a layer (``per="layer"``) or unit (``per="unit"``) with more than 2^bits distinct
    values, which is quantised otherwise. On equally spaced levels, 2^bits ``RangedBins`` tell the
    same values apart.

    Source: Lorenzen, Igel & Nielsen 2022 (arXiv:2106.12912).
    """

    bits: int
    per: Literal["layer", "unit"] = "layer"
    whole_layer: ClassVar[bool] = True
    fusable: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= 24:
            raise InfoplaneError(f"bits is {self.bits}; give 1 to 24 (4 and 8 are usual).")
        check_per(self.per)

    @property
    def resolution(self) -> str:
        return f"exact codes of {self.bits} bits per {self.per}"

    def codes(self, t: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        codes = torch.empty_like(t, dtype=torch.float32)
        parts = [slice(None)] if self.per == "layer" else range(t.shape[1])
        for part in parts:
            values = t[:, part].contiguous()
            levels = torch.from_numpy(self._levels(distinct_values(values))).to(t.device)
            codes[:, part] = torch.bucketize(values, levels, out_int32=True)
        return keep_non_finite(codes, t)

    def _levels(self, distinct: np.ndarray) -> np.ndarray:
        distinct = distinct[np.isfinite(distinct)]
        if len(distinct) > 2**self.bits:
            raise InfoplaneError(
                f"a {self.per} has {len(distinct):,} distinct values and {self.bits} bits code "
                f"{2**self.bits:,}; give the bits the network was quantised to, or use bins."
            )
        return distinct
