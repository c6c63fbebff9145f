"""What is audited, by which network: the configuration, readable without torch."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field, replace
from pathlib import Path

from infoplane.data.config import DataConfig
from infoplane.data.names import HUB_IDS, MADE_HERE
from infoplane.errors import InfoplaneError
from infoplane.networks.config import CONVOLUTIONAL, PRESETS, NetworkConfig
from infoplane.settings import check_settings, short_id, take_out_no_result
from infoplane.training.config import TrainingConfig

STEPS = 800  # of training, at least, as far as MOST_EPOCHS allow: more and wrong labels are fitted
LEAST_EPOCHS, MOST_EPOCHS = 10, 40
SMALLEST = 8  # pixels a side of images that convolutions are for
ROWS = NetworkConfig(widths=(256, 256), activation="relu")


@dataclass(frozen=True)
class AuditConfig:
    """An audit: the data, the network that is trained on them, and how."""

    data: DataConfig
    network: NetworkConfig | None = None
    """A small convolutional network for images, a perceptron of 256 and 256 units for rows, unless
    given."""
    training: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(
            epochs=0, batch_size=128, learning_rate=1e-3, schedule="cosine"
        )
    )
    """Epochs are as many as take 800 steps, 10 to 40, where they are 0."""
    flipped: float = 0.01
    """The share of labels that are flipped on purpose (100 at least, at most a twentieth): they
    tell how long to train, and how many wrong labels are found."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_settings(self)
        if not 0 < self.flipped <= 0.05:
            raise InfoplaneError(
                f"flipped is {self.flipped}; give a share above 0 and of at most 0.05."
            )

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits: the hash of all but where the data lie and what computes."""
        values = dataclasses.asdict(self)
        take_out_no_result(self, values)
        if self.network is not None and self.network.own is not None:
            values["network"]["module"] = self.network.own.without_folder
        return short_id(values)

    def network_for(self, shape: tuple[int, ...]) -> NetworkConfig:
        """Return the network in force for examples of a shape."""
        if self.network is not None:
            return self.network
        images = len(shape) == 3 and min(shape[1:]) >= SMALLEST
        return NetworkConfig(preset="small-cnn") if images else ROWS

    def training_on(self, n: int) -> TrainingConfig:
        """Return how it trains on n examples, with its epochs."""
        if self.training.epochs:
            return self.training
        steps = -(-n // (self.training.batch_size or n))
        epochs = min(max(math.ceil(STEPS / steps), LEAST_EPOCHS), MOST_EPOCHS)
        return replace(self.training, epochs=epochs)


def data_named(data: str, size: int | None = None, root: str | None = None) -> DataConfig:
    """Return the data that a path or a name means: data of one's own, or a set of the hub.

    Raises:
        InfoplaneError: where it is neither.
    """
    path = Path(data).expanduser()
    of_hub = data in (*MADE_HERE, *HUB_IDS) or (data.count("/") == 1 and not path.suffix)
    if root is not None or (of_hub and not path.exists()):
        return DataConfig(data, root=root, size=size)
    if path.exists():
        name = path.resolve().stem
        data_name = name if name and name not in (*MADE_HERE, *HUB_IDS) else f"own-{name}"
        return DataConfig(data_name, root=data, size=size)
    raise InfoplaneError(
        f"{data} is not there; give a folder of images by class, a .parquet, .csv or .npz file, "
        f"one of {', '.join((*MADE_HERE, *HUB_IDS))}, or the id of a set on the hub."
    )


def network_named(name: str) -> NetworkConfig:
    """Return the network that FILE:FUNCTION or the name of a preset means.

    Raises:
        InfoplaneError: where it is neither.
    """
    if ":" in name:
        return NetworkConfig(module=name)
    choices = (*PRESETS, *CONVOLUTIONAL)
    if name not in choices:
        raise InfoplaneError(
            f"no network {name!r}; give FILE:FUNCTION of your own, or one of: {', '.join(choices)}."
        )
    return NetworkConfig(preset=name)  # pyright: ignore[reportArgumentType]
