"""An estimator as text, with its parameters: ``ksg`` or ``ksg(k=5)``; ``str`` writes it again."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.information.core.estimator import Estimator
from infoplane.information.options import Options
from infoplane.information.registry import ESTIMATORS, NAMES

BETWEEN = re.compile(r",(?![^()\[\]]*[)\]])")  # the commas that are in no brackets of their own
OPTIONS = tuple(field.name for field in fields(Options))


def parse(text: str) -> tuple[Estimator, Options]:
    """Return an estimator written as ``ksg`` or ``ksg(k=5)``, and its options.

    Options that all estimators have are written beside parameters: ``ksg(k=5, permutations=0)``.

    Raises:
        InfoplaneError: where it is written otherwise, no estimator has that name, or it has no such
            parameter, or not of such a value.
    """
    match = re.fullmatch(r"\s*([a-z-]+)\s*(?:\((.*)\))?\s*", text)
    if match is None:
        raise InfoplaneError(f"estimator {text!r} cannot be read; write it as ksg or ksg(k=5).")
    name, inside = match.groups()
    settings: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in BETWEEN.split(inside or ""))):
        key, equals, value = part.partition("=")
        if not equals or not key.strip().isidentifier():
            raise InfoplaneError(f"estimator {text!r} cannot be read; write it as ksg(k=5).")
        settings[key.strip()] = _value(value.strip())
    return make(name, {k: v for k, v in settings.items() if k not in OPTIONS}), Options(
        **{k: v for k, v in settings.items() if k in OPTIONS}
    )


def make(name: str, parameters: dict[str, Any]) -> Estimator:
    """Return an estimator by its name and parameters.

    Raises:
        InfoplaneError: where no estimator has that name, or it has no such parameter, or not of
            such a value.
    """
    if name not in ESTIMATORS:
        raise InfoplaneError(f"estimator is {name!r}; give one of: {', '.join(NAMES)}.")
    parameter_names = [field.name for field in fields(ESTIMATORS[name])]
    for key in parameters:
        if key not in parameter_names:
            raise InfoplaneError(
                f"estimator {name!r} has no parameter {key!r}; it has: "
                f"{', '.join([*parameter_names, *OPTIONS])}."
            )
    return ESTIMATORS[name](**parameters)


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
