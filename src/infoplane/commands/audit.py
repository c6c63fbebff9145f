"""``infoplane audit``: the labels that a network memorizes rather than learns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class AuditCommand:
    """Find the labels of a data set that a network memorizes rather than learns, from one training.

    Writes a table of all examples, most suspect first, with the label they may have; estimates how
    many labels are wrong, and which classes are taken for which; says how many of labels flipped on
    purpose it finds. The same command again goes on where it stopped.
    """

    data: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="DATA")]
    """A folder of images by class (CLASS/*.png), a .parquet or .csv file with a column label, an
    .npz file of x and y, digits, mnist, fashion-mnist, cifar10, or the id of a set on the hub."""
    network: Annotated[str | None, tyro.conf.arg(metavar="FILE:FUNCTION")] = None
    """A network of your own, whose file is executed, or the name of a preset of infoplane run
    (default: small-cnn for images, a perceptron of 256 and 256 units for rows)."""
    epochs: int = 0
    """Passes through the data (default: as many as take 800 steps, 10 to 40)."""
    batch_size: int = 128
    """Examples a step."""
    learning_rate: float = 1e-3
    """Of Adam; falls to 0 by a cosine."""
    flipped: float = 0.01
    """Share of labels flipped on purpose: 100 at least, one in twenty at most."""
    size: Annotated[int | None, tyro.conf.arg(metavar="PIXELS")] = None
    """Side of the square that images are brought to, where they differ in size."""
    root: Annotated[str | None, tyro.conf.arg(metavar="DIR")] = None
    """Of a set of the hub: a folder of its Parquet files, instead of a download."""
    seed: int = 0
    """The number all random choices follow from."""
    device: str = "auto"
    """auto, cpu, or another torch device."""
    out: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """The audit's folder (default: audits/NAME-ID)."""

    def __call__(self) -> None:
        from infoplane.audit.config import AuditConfig, data_named, network_named
        from infoplane.training.config import TrainingConfig

        training = TrainingConfig(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            schedule="cosine",
            device=self.device,
        )
        config = AuditConfig(
            data_named(self.data, self.size, self.root),
            None if self.network is None else network_named(self.network),
            training,
            self.flipped,
            self.seed,
        )
        from infoplane.audit.command import carry_out

        carry_out(config, self.out or Path("audits") / f"{config.data.name}-{config.id}")
