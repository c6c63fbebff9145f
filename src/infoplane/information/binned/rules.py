"""Rules that turn activations into integer codes: the resolution at which a layer is read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infoplane.errors import InfoplaneError

MOST_BINS = 1_000_000


@runtime_checkable
class Bins(Protocol):
    """A rule of coding. ``codes`` gives whole numbers, NaN where a value is not finite.

    ``whole_layer`` says that the codes of a row depend on the other rows; ``fusable`` that coding
    and hashing may be compiled into one pass.
    """

    whole_layer: ClassVar[bool]
    fusable: ClassVar[bool]

    @property
    def resolution(self) -> str: ...

    def codes(self, t: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n d"]: ...


@dataclass(frozen=True)
class FixedWidth:
    """Bins of one width anywhere on the line: code = floor(t / width).

    Source: Saxe et al. 2018 (``simplebinmi``), width .07 for the 12-bit net, .5 for MNIST.
    """

    width: float
    whole_layer: ClassVar[bool] = False
    fusable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (self.width > 0 and math.isfinite(self.width)):
            raise InfoplaneError(f"bin_width is {self.width}; give a width above 0.")

    @property
    def resolution(self) -> str:
        return f"bins of width {self.width:g}"

    def codes(self, t: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n d"]:
        return torch.div(t, self.width).floor_()


@dataclass(frozen=True)
class EqualBins:
    """A fixed number of equal bins over [low, high]; what lies outside goes to the end bins."""

    number: int
    low: float
    high: float
    whole_layer: ClassVar[bool] = False
    fusable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number(self.number)
        if not self.low < self.high:
            raise InfoplaneError(f"range is {self.low} to {self.high}; give low < high.")

    @property
    def resolution(self) -> str:
        return f"{self.number} equal bins over {self.low:g} to {self.high:g}"

    def codes(self, t: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n d"]:
        scaled = (t - self.low).mul_(self.number / (self.high - self.low)).floor_()
        return scaled.nan_to_num_(nan=math.nan).clamp_(0, self.number - 1)


@dataclass(frozen=True)
class IDNNsBins:
    """The exact rule of the code of Shwartz-Ziv & Tishby (2017): 30 *edges* over [-1, 1].

    ``digitize(t, linspace(-1, 1, 30)) - 1`` used as an index: 29 bins, a thirtieth code for values
    of 1 and above, which values below -1 share, since index -1 is the last. Kept to reproduce
    published numbers; for anything else use ``EqualBins``.
    """

    edges: int = 30
    low: float = -1.0
    high: float = 1.0
    whole_layer: ClassVar[bool] = False
    fusable: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number(self.edges)

    @property
    def resolution(self) -> str:
        return f"{self.edges} edges over {self.low:g} to {self.high:g} (IDNNs)"

    def codes(self, t: Float[Tensor, "*batch n d"]) -> Float[Tensor, "*batch n d"]:
        edges = torch.from_numpy(np.linspace(self.low, self.high, self.edges)).to(t.device)
        index = torch.bucketize(t.to(torch.float64).contiguous(), edges, right=True) - 1
        return keep_non_finite(index.remainder_(self.edges).to(torch.float32), t)


@dataclass(frozen=True)
class QuantileBins:
    """Bins that hold equally many values, with edges from the whole layer or from each unit.

    Edges are the inner quantiles of the values measured; equal values always share a bin, so a
    layer with many exact zeros has fewer occupied bins. Invariant to increasing maps of the layer
    (``per="layer"``) or of each unit (``per="unit"``).
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
        return f"{self.number} quantile bins per {self.per}"

    def codes(self, t: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        inner = np.linspace(0, 1, self.number + 1)[1:-1]
        if self.per == "layer":
            flat = t.flatten()
            edges = flat.sort().values[_ranks(inner, len(flat))]
            codes = torch.bucketize(t.contiguous(), edges, right=True)
        else:
            units = t.mT.contiguous()  # [d, n]
            edges = units.sort(dim=1).values[:, _ranks(inner, t.shape[0])].contiguous()
            codes = torch.searchsorted(edges, units, right=True).mT
        return keep_non_finite(codes.to(torch.float32), t)


def check_per(per: str) -> None:
    """Refuse what edges cannot be of."""
    if per not in ("layer", "unit"):
        raise InfoplaneError(f"per is {per!r}; give 'layer' or 'unit'.")


def check_number(number: int) -> None:
    """Refuse a number of bins that is not one, or is beyond sense."""
    if not 2 <= number <= MOST_BINS:
        raise InfoplaneError(f"{number} bins were asked for; give 2 to {MOST_BINS:,}.")


def keep_non_finite(codes: Tensor, t: Tensor) -> Tensor:
    """Give NaN codes to values that are not finite: a bin must not hide them."""
    return codes.masked_fill_(~torch.isfinite(t), math.nan)


def _ranks(quantiles: np.ndarray, n: int) -> Tensor:
    """Return the order statistics that stand for quantiles of n values (no interpolation)."""
    return torch.from_numpy(np.minimum((quantiles * n).astype(np.int64), n - 1))
