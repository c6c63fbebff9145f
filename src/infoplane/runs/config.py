"""The configuration of a run, its identity, and its way to and from JSON."""

from __future__ import annotations

import dataclasses
import json
import types
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

from infoplane import seeds
from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.memorization.config import MemorizationConfig
from infoplane.networks.config import NetworkConfig
from infoplane.observing.config import ObservingConfig
from infoplane.runs.per_member import EachConfig
from infoplane.settings import check_settings, short_id, take_out_no_result
from infoplane.training.config import TrainingConfig

# Fields that came when there were runs already: not in the hash while they have their defaults.
ADDED = {
    "data": ("transition", "pixels", "crop", "whiten", "size"),
    "observing": ("geometry",),
    "network": ("dropout", "batch_norm", "module"),
    "training": ("label_smoothing", "augmentation", "patience", "stop_at_accuracy"),
}

# Keys that are no part of the identity of a run: where the data lie, and what computes.
NO_RESULT = tuple(
    f"{part}.{name}"
    for part, kind in (("data", DataConfig), ("training", TrainingConfig))
    for name in kind.NO_RESULT
)


@dataclass(frozen=True)
class RunConfig:
    """A run: what is learned, what learns, how, and what is seen of it."""

    watched: ClassVar[Any] = None  # the record of a network trained elsewhere: see runs/watched.py

    data: DataConfig = field(default_factory=DataConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    observing: ObservingConfig = field(default_factory=ObservingConfig)
    memorization: MemorizationConfig = field(default_factory=MemorizationConfig)
    each: EachConfig = field(default_factory=EachConfig)
    members: int = 1
    """Networks trained side by side, alike but for their seeds (and what `each` has them differ
    in): the spread of every value."""
    seed: int = 0
    """The number all random choices follow from."""

    def __post_init__(self) -> None:
        check_settings(self)
        if self.members < 1:
            raise InfoplaneError(f"members is {self.members}; give 1 or more.")
        self.each.check(members=self.members, labels=self.data.labels)
        if self.network.module is not None and self.observing.gradients:
            raise InfoplaneError(
                "observing.gradients follows the layers of infoplane's own networks, and "
                f"network.module is {self.network.module!r}; leave one of them out."
            )

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits: the hash of everything that could change a result.

        Where the data lie and which device computes are left out, and so is what was added later
        where it has its default value: runs keep the ids they had before there was such a thing.
        """
        content = to_dict(self)
        take_out_no_result(self, content)
        for part, names in ADDED.items():
            asked = getattr(self, part)
            for name in names:
                if getattr(asked, name) == getattr(type(asked)(), name):
                    del content[part][name]
        if self.network.own is not None:
            content["network"]["module"] = self.network.own.without_folder
        if self.each == EachConfig():
            del content["each"]
        return short_id(content)

    def alone(self, member: int) -> RunConfig:
        """Return the configuration of one member on its own: its data, its seed, its rates.

        Its initialisation and batch order are still those of member ``member`` of the run.
        """
        each, data, training = self.each, self.data, self.training
        if each.rates:
            data = replace(data, rate=each.rates[member])
        if each.learning_rates:
            training = replace(training, learning_rate=each.learning_rates[member])
        if each.weight_decays:
            training = replace(training, weight_decay=each.weight_decays[member])
        own_seed = each.own_data and member > 0
        seed = seeds.number(self.seed, "member", member) >> 32 if own_seed else self.seed
        return replace(self, data=data, training=training, each=EachConfig(), members=1, seed=seed)


def to_dict(config: RunConfig) -> dict[str, Any]:
    """Return a configuration as plain JSON values, with the activation that is in force.

    Of a network that was trained elsewhere that is what was watched, and nothing else.
    """
    if config.watched is not None:
        return {"watched": json.loads(json.dumps(dataclasses.asdict(config.watched)))}
    values = json.loads(json.dumps(dataclasses.asdict(config)))
    if config.network.module is None:
        values["network"]["activation"] = config.network.hidden_activation
    return values


def from_dict(values: dict[str, Any], kind: type = RunConfig, where: str = "") -> Any:
    """Return the configuration that ``to_dict`` wrote; its activation is given.

    Raises:
        InfoplaneError: where a key is unknown, as in a file of another version.
    """
    hints = get_type_hints(kind)
    unknown = set(values) - {f.name for f in dataclasses.fields(kind)}
    if unknown:
        raise InfoplaneError(
            f"the configuration has unknown keys {sorted(where + key for key in unknown)}; it was "
            "written by another version of infoplane: run it again in a new folder."
        )
    return kind(**{k: _value(v, hints[k], f"{where}{k}.") for k, v in values.items()})


def _value(value: Any, hint: Any, where: str) -> Any:
    kinds = get_args(hint) if get_origin(hint) is types.UnionType else (hint,)
    for kind in kinds:
        if dataclasses.is_dataclass(kind) and value is not None:
            return from_dict(value, kind, where)  # pyright: ignore[reportArgumentType]
    if isinstance(value, list) and any(get_origin(kind) is tuple for kind in kinds):
        return tuple(value)
    return value
