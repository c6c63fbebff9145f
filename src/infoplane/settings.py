"""What is set in a configuration is of the type that it states, and no number is NaN or infinite.

Readable without torch: every configuration calls ``check_settings`` before its own checks.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import fields
from functools import lru_cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from infoplane.errors import InfoplaneError

MOST = 2**53  # of a number that counts
WANTED = {int: Integral, float: Real}
WORDS = {
    bool: "True or False",
    int: "a whole number",
    float: "a finite number",
    str: "text",
    NoneType: "None",
}


def check_settings(config: Any) -> None:
    """Refuse a value of another type than a configuration states; make lists tuples.

    Numbers of NumPy become those of Python, which JSON knows.

    Raises:
        InfoplaneError: with the name, the value, and what to give.
    """
    for name, hint in _hints(type(config)).items():
        value = getattr(config, name)
        plain = _plain(value)
        if not any(_is(plain, kind) for kind in _kinds(hint)):
            given = f"{value!r:.60}"
            raise InfoplaneError(f"{name} is {given}; give {_in_words(hint)}.")
        if plain is not value:
            object.__setattr__(config, name, plain)


@lru_cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _kinds(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _plain(value: Any) -> Any:
    """Return what JSON keeps: tuples for lists, Python's numbers for others'."""
    if isinstance(value, str | bool | int | float | NoneType):
        return value
    if hasattr(value, "item") and not getattr(value, "shape", ()):
        return value.item()
    if isinstance(value, list | tuple):
        plain = tuple(_plain(each) for each in value)
        same = type(value) is tuple and all(a is b for a, b in zip(plain, value, strict=True))
        return value if same else plain
    return value


def _is(value: Any, kind: Any) -> bool:
    origin = get_origin(kind)
    if origin is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(kind))
    if origin is tuple:
        inner = get_args(kind)[0]  # which of them are known, each configuration says itself
        wanted = str if get_origin(inner) is Literal else WANTED.get(inner, inner)
        return isinstance(value, tuple) and all(
            isinstance(each, wanted) and not isinstance(each, bool) for each in value
        )
    if kind is Any:
        return True
    if kind in WANTED:
        number = isinstance(value, WANTED[kind])
        return number and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, kind)


def _in_words(hint: Any) -> str:
    """Return what a type is called."""
    return " or ".join(_named(kind) for kind in _kinds(hint))


def _named(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"one of: {', '.join(map(str, get_args(kind)))}"
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return f"a list, each {_in_words(inner)}"
    return WORDS.get(kind) or f"a {kind.__name__}"


def check_number(name: str, value: Any, *, least: int = 0) -> int:
    """Return a whole number of so much at least.

    Raises:
        InfoplaneError: for any other value.
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or not least <= int(value) <= MOST:
        raise InfoplaneError(f"{name} is {value!r:.60}; give a whole number, {least} or more.")
    return int(value)


def take_out_no_result(config: Any, values: dict[str, Any]) -> None:
    """Take out of the values of a configuration what each of its parts lists as ``NO_RESULT``."""
    for field in fields(config):
        for name in getattr(type(getattr(config, field.name)), "NO_RESULT", ()):
            del values[field.name][name]


def short_id(values: dict[str, Any]) -> str:
    """Return twelve hexadecimal digits that other values do not have."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
