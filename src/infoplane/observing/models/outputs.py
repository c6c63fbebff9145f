"""Tensors inside what a module puts out: tuples, dictionaries, ModelOutput, by their keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor

from infoplane.errors import InfoplaneError

Key = str | int
Path = tuple[Key, ...]
Chosen = Key | Callable[[Any], Any] | None
"""Which part of a model's output the logits are: a key, a place, a function; None to find them."""

USUAL = ("logits", "output", "out", "prediction", "predictions", "scores", "y_hat")


def parts_of(value: Any) -> Mapping[Key, Any]:
    """Return what a container holds, by key; empty of anything else."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(value, tuple | list):
        return dict(enumerate(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return {}


def tensors_of(value: Any, path: Path = ()) -> Iterator[tuple[Path, Tensor]]:
    """Yield every tensor in an output, with the keys that lead to it."""
    if isinstance(value, Tensor):
        yield path, value
        return
    for key, part in parts_of(value).items():
        yield from tensors_of(part, (*path, key))


def at(value: Any, path: Path) -> Any:
    """Return what keys lead to; None where they lead nowhere."""
    for key in path:
        value = parts_of(value).get(key)
    return value


def logits_of(value: Any, output: Chosen = None) -> Any:
    """Return the logits in what a model puts out.

    Args:
        value: a tensor, dictionary, tuple, ``ModelOutput`` or other dataclass.
        output: which part they are.

    Raises:
        InfoplaneError: where there is no such part, or several that could be meant.
    """
    if callable(output):
        return output(value)
    parts = parts_of(value)
    if output is not None:
        if output not in parts and not (isinstance(output, int) and len(parts) > output >= 0):
            raise InfoplaneError(
                f"output is {output!r}, and the model puts out {described(value)}; give one of "
                "its keys, or a function of it."
            )
        return parts[output] if output in parts else list(parts.values())[int(output)]
    if isinstance(value, Tensor) or not parts:
        return value
    named = [key for key in USUAL if key in parts]
    if named:
        return parts[named[0]]
    tensors = {key: part for key, part in parts.items() if isinstance(part, Tensor)}
    if len(tensors) == 1 or (tensors and 0 in tensors):
        return next(iter(tensors.values()))
    raise InfoplaneError(
        f"the model puts out {described(value)}, and which of it are the logits is not plain; "
        "give output= a key, a place or a function of it."
    )


def described(value: Any) -> str:
    """Describe an output in a few words."""
    if isinstance(value, Tensor):
        return f"a tensor {list(value.shape)}"
    parts = parts_of(value)
    kind = type(value).__name__
    return f"a {kind} of {', '.join(map(repr, parts))}" if parts else f"a {kind}"
