"""Make a network with a function in a Python file that the user has named."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from infoplane import seeds
from infoplane.errors import InfoplaneError
from infoplane.networks.own_name import OwnName
from infoplane.networks.own_stack import OwnStack


def build_own(
    name: OwnName, *, input_shape: Sequence[int], classes: int, seed: int, members: int
) -> OwnStack:
    """Build K networks by the function that a name gives; the file is executed.

    Member m is made with torch's, NumPy's and Python's generators seeded by (seed, m) alone.

    Args:
        name: of the file and the function in it.
        input_shape: of one example; given to the function where it takes ``input_shape``.
        classes: outputs; given to it where it takes ``classes``.
        seed: of the initialisation.
        members: K.

    Raises:
        InfoplaneError: where the file has changed since it was named, fails, or makes no module.
    """
    name.check_unchanged()
    path = Path(name.file).expanduser()
    with seeds.random_state_kept(), _importable(path.parent):
        make = _function(_module(path), name)
        offered = {"input_shape": tuple(input_shape), "classes": classes}
        arguments = _arguments(make, offered, name)
        networks = []
        for member in range(members):
            _seed(seeds.number(seed, "initialisation", member))
            with _explained(path):
                network = make(**arguments)
            if not isinstance(network, nn.Module):
                raise InfoplaneError(
                    f"{name.function} of {path.name} makes a {type(network).__name__}; make it "
                    "return a torch.nn.Module."
                )
            networks.append(network)
    if len(set(map(id, networks))) < members:
        raise InfoplaneError(
            f"{name.function} of {path.name} returns the same network for every member; make it "
            "return a new one each time."
        )
    return OwnStack(networks, input_shape=input_shape, classes=classes)


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"infoplane_own_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InfoplaneError(f"{path} is no Python file; give FILE.py:FUNCTION.")
    module = importlib.util.module_from_spec(spec)
    with _explained(path):
        spec.loader.exec_module(module)
    return module


def _function(module: ModuleType, name: OwnName) -> Callable[..., Any]:
    make = getattr(module, name.function, None)
    if not callable(make):
        functions = [n for n, value in vars(module).items() if inspect.isroutine(value)]
        raise InfoplaneError(
            f"{name.file} has no function {name.function!r} (it has: "
            f"{', '.join(functions) or 'none'}); give FILE.py:FUNCTION."
        )
    return make


def _arguments(make: Callable[..., Any], offered: dict[str, Any], name: OwnName) -> dict[str, Any]:
    """Return those of the offered arguments that the function takes."""
    parameters = inspect.signature(make).parameters.values()
    keywords = any(p.kind == p.VAR_KEYWORD for p in parameters)
    needed = [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    ]
    if unknown := [parameter for parameter in needed if parameter not in offered]:
        raise InfoplaneError(
            f"{name.function} of {name.file} needs {', '.join(unknown)}; let it take nothing, or "
            "input_shape and classes."
        )
    names = {p.name for p in parameters}
    return {key: value for key, value in offered.items() if keywords or key in names}


def _seed(number: int) -> None:
    import random

    import numpy as np

    torch.manual_seed(number)
    random.seed(number)
    np.random.seed(number % 2**32)


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let a file import those beside it."""
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(folder.resolve()))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn an error of the user's code into one sentence that says where it failed."""
    try:
        yield
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
        line = f", line {frames[-1].lineno}" if frames else ""
        raise InfoplaneError(
            f"{path}{line} failed with {type(error).__name__}: {error}; mend it and run again."
        ) from error
