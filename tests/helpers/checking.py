"""Shapes and types, checked while tests run: a function's first calls in a test, then one in many.

As ``jaxtyping.jaxtyped`` does it, at a fraction of the cost: that binds every call to its
signature, checks arguments twice, and compiles two checks for each function.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from typing import Any

import jaxtyping
from beartype import BeartypeConf, beartype
from jaxtyping import jaxtyped

check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is a float
SHAPES = jaxtyped("context")  # one call, in which a dimension of one name has one size
FIRST, EVERY = 8, 32  # calls of a function in a test that are all checked, and then one of so many
_on = True
_test = 0


@contextmanager
def unchecked() -> Iterator[None]:
    """Let calls through whose types are wrong on purpose."""
    global _on
    before, _on = _on, False
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        _on = before
        jaxtyping.config.update("jaxtyping_disable", not before)


def begin_test() -> None:
    """Check the first calls of every function again."""
    global _test
    _test += 1


def install(package: str) -> None:
    """Check every function and dataclass of a package that is imported from now on."""
    jaxtyping.install_import_hook(package, "checking.check")
    jaxtyping.jaxtyped = lambda **_: checked  # what the hook decorates with


def checked(of: Any) -> Any:
    """Return a function that checks what it is given and returns; of a dataclass, its fields."""
    if inspect.isclass(of):
        if is_dataclass(of) and not hasattr(of.__init__, "__wrapped__"):
            of.__init__ = checked(of.__init__)
        return of
    if inspect.isgeneratorfunction(of):  # what is yielded is beyond a call
        return jaxtyped(of, typechecker=check)
    strict: Any = None  # compiled when it is first called: by then all its types are known
    test, calls = -1, 0

    @functools.wraps(of)
    def call(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        if not _on:
            return of(*args, **options)
        nonlocal strict, test, calls
        if test != _test:
            test, calls = _test, 0
        calls += 1
        if calls > FIRST and calls % EVERY:
            return of(*args, **options)
        strict = strict or check(_with_types(of))
        with SHAPES:
            return strict(*args, **options)

    return call


def _with_types(of: Callable) -> Callable:
    """Return the same function with types for the names of types, as far as they are known yet."""
    parts = of.__code__, of.__globals__, of.__name__, of.__defaults__, of.__closure__
    same = types.FunctionType(*parts)
    same.__kwdefaults__, same.__module__ = of.__kwdefaults__, of.__module__
    same.__qualname__ = of.__qualname__
    same.__annotations__ = {
        name: _type(hint, of.__globals__) for name, hint in of.__annotations__.items()
    }
    return same


def _type(hint: Any, names: dict[str, Any]) -> Any:
    if not isinstance(hint, str):
        return hint
    try:
        return eval(hint, names)
    except Exception:  # of a class that is yet to come
        return Any
