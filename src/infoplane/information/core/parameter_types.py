"""Whether parameters are of the types that a function states for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

import numpy as np

from infoplane.errors import InfoplaneError

LARGEST = 2**31 - 1  # what counts samples, units or steps
WORDS = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "text",
    NoneType: "None",
    tuple: "two numbers",
    Sequence: "a list of numbers",
}


def check_types(parameters: Mapping[str, Any], hints: Mapping[str, Any], name: str) -> None:
    """Refuse a parameter of another type than the hints of a function have for it.

    Ranges of numbers and choices of names are checked by the function. A whole number is a number,
    True is neither.

    Raises:
        InfoplaneError: with the value, and what to give.
    """
    for key, value in parameters.items():
        kinds = _kinds(hints[key])
        if not any(_is(value, kind) for kind in kinds):
            words = " or ".join(WORDS[kind] for kind in kinds)
            raise InfoplaneError(f"{key} of {name} is {value!r:.60}; give {words}.")
        if isinstance(value, Integral) and abs(int(value)) > LARGEST:
            raise InfoplaneError(f"{key} of {name} is {value:.3g}; give at most {LARGEST:,}.")


def _kinds(hint: Any) -> list[type]:
    """Return the types of a hint: of each part of a union, each value of a literal."""
    origin = get_origin(hint)
    if origin is UnionType:
        return [kind for part in get_args(hint) for kind in _kinds(part)]
    if origin is Literal:
        return list(dict.fromkeys(type(value) for value in get_args(hint)))
    return [origin or hint]


def _is(value: Any, kind: type) -> bool:
    if kind is bool:
        return isinstance(value, (bool, np.bool_))
    if kind in (int, float):
        number = Integral if kind is int else Real
        return isinstance(value, number) and not isinstance(value, (bool, np.bool_))
    if kind in (tuple, Sequence):
        several = isinstance(value, (tuple, list, np.ndarray)) and np.ndim(value) == 1
        return (
            several and (kind is not tuple or len(value) == 2) and all(_is(v, float) for v in value)
        )
    return isinstance(value, kind)
