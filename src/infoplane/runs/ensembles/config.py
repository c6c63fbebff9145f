"""Which networks on which subsets: the configuration of an ensemble, readable without torch."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, replace

from infoplane.data.config import DataConfig
from infoplane.errors import InfoplaneError
from infoplane.networks.config import NetworkConfig
from infoplane.settings import check_settings, short_id, take_out_no_result
from infoplane.training.config import TrainingConfig

HALF = 0.5


def _perceptron(network: NetworkConfig) -> NetworkConfig:
    """Return the network that is trained where none is named, with what else was asked of it."""
    drawn = network.initialisation
    return replace(
        network,
        widths=(512, 256),
        activation=network.activation or "relu",
        initialisation="he" if drawn == NetworkConfig.initialisation else drawn,
    )


@dataclass(frozen=True)
class EnsembleConfig:
    """Networks that each train on a random subset of the training examples."""

    data: DataConfig = field(default_factory=lambda: DataConfig(whiten=True))
    network: NetworkConfig = field(default_factory=NetworkConfig)
    """Unless a preset, widths or a module are given: a perceptron of 512 and 256 ReLU units."""
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(
            epochs=15, batch_size=250, optimizer="sgd", learning_rate=0.1, schedule="cosine"
        )
    )
    networks: int = 256
    """Networks in all; at ratio .5 an even number, as each has one on the complement."""
    ratio: float = HALF
    """Share of the training examples in each subset. At .5 examples are paired at random, and every
    network is trained on one of each pair: the supersample of conditional mutual information."""
    per_stack: int = 8
    """Networks trained side by side, and kept together: on processors as few as fit the cache, on a
    GPU a hundred or more."""
    seed: int = 0
    """The number all random choices follow from."""

    def __post_init__(self) -> None:
        check_settings(self)
        if self.network.unnamed:
            object.__setattr__(self, "network", _perceptron(self.network))
        if self.networks < 2 or (self.ratio == HALF and self.networks % 2):
            raise InfoplaneError(
                f"networks is {self.networks}; give 2 or more, an even number at ratio .5."
            )
        if not 0 < self.ratio < 1:
            raise InfoplaneError(f"ratio is {self.ratio}; give a share between 0 and 1.")
        if self.per_stack < 1:
            raise InfoplaneError(f"per_stack is {self.per_stack}; give 1 or more.")
        if self.training.patience is not None:
            raise InfoplaneError(
                f"training.patience is {self.training.patience}, which holds examples out of "
                "subsets; leave it out, or give training.stop-at-accuracy."
            )

    @property
    def stacks(self) -> int:
        """How many stacks the networks are trained in."""
        return -(-self.networks // self.per_stack)

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits: the hash of all but where the data lie and what computes."""
        whole = dataclasses.asdict(self)
        values = {f.name: whole[f.name] for f in dataclasses.fields(EnsembleConfig)}
        take_out_no_result(self, values)
        if self.network.own is not None:
            values["network"]["module"] = self.network.own.without_folder
        return short_id(values)

    def stack(self, index: int) -> StackConfig:
        """Return the configuration of one stack."""
        shared = {f.name: getattr(self, f.name) for f in dataclasses.fields(EnsembleConfig)}
        return StackConfig(**shared, index=index)


@dataclass(frozen=True)
class StackConfig(EnsembleConfig):
    """Some networks of an ensemble, which are trained side by side."""

    index: int = 0
    """Which of the stacks."""

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"stack-{self.index:04d}"

    @property
    def members(self) -> range:
        """The numbers of its networks in the ensemble."""
        first = self.index * self.per_stack
        return range(first, min(first + self.per_stack, self.networks))
