"""Code activations and hash their rows to 64 bits, in one pass over memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError, NonFiniteError
from infoplane.information.binned.rules import Bins
from infoplane.information.core.compiling import Fused

EXACT = 2.0**53  # codes above are no longer whole numbers that can be told apart
NARROW = 24  # units up to which it pays to bring those of a layer together


def hash_activations(t: Float[Tensor, "*batch n d"], bins: Bins) -> Int[Tensor, "*batch n"]:
    """Code activations by a rule and hash each row; equal coded rows (and only they) are equal.

    Where the rule can be fused and much is to be hashed, coding, hashing and checking are one
    compiled read of the activations; the same values without a compiler.

    Raises:
        NonFiniteError: where an activation is NaN or infinite.
        InfoplaneError: where codes are too large to be told apart exactly.
    """
    if not bins.fusable or t.numel() == 0:
        return hash_rows(bins.codes(t))
    if t.shape[-1] <= NARROW:
        t = t.mT.contiguous().mT  # unit by unit, as stacks have it: sums along short rows are slow
    hashes, sizes = _fused(bins)(t, _multipliers(t.shape[-1], t.device))
    _check(sizes, lambda: bins.codes(t))
    return hashes


def hash_rows(codes: Float[Tensor, "*batch n d"]) -> Int[Tensor, "*batch n"]:
    """Hash each row of integer-valued codes, so that equal rows (and only they) are equal.

    The value of a row, Σ code · multiplier modulo 2^64 with random odd multipliers, depends on the
    row alone, so a long array can be hashed chunk by chunk in any memory layout. Two rows whose
    codes differ by odd numbers somewhere collide with a chance of about 2^-63; where every
    difference is a multiple of 2^v, of 2^(v - 63).

    Args:
        codes: integer-valued floats [..., n, d]; ``d`` is the same for all chunks of one layer.

    Returns:
        int64 hashes [..., n].

    Raises:
        NonFiniteError: where a code is NaN or infinite.
        InfoplaneError: where codes are too large to be told apart exactly.

    Source: multilinear hashing, Dietzfelbinger 1996; Lemire & Kaser 2014.

    Cost: one read of the codes.
    """
    if codes.numel() == 0:
        return torch.zeros(codes.shape[:-1], dtype=torch.int64, device=codes.device)
    hashes, sizes = _multiply_and_sum(codes, _multipliers(codes.shape[-1], codes.device))
    _check(sizes, lambda: codes)
    return hashes


def _multiply_and_sum(codes: Tensor, multipliers: Tensor) -> tuple[Tensor, Tensor]:
    """Return the hash of each row, and the sum of its absolute codes (NaN where one is)."""
    return (codes.to(torch.int64) * multipliers).sum(dim=-1), codes.abs().sum(dim=-1)


@lru_cache(maxsize=16)
def _fused(bins: Bins) -> Fused:
    def code_and_hash(t: Tensor, multipliers: Tensor) -> tuple[Tensor, Tensor]:
        return _multiply_and_sum(bins.codes(t), multipliers)

    return Fused(code_and_hash)


def _check(sizes: Tensor, codes: Callable[[], Tensor]) -> None:
    """Refuse codes that are not exact; their sums, cheaper than their maximum, mostly tell."""
    if float(sizes.max()) < EXACT:
        return
    most = float(codes().abs().max())
    if not most < float("inf"):  # NaN compares false as well
        raise NonFiniteError(
            "values are NaN or infinite; information needs finite ones: look at the data, or "
            "lower the learning rate."
        )
    if not most < EXACT:
        raise InfoplaneError(
            f"a value falls in bin number {most:.3g}; use wider bins, unless training diverged."
        )


@lru_cache(maxsize=64)
def _multipliers(d: int, device: torch.device) -> Int[Tensor, " d"]:
    """Return fixed random odd 64-bit multipliers [d]."""
    generator = seeds.generator(0, "row hash", d)
    return (torch.randint(-(2**62), 2**62, (d,), generator=generator) * 2 + 1).to(device)
