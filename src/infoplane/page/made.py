"""How a run was made: its configuration, and the command that makes it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from infoplane.page.columns import plain
from infoplane.runs.config import RunConfig, to_dict
from infoplane.runs.query.keys import as_written, flat


def made(
    config: RunConfig, recorded: dict[str, Any], status: dict[str, Any], seconds: pd.DataFrame
) -> dict[str, Any]:
    """Return how a run was made.

    Args:
        config: its configuration.
        recorded: its config.json, which has versions and the fingerprint of its data as well.
        status: its status.json.
        seconds: its seconds table; may be empty.
    """
    elsewhere = config.watched is not None  # trained by a loop that nobody can write down here
    changed = {} if elsewhere else _changed(config)
    rows = [
        {"key": k, "value": as_written(v), "changed": k in changed}
        for k, v in _flat(config).items()
    ]
    clock = {name: plain(float(seconds[name].sum())) for name in ("training", "observing")}
    return {
        "id": config.id,
        "command": "" if elsewhere else run_command(config),
        "config": rows,
        "members": config.members,
        "seed": config.seed,
        "device": config.training.device,
        "fingerprint": str(recorded.get("data_fingerprint", "")),
        "versions": {str(k): str(v) for k, v in dict(recorded.get("versions", {})).items()},
        "seconds": clock,
        "state": str(status.get("state", "")),
        "epoch": plain(status.get("epoch")),
        "message": str(status.get("message", "")),
    }


def run_command(config: RunConfig) -> str:
    """Return the command that makes a run again: what is not as it is by default."""
    words = ["infoplane", "run"]
    for key, value in _changed(config).items():
        name = key.replace("_", "-")
        if isinstance(value, bool):
            part, _, last = name.rpartition(".")
            words.append(f"--{name}" if value else f"--{part}.no-{last}")
        else:
            words += [f"--{name}", *_written(value)]
    return shlex.join(words)


def study_command(study: dict[str, Any], configs: Iterable[RunConfig]) -> str:
    """Return the command that carries a study out again, with what its runs have in common."""
    configs = list(configs)
    words = ["infoplane", "reproduce", str(study.get("study", ""))]
    words += ["--scale", str(study.get("scale", "quick"))]
    for option, values in (
        ("--data", {config.data.name for config in configs}),
        ("--members", {str(config.members) for config in configs}),
        ("--seed", {str(config.seed) for config in configs}),
    ):
        words += [option, *values] if len(values) == 1 else []
    return shlex.join(words)


def _changed(config: RunConfig) -> dict[str, Any]:
    """The keys whose value is not the default; an activation is that of its preset by default."""
    plain_run = RunConfig()
    same_preset = replace(plain_run.network, preset=config.network.preset)
    usual = _flat(replace(plain_run, network=same_preset))
    usual["network.preset"] = plain_run.network.preset
    return {key: value for key, value in _flat(config).items() if value != usual[key]}


def _flat(config: RunConfig) -> dict[str, Any]:
    return flat(to_dict(config))


def _written(value: Any) -> list[str]:
    """A value as words of the command line."""
    if isinstance(value, tuple):
        return [word for part in value for word in _written(part)]
    return ["None" if value is None else f"{value!r}" if isinstance(value, float) else str(value)]
