"""A run in words: its data, its labels, its networks."""

from __future__ import annotations

from infoplane.runs.config import RunConfig


def describe(config: RunConfig) -> str:
    """Say in a few words what was run: data, labels, network, members."""
    if config.watched is not None:
        w = config.watched
        wrong = f", {w.rate:.1%} of them wrong" if w.rate else ""
        return f"own data, {w.labels} labels{wrong} · {w.model}, {w.parameters:,} parameters"
    rates = noise_rates(config)
    noise = f" at rate {rates}" if rates else ""
    labels = f"{config.data.labels} labels{noise}"
    return f"{data_name(config)}, {labels} · {networks(config)}, {config.network.name}"


def data_name(config: RunConfig) -> str:
    """Return the data, with what was done to their pixels."""
    pixels = "" if config.data.pixels == "true" else f", {config.data.pixels} pixels"
    return config.data.name + pixels


def noise_rates(config: RunConfig) -> str:
    """Return the rate of wrong labels, from least to most over members; of no one rate, nothing."""
    if config.data.labels in ("true", "matrix"):
        return ""
    rates = sorted(config.each.rates or (config.data.rate,))
    return "–".join(f"{rate:g}" for rate in dict.fromkeys((rates[0], rates[-1])))


def networks(config: RunConfig) -> str:
    """Return how many networks are trained."""
    return "1 network" if config.members == 1 else f"{config.members} networks"
