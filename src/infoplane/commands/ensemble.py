"""``infoplane ensemble``: many networks on random subsets, and what they say of each example."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import tyro

from infoplane.networks.config import NetworkConfig
from infoplane.runs.ensembles.config import EnsembleConfig


def _default() -> EnsembleConfig:
    """Return the defaults of the options; no network is named, so that what is given names one."""
    config = EnsembleConfig()
    object.__setattr__(config, "network", NetworkConfig())
    return config


@dataclass(frozen=True)
class EnsembleCommand:
    """Train many networks, each on its own random subset, and ask all of them about every example.

    In the folder: a row for each network and example (stack-*/networks.parquet) with membership,
    prediction, correctness and log2 p of the label, on train and test. The same command again goes
    on with the stacks that are not done.
    """

    config: Annotated[EnsembleConfig, tyro.conf.arg(name="")] = field(default_factory=_default)
    out: Annotated[str | None, tyro.conf.arg(metavar="DIR")] = None
    """The ensemble's folder, or its URL of fsspec (default: runs/ensemble-ID)."""
    workers: Annotated[int | None, tyro.conf.arg(metavar="N")] = None
    """Stacks at once on this machine; needs Ray (pip install 'infoplane[ray]'). One after another
    unless given."""
    ray: Annotated[str | None, tyro.conf.arg(metavar="ADDRESS")] = None
    """Train on the Ray cluster at this address (auto: the one this machine is part of)."""

    def __call__(self) -> None:
        from infoplane.runs.ensembles.ensemble import run_ensemble

        ensemble = run_ensemble(self.config, out=self.out, workers=self.workers, ray=self.ray)
        print(f"{ensemble.config.networks} networks: {ensemble.path}")
