"""Whether a value is of the kind that a parameter is annotated with."""

from __future__ import annotations

from numbers import Integral, Real
from types import NoneType
from typing import Any

from infoplane.errors import InfoplaneError

KINDS: dict[str, tuple[Any, str]] = {
    "int": (Integral, "a whole number"),
    "float": (Real, "a number"),
    "bool": (bool, "True or False"),
    "str": (str, "a name"),
    "None": (NoneType, "None"),
}


def check_kind(key: str, value: Any, annotation: str) -> None:
    """Refuse a value of another kind than a parameter's, where that is made of plain ones.

    Args:
        key: the parameter's name.
        value: what was given.
        annotation: as ``int | None``.

    Raises:
        InfoplaneError: where it is of none of them; True and False are no numbers.
    """
    names = annotation.split(" | ")
    if not set(names) <= set(KINDS):
        return
    if isinstance(value, bool):
        fits = "bool" in names
    else:
        fits = any(isinstance(value, KINDS[name][0]) for name in names)
    if not fits:
        words = " or ".join(KINDS[name][1] for name in names)
        raise InfoplaneError(f"{key} is {value!r}; give {words}.")
