"""Which whole numbers are kept where all would be too many."""

from __future__ import annotations


def is_kept(number: int) -> bool:
    """Whether a number is kept: all below 16, then eight even ones in each doubling.

    Example:
        >>> [number for number in range(40) if is_kept(number)][14:]
        [14, 15, 16, 18, 20, 22, 24, 26, 28, 30, 32, 36]
    """
    return number % max(1, (1 << number.bit_length()) // 16) == 0
