"""The record of a network that somebody else's loop trained: what was watched, not how it learned.

A folder of it is read like a run's, of which it has the tables; its configuration has no data set
to load, no network to build and no training to repeat.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.runs.config import RunConfig
from infoplane.settings import check_settings

KIND = "watched"
TRUE, SEEN, PLANTED = "true", "seen", "planted"


@dataclass(frozen=True)
class Watched:
    """What was watched."""

    id: str = ""
    """Of this plane: drawn anew for each, as nothing tells two trainings apart."""
    model: str = ""
    """The class of the network."""
    parameters: int = 0
    examples: int = 0
    """Training examples that were measured."""
    of_examples: int = 0
    """How many they were taken from."""
    test_examples: int = 0
    classes: int = 0
    labels: str = TRUE
    """true: all are taken for true; seen: those trained on are known beside; planted: some were
    flipped on purpose, and M is measured on these alone."""
    wrong: int = 0
    """Seen labels among the examples decoded that are not the true ones."""
    rate: float = 0.0
    """Their share of all examples given."""
    layers: tuple[str, ...] = ()
    reduce: str = "flatten"
    decoder: str = "strongest"
    estimators: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class WatchedConfig(RunConfig):
    """The configuration of a network trained elsewhere: all that is known is what was watched."""

    watched: Watched = field(  # pyright: ignore[reportIncompatibleVariableOverride]
        default_factory=Watched
    )

    @property
    def id(self) -> str:
        """The number of the plane."""
        return self.watched.id

    def alone(self, member: int) -> WatchedConfig:
        """Return the same: there is one network."""
        del member
        return self


def config_of(watched: Watched) -> WatchedConfig:
    """Return the configuration that stands for a plane among runs."""
    return WatchedConfig(data=DataConfig("own data"), seed=watched.seed, watched=watched)


def watched_from(values: dict[str, Any]) -> WatchedConfig:
    """Return the configuration that a folder holds.

    Raises:
        InfoplaneError: where it is of another version.
    """
    keys = {f.name for f in dataclasses.fields(Watched)}
    if set(values) - keys:
        raise InfoplaneError(
            f"the record has unknown keys {sorted(set(values) - keys)}; it was written by another "
            "version of infoplane: save the plane again."
        )
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return config_of(Watched(**fields))
