"""The options of a command, as its dataclass declares them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import tyro


@dataclass(frozen=True)
class Option:
    """An option, or a positional argument, as it is typed and explained."""

    flag: str
    """As typed: ``--data.name``; of a positional argument, what stands for it: ``STUDY``."""
    help: str
    default: str
    """As text; "" where there is none, or none worth saying."""
    choices: tuple[str, ...] = ()
    is_switch: bool = False

    @property
    def positional(self) -> bool:
        """Whether it is known by its place."""
        return not self.flag.startswith("-")


def options_of(kind: type, prefix: str = "") -> Iterator[Option]:
    """Yield the options of a dataclass, and of the dataclasses in it, in their order."""
    hints, told = get_type_hints(kind, include_extras=True), _field_docs(kind)
    for field in fields(kind):
        hint, markers = _plain(hints[field.name])
        arg: Any = next((m for m in markers if hasattr(m, "metavar")), None)
        name = field.name if arg is None or arg.name is None else arg.name
        if isinstance(hint, type) and is_dataclass(hint):
            yield from options_of(hint, f"{prefix}{name}." if name else prefix)
            continue
        positional = tyro.conf.Positional in markers
        metavar = getattr(arg, "metavar", None)
        flag = (metavar or name) if positional else f"--{prefix}{name}".replace("_", "-")
        default = "" if field.default in (MISSING, None, (), "") else str(field.default)
        said = getattr(arg, "help", None) or told.get(field.name, "")
        yield Option(flag, said, default, _choices(hint), hint is bool)


def _plain(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type, and what it is annotated with."""
    if get_origin(hint) is Annotated:
        return get_args(hint)[0], get_args(hint)[1:]
    return hint, ()


def _choices(hint: Any) -> tuple[str, ...]:
    """The values of a literal, also of one that may be left out or given several times."""
    if get_origin(hint) is Literal:
        return tuple(map(str, get_args(hint)))
    if get_origin(hint) in (Union, UnionType, tuple):
        return tuple(choice for part in get_args(hint) for choice in _choices(part))
    return ()


@cache
def _field_docs(kind: type) -> dict[str, str]:
    """The string below each field of a class, in one line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    docs: dict[str, str] = {}
    previous: ast.stmt | None = None
    for statement in getattr(body, "body", []):
        text = getattr(getattr(statement, "value", None), "value", None)
        target = previous.target if isinstance(previous, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and isinstance(statement, ast.Expr) and text:
            docs[target.id] = " ".join(str(text).split())
        previous = statement
    return docs
