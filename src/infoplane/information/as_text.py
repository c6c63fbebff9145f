"""An estimator as text, with its parameters: ``ksg`` or ``ksg(k=5)``."""

from __future__ import annotations

import ast
import re
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.information.registry import NAMES

BETWEEN = re.compile(r",(?![^()\[\]]*[)\]])")  # the commas that are in no brackets of their own


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """Return name and parameters of an estimator written as ``ksg`` or ``ksg(k=5)``.

    Raises:
        InfoplaneError: where it is written otherwise, or no estimator has that name.
    """
    match = re.fullmatch(r"\s*([a-z-]+)\s*(?:\((.*)\))?\s*", text)
    if match is None:
        raise InfoplaneError(f"estimator {text!r} cannot be read; write it as ksg or ksg(k=5).")
    name, inside = match.groups()
    if name not in NAMES:
        raise InfoplaneError(f"estimator is {name!r}; give one of: {', '.join(NAMES)}.")
    parameters = {}
    for part in filter(None, (p.strip() for p in BETWEEN.split(inside or ""))):
        key, equals, value = part.partition("=")
        if not equals or not key.strip().isidentifier():
            raise InfoplaneError(f"estimator {text!r} cannot be read; write it as ksg(k=5).")
        parameters[key.strip()] = _value(value.strip())
    return name, parameters


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
