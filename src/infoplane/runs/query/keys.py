"""The keys of a configuration, as ``data.rate``, and the values they have."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable
from typing import Any

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.runs.config import RunConfig, to_dict

OWN = ("data.", "training.")  # parts in which members may differ


def member_keys(config: RunConfig) -> list[dict[str, Any]]:
    """Return each member with the configuration by key: its own values where it has some.

    ``data.rate`` is the corruption in force: 0 of true labels, whatever is written there, and NaN
    of a transition matrix, which knows no rate. Of a network trained elsewhere nothing is known but
    the share of wrong labels, and what was watched.
    """
    whole = flat(to_dict(config))
    if config.watched is not None:
        unknown = dict.fromkeys(flat(to_dict(RunConfig())))
        rate = {"data.name": config.data.name, "data.rate": config.watched.rate}
        return [{"member": 0, **unknown, **rate, **flat(to_dict(config))}]
    rows = []
    for member in range(config.members):
        alone = config.alone(member)
        overrides = {k: v for k, v in flat(to_dict(alone)).items() if k.startswith(OWN)}
        rows.append({"member": member, **whole, **overrides, "data.rate": _rate(alone.data)})
    return rows


def _rate(data: DataConfig) -> float:
    return {"true": 0.0, "matrix": math.nan}.get(data.labels, data.rate)


def flat(values: dict[str, Any], where: str = "") -> dict[str, Any]:
    """Return nested values by their dotted keys, lists as tuples."""
    flattened: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flattened |= flat(value, f"{where}{key}.")
        else:
            flattened[where + key] = tuple(value) if isinstance(value, list) else value
    return flattened


def known_key(key: str) -> str:
    """Return a key as the configuration spells it; the command line's dashes are accepted.

    Raises:
        InfoplaneError: with near ones, where there is no such key.
    """
    keys = flat(to_dict(RunConfig()))
    wanted = key.replace("-", "_")
    if wanted in keys:
        return wanted
    near = difflib.get_close_matches(wanted, keys, n=3) or _with_last_part(wanted, keys)
    hint = f"did you mean {', '.join(near)}?" if near else f"give one of: {', '.join(keys)}."
    raise InfoplaneError(f"a configuration has no key {key!r}; {hint}")


def _with_last_part(key: str, keys: Iterable[str]) -> list[str]:
    last = {name: name.rpartition(".")[2] for name in keys}
    near = difflib.get_close_matches(key.rpartition(".")[2], last.values(), n=3)
    return [name for name in keys if last[name] in near]


def is_value(value: Any, text: str) -> bool:
    """Whether a text denotes this value of a configuration."""
    if as_written(value) == text.lower().replace(" ", ""):
        return True
    try:
        number = json.loads(text)
    except ValueError:
        return False
    return number == (list(value) if isinstance(value, tuple) else value)


def as_written(value: Any) -> str:
    """Return a value as it is written on the command line; NaN is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "none"
    if isinstance(value, tuple):
        return ",".join(map(as_written, value))
    return f"{value:g}" if isinstance(value, float) else str(value).lower()
