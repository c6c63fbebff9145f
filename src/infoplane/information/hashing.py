"""Hash rows of integer codes to 64 bits in one matrix product."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from infoplane import seeds
from infoplane.errors import InfoplaneError, NonFiniteError

# Sixteen columns of weights in [-256, 256): two different rows agree in one column with a chance
# of at most 2^-9, in all of them of 2^-144; the 64 bits they are folded into are what limits.
# Eight significant bits survive every reduced-precision matrix product (TF32, bfloat16).
COLUMNS = 16
WEIGHT_LIMIT = 256
EXACT_CODE = 256  # codes below this survive reduced precision as well
LOW_HALF = 2**32 - 1
EXACT_FLOAT32 = 2.0**24
EXACT_FLOAT64 = 2.0**53


def hash_rows(codes: Float[Tensor, "*batch n d"]) -> Int[Tensor, "*batch n"]:
    """Hash each row of integer-valued codes, so that equal rows (and only they) are equal.

    The value of a row depends on the row alone, so a long array can be hashed chunk by chunk, in
    any precision and memory layout. Products and sums are of integers small enough to be exact;
    two different rows collide with a chance of about 2^-63.

    Args:
        codes: integer-valued floats [..., n, d]; ``d`` is the same for all chunks of one layer.

    Returns:
        int64 hashes [..., n].

    Raises:
        NonFiniteError: where a code is NaN or infinite.
        InfoplaneError: where codes are too large to be told apart exactly.

    Cost: one read of the codes and 32 d n floating-point operations.
    """
    n, d = codes.shape[-2:]
    if n == 0 or d == 0:
        return torch.zeros(codes.shape[:-1], dtype=torch.int64, device=codes.device)
    dtype = _exact_dtype(codes, d)
    weights, multipliers = _weights(d, codes.device)
    weights = weights.to(dtype).expand(*codes.shape[:-2], -1, -1)  # [..., 16, d]
    if codes.mT.is_contiguous():  # feature-major memory, as stacks have it
        columns = torch.matmul(weights, codes.mT.to(dtype)).mT
    else:
        columns = torch.matmul(codes.to(dtype), weights.mT)
    mixed = columns.to(torch.int64).mul_(multipliers)  # [..., n, 16], modulo 2^64
    mixed.bitwise_xor_((mixed >> 32).bitwise_and_(LOW_HALF)).mul_(multipliers)
    return mixed.sum(dim=-1)


def _exact_dtype(codes: Tensor, d: int) -> torch.dtype:
    """Return the fastest precision in which the products and sums of these codes are exact."""
    low, high = torch.aminmax(codes)
    largest = max(-float(low), float(high))
    if not largest < float("inf"):  # NaN compares false as well
        raise NonFiniteError(
            "values are NaN or infinite; information needs finite ones: look at the data, or "
            "lower the learning rate."
        )
    bound = largest * WEIGHT_LIMIT * d
    if bound < EXACT_FLOAT32 and largest < EXACT_CODE:
        return torch.float32
    if bound < EXACT_FLOAT64:
        return torch.float64
    raise InfoplaneError(
        f"a value falls in bin number {largest:.3g}; use wider bins, unless training diverged."
    )


@lru_cache(maxsize=64)
def _weights(d: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the fixed random weights [16, d] and odd 64-bit multipliers [16]."""
    generator = seeds.generator(0, "row hash", d)
    weights = torch.randint(-WEIGHT_LIMIT, WEIGHT_LIMIT, (COLUMNS, d), generator=generator)
    odd = torch.randint(-(2**62), 2**62, (COLUMNS,), generator=generator) * 2 + 1
    return weights.float().to(device), odd.to(device)
